"""Pictures that go out: which may, how a gateway fetches them, and what is not in them."""

import io
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context
from PIL import Image

from accounts.audit.models import AccessLog
from accounts.errors import ConflictError, ProblemError
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services.trash import trash_document
from documents.services.upload import NewDocument, upload_document
from sms_integration.errors import FilesNotReadyError
from sms_integration.models import MediaLink, Message
from sms_integration.services import outgoing_files
from sms_integration.services.delivering import deliver_message
from sms_integration.services.media_links import hash_of, sweep_links
from sms_integration.services.sending import draft_message, send_message
from sms_integration.services.stripping import without_metadata
from tests.documents import corpus_images as pictures
from tests.sms_integration.conftest import make_gateway
from tests.sms_integration.stand_ins.twilio import HangUp


def drafted(clinic, content=None, name="foot.jpg"):
    draft = draft_message(membership=clinic.priya, patient_id=clinic.una.pk, body="Look")
    content = content or pictures.gps()
    document = upload_document(
        membership=clinic.priya,
        policy=policy_for_slug("messages"),
        owner=draft,
        new=NewDocument(content=io.BytesIO(content), filename=name, size=len(content)),
    )
    return draft, document


def send(clinic, draft):
    return send_message(membership=clinic.priya, message=draft)


def test_a_picture_goes_out_by_a_link_that_says_nothing_more(
    over_twilio, client_of, alpha, beta, caplog
):
    draft, document = drafted(over_twilio)
    assert document.s3_key == f"alpha/sms/outbound/{over_twilio.una.pk}/{draft.pk}.jpg"
    send(over_twilio, draft)
    deliver_message(draft.pk)
    (_, _, form) = over_twilio.twilio.requests[-1]
    (url,) = form["MediaUrl"]
    address, _, token = url.rpartition("/")
    assert address == "http://alpha.localhost/sms/media"
    assert len(token) >= 43
    link = MediaLink.objects.get()
    assert link.token_hash == hash_of(token) != token
    assert timedelta(hours=3) < link.expires_at - timezone.now() <= timedelta(hours=4)
    path = url.removeprefix("http://alpha.localhost")
    nobody = client_of(None, host="alpha")
    got, head = nobody.get(path), nobody.head(path)
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control", "X-Content-Type-Options"):
        assert got[name] == head[name]
    assert (got["Content-Type"], got["Cache-Control"]) == ("image/jpeg", "no-store")
    assert got["Content-Length"] == str(len(got.content))
    assert b"Apple" not in got.content
    assert not Image.open(io.BytesIO(got.content)).getexif().get_ifd(0x8825)
    assert _pixels(got.content) == _pixels(pictures.gps())
    with tenant_context(alpha):
        noted = AccessLog.objects.filter(action="download", object_ids=[document.pk])
        assert [one.detail["message"] for one in noted] == [str(draft.pk)] * 2
    for method in ("post", "put", "patch", "delete", "options"):
        assert getattr(nobody, method)(path).status_code == 405
    assert client_of(None, host="beta").get(path).status_code == 404
    assert nobody.get(path + "x").status_code == 404
    assert nobody.get("/sms/media/" + "a" * 5000).status_code == 404
    assert token not in caplog.text
    with tenant_context(alpha):
        MediaLink.objects.update(expires_at=timezone.now())
    assert nobody.get(path).status_code == 404
    assert token not in caplog.text


def test_what_is_in_the_trash_is_given_to_nobody(over_twilio, client_of, alpha):
    draft, document = drafted(over_twilio)
    send(over_twilio, draft)
    deliver_message(draft.pk)
    path = over_twilio.twilio.requests[-1][2]["MediaUrl"][0].removeprefix("http://alpha.localhost")
    nobody = client_of(None, host="alpha")
    assert nobody.get(path).status_code == 200
    with tenant_context(alpha):
        trash_document(membership=over_twilio.ada, document=document)
    assert nobody.get(path).status_code == 404


@pytest.mark.parametrize("taken", [True, False])
def test_a_picture_whose_answer_was_lost_is_looked_for_by_its_pictures_too(over_twilio, taken):
    """The same text without a picture went to the same number; that one is another message."""
    draft, _ = drafted(over_twilio)
    send(over_twilio, draft)
    over_twilio.twilio.plans = [HangUp(taken=taken)]
    deliver_message(draft.pk)
    over_twilio.twilio.messages.append(
        {**_as_if_by_hand(over_twilio), "num_media": "0", "sid": "SM" + "f" * 32}
    )
    Message.objects.filter(pk=draft.pk).update(due_at=timezone.now())
    deliver_message(draft.pk)
    draft.refresh_from_db()
    assert draft.status == ("sent" if taken else "queued")
    assert draft.provider_message_id == ("SM" + "0" * 32 if taken else "")


def _as_if_by_hand(clinic):
    """A message that somebody sent in Twilio's own console."""
    return {
        "to": "+61412345678",
        "from": clinic.gateway.sender,
        "body": "Look",
        "status": "sent",
        "direction": "outbound-api",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "date_created": format_datetime(datetime.now(UTC)),
    }


def test_dead_links_are_swept_after_a_day(over_twilio):
    draft, _ = drafted(over_twilio)
    send(over_twilio, draft)
    deliver_message(draft.pk)
    assert sweep_links() == 0
    MediaLink.objects.update(expires_at=timezone.now() - timedelta(hours=25))
    assert (sweep_links(), sweep_links()) == (1, 0)


@pytest.mark.parametrize(
    ("state", "error"), [("pending", FilesNotReadyError), ("verifying", FilesNotReadyError),
                         ("quarantined", ConflictError), ("available", None), ("rejected", None)]
)  # fmt: skip
def test_a_message_waits_for_its_files(over_twilio, state, error):
    draft, document = drafted(over_twilio)
    Document.objects.filter(pk=document.pk).update(state=state, state_reason="x")
    if error is None:
        assert send(over_twilio, draft).status == "queued"
        return
    with pytest.raises(error):
        send(over_twilio, draft)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_file_that_is_taken_back_meanwhile_does_not_go_out(over_twilio):
    draft, document = drafted(over_twilio)
    send(over_twilio, draft)
    Document.objects.filter(pk=document.pk).update(state="quarantined", state_reason="x")
    deliver_message(draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.error_code) == ("failed", "file_quarantined")
    assert over_twilio.twilio.requests == []


def test_what_a_gateway_does_not_carry_is_refused_with_the_reason(over_twilio, monkeypatch):
    draft, _ = drafted(over_twilio, b"A note.\n", "note.txt")
    with pytest.raises(ProblemError, match=r"does not carry text/plain. It carries image/gif"):
        send(over_twilio, draft)
    draft, _ = drafted(over_twilio)
    with monkeypatch.context() as patch:
        patch.setattr(outgoing_files, "MOST_BYTES", 100)
        with pytest.raises(ProblemError, match="carries 100"):
            send(over_twilio, draft)
    make_gateway("sms_broadcast")
    with pytest.raises(ProblemError, match="carries no files"):
        send(over_twilio, draft)
    assert not Message.objects.exclude(status="draft").exists()


def _pixels(content):
    image = Image.open(io.BytesIO(content))
    return image.size, image.convert("RGB").tobytes()


TOLD = {
    "position": (pictures.gps, (b"Apple", b"2024:05:01")),
    "a preview in the EXIF": (pictures.thumbnail, (b"II*\x00",)),
    "what Samsung hangs on": (pictures.samsung, (b"Image_UTC_Data", b"SEFH")),
    "a PNG's texts": (lambda: pictures.png_text("Una Cole"), (b"Una Cole", b"tEXt")),
    "a PNG's XMP": (pictures.png_xmp, (b"xmpmeta", b"iTXt")),
}


@pytest.mark.parametrize(("build", "words"), TOLD.values(), ids=TOLD)
def test_nothing_is_told_about_a_picture_and_the_picture_is_the_same(build, words):
    whole = build()
    mime = "image/png" if whole.startswith(b"\x89PNG") else "image/jpeg"
    stripped = without_metadata(whole, mime)
    assert any(word in whole for word in words)
    assert not any(word in stripped for word in words)
    assert _pixels(stripped) == _pixels(whole)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_picture_stays_upright(turned):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, "Apple"
    stripped = without_metadata(pictures.jpeg_with_exif(exif), "image/jpeg")
    assert Image.open(io.BytesIO(stripped)).getexif().get(0x0112, 1) == turned
    assert b"Apple" not in stripped


def test_what_does_not_parse_breaks_nothing():
    for broken in (
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n\x00",
        b"\xff\xd8\xff\xe1",
    ):
        for mime in ("image/jpeg", "image/png", "image/gif"):
            assert isinstance(without_metadata(broken, mime), bytes)
    whole = pictures.gps()
    for cut in range(0, len(whole), 37):
        without_metadata(whole[:cut], "image/jpeg")


def test_the_servers_own_log_does_not_show_the_link():
    from config import gunicorn

    log = logging.getLogger("gunicorn.access")
    atoms = {"m": "GET", "U": "/sms/media/Secret-Token_1", "s": "200", "B": "5", "D": "9", "h": "-"}
    record = log.makeRecord(
        log.name, logging.INFO, "", 0, gunicorn.access_log_format, (atoms,), None
    )
    assert log.filter(record)
    assert record.getMessage() == "GET /sms/media/[removed] 200 5 9 -"
