"""Files of messages are fetched once, from where they may be, and become documents."""

import ssl
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from accounts.errors import ConflictError, NotPermittedError
from documents.errors import StoreUnavailableError
from documents.keys import parse_key
from documents.models import Document, DocumentState
from documents.services.reading import stored_bytes
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.gateways.downloading import is_named, is_public
from sms_integration.models import InboundMedia, Message
from sms_integration.services import fetching, filing
from sms_integration.services.conversing import conversation_of
from sms_integration.services.fetching import MOST_ATTEMPTS, due_media, fetch_again, fetch_media
from sms_integration.services.filing import TypeNotTakenError
from sms_integration.services.receiving import receive_message
from tests.accounts.test_members_races import at_once
from tests.clamd import EICAR, SIGNATURE, serving
from tests.conftest import member
from tests.sms_integration.inbound.conftest import BASIC, OURS, UNAS
from tests.sms_integration.stand_ins.media_server import answer, endless, protected, redirect

API = "https://api.twilio.com"
FILE = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.fixture
def message(in_alpha, twilio, una):
    return Message.objects.create(
        conversation=conversation_of(phone=UNAS, patient=una),
        patient=una,
        direction="inbound",
        status="received",
        sender=UNAS,
        recipient=OURS,
        gateway=twilio,
        provider="twilio",
        provider_message_id="MM1",
    )


@pytest.fixture
def waiting(message):
    """Return a maker of files that are due."""

    def make(url=API + FILE, kind="image/jpeg", ordinal=0):
        return InboundMedia.objects.create(
            message=message, ordinal=ordinal, url=url, declared_type=kind, due_at=timezone.now()
        )

    return make


@pytest.fixture
def fetch(network):
    """Fetch a file; return it as it is then."""

    def run(row, **how):
        fetch_media(media_id=row.pk, network=network(**how))
        row.refresh_from_db()
        return row

    return run


def told(row):
    return (str(row.state), row.error_code)


def test_a_picture_becomes_a_document_of_its_message(waiting, fetch, media, picture, una, alpha):
    media.pages[FILE] = protected(BASIC, redirect("https://mms.twiliocdn.com/AC1/one?Sig=2"))
    media.pages["/AC1/one?Sig=2"] = answer(body=picture, kind="image/jpeg")
    row = fetch(waiting())
    assert told(row) == ("stored", "")
    document = row.document
    assert (document.state, document.patient_id) == ("available", una.pk)
    assert (document.original_filename, document.file_type) == ("picture-1.jpg", "image/jpeg")
    assert (document.category, document.uploaded_by_id) == ("picture", None)
    assert (document.source, document.source_id) == ("sms:twilio", str(row.pk))
    key = parse_key(document.s3_key)
    assert (key.kind, key.parts["direction"]) == ("message", "inbound")
    assert (key.parts["patient"], key.parts["message"]) == (str(una.pk), str(row.message_id))
    with stored_bytes(document) as chunks:
        assert b"".join(chunks) == picture
    # The credentials went to the company's own interface and to nobody else.
    assert [(host, auth) for host, _, auth in media.seen] == [
        ("api.twilio.com", BASIC),
        ("mms.twiliocdn.com", ""),
    ]


def test_what_is_fetched_is_not_fetched_again(waiting, fetch, media, picture):
    media.pages[FILE] = answer(body=picture)
    row = fetch(waiting())
    fetch(row)
    InboundMedia.objects.update(state="waiting", due_at=timezone.now())  # its note was lost
    assert told(fetch(row)) == ("stored", "")
    assert (len(media.seen), Document.objects.count()) == (1, 1)
    assert row.document == Document.objects.get()


def loop(media):
    media.pages[FILE] = redirect(API + FILE)


def leads(to):
    def prepare(media):
        media.pages[FILE] = redirect(to)

    return prepare


def page(*args, **kwargs):
    def prepare(media):
        media.pages[FILE] = answer(*args, **kwargs)

    return prepare


def drip(media):
    media.pages[FILE] = endless(b"x", times=300)


def flood(media):
    media.pages[FILE] = endless(times=400)


OUTCOMES = {
    "round and round": (loop, "refused", "too_many_redirects", 6),
    "to a foreign host": (leads("https://foreign.test/x"), "refused", "foreign_host", 1),
    "to a host like ours": (leads("https://eviltwilio.com/x"), "refused", "foreign_host", 1),
    "to plain http": (leads("http://api.twilio.com/x"), "refused", "foreign_host", 1),
    "to another port": (leads("https://api.twilio.com:8443/x"), "refused", "foreign_host", 1),
    "with a name in it": (leads("https://a:b@api.twilio.com/"), "refused", "foreign_host", 1),
    "to an address": (leads("https://127.0.0.1/x"), "refused", "foreign_host", 1),
    "to a file here": (leads("file:///etc/passwd"), "refused", "foreign_host", 1),
    "inside": (leads("https://s3-external-1.amazonaws.com/x"), "refused", "private_address", 1),
    "to nowhere": (page(302), "refused", "bad_redirect", 1),
    "gone": (page(404), "refused", "not_found", 1),
    "forbidden": (page(403), "refused", "http_403", 1),
    "wrong password": (page(401), "waiting", "http_401", 1),
    "too often": (page(429, Retry_After="600"), "waiting", "http_429", 1),
    "broken": (page(500), "waiting", "http_500", 1),
    "shorter than said": (page(body=b"x" * 10, length=20), "waiting", "connection_failed", 1),
    "a drip": (drip, "waiting", "timeout", 1),
    "a flood": (flood, "refused", "too_large", 1),
    "empty": (page(body=b"", kind="image/jpeg"), "refused", "empty", 1),
    "a film": (page(body=b"\0\0\0\x18ftypmp42" + b"\0" * 99), "refused", "type_mismatch", 1),
    "a page": (page(body=b"<html><script>", kind="text/html"), "refused", "type_mismatch", 1),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_goes_wrong(name, waiting, fetch, media, tmp_path):
    prepare, state, code, asked = OUTCOMES[name]
    prepare(media)
    inside = {"s3-external-1.amazonaws.com": ["52.1.2.3", "10.0.0.7"]}
    row = fetch(waiting(), hosts=inside, step=1.0 if name == "a drip" else 0.0)
    assert told(row) == (state, code)
    assert row.error
    assert len(media.seen) == asked
    assert (row.due_at is None) is (state == "refused")
    if name == "too often":
        assert row.due_at >= timezone.now() + timedelta(seconds=590)
    assert Document.objects.exclude(state="rejected").count() == 0
    assert list((tmp_path / "temp").iterdir()) == []


def test_a_kind_that_messages_do_not_carry_says_so(waiting, fetch, media):
    media.pages[FILE] = answer(
        body=b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", kind="text/vcard"
    )
    row = fetch(waiting(kind="text/vcard"))
    assert told(row) == ("refused", "type_not_taken")


def test_a_kind_is_told_by_the_bytes(waiting, fetch, media, picture):
    media.pages[FILE] = answer(body=picture, kind="application/octet-stream")
    row = fetch(waiting(kind="image/png"))
    assert (row.state, row.document.file_type) == ("stored", "image/jpeg")


@pytest.mark.parametrize("trust", ["another", "ours"])
def test_only_a_trusted_certificate_opens(trust, waiting, fetch, media, picture):
    media.pages[FILE] = answer(body=picture)
    row = fetch(waiting(), trust=ssl.create_default_context() if trust == "another" else None)
    assert told(row) == (("stored", "") if trust == "ours" else ("waiting", "connection_failed"))
    assert len(media.seen) == (trust == "ours")


def test_a_certificate_is_for_the_name_that_was_asked_for(waiting, fetch, media, picture):
    media.pages["/x"] = answer(body=picture)
    row = fetch(waiting("https://other.twilio.com/x"))  # allowed, but no name of the stand-in's
    assert (told(row), media.seen) == (("waiting", "connection_failed"), [])


def test_a_host_that_cannot_be_reached_is_tried_later(waiting, network):
    row, how = waiting(), network()
    away = type(how)(resolve=how.resolve, route=lambda _: ("127.0.0.1", 9), trust=how.trust)
    fetch_media(media_id=row.pk, network=away)
    row.refresh_from_db()
    assert told(row) == ("waiting", "connection_failed")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((one, True) for one in ("52.1.2.3", "2600:1f18::1", "::ffff:52.1.2.3", "64:ff9b::3401:203")),
        *((one, False) for one in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.1.2.3")),
        *((one, False) for one in ("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1")),
        *((one, False) for one in ("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "fec0::1")),
        *((one, False) for one in ("::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "2001::1")),
        ("api.twilio.com", False),
    ],
)  # fmt: skip
def test_addresses_of_private_networks_are_known(address, public):
    assert is_public(address) is public


def test_names_are_whole_or_below():
    names = ("api.twilio.com", "*.twiliocdn.com")
    assert [is_named(one, names) for one in ("api.twilio.com", "mms.twiliocdn.com")] == [True] * 2
    others = ("x.api.twilio.com", "twiliocdn.com", ".twiliocdn.com", "xtwiliocdn.com", "")
    assert [is_named(one, names) for one in others] == [False] * 5


# --- Attempts -------------------------------------------------------------------------------------


def test_what_passes_is_tried_again_until_it_is_given_up(waiting, fetch, media, picture):
    media.pages[FILE] = answer(503)
    row = waiting()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert fetch(row).attempts == attempt
        if attempt < MOST_ATTEMPTS:
            assert told(row) == ("waiting", "http_503")
            assert row.due_at <= timezone.now() + timedelta(seconds=60 * 2 ** (attempt - 1))
            fetch_media(media_id=row.pk) if row.due_at > timezone.now() else None
            InboundMedia.objects.update(due_at=timezone.now())
    assert told(row) == ("failed", "http_503")
    assert len(media.seen) == MOST_ATTEMPTS
    media.pages[FILE] = answer(body=picture)
    fetch(row)
    assert (told(row), len(media.seen)) == (("failed", "http_503"), MOST_ATTEMPTS)
    fetch_again(membership=member("priya"), media=row)
    assert told(fetch(row)) == ("stored", "")


def test_who_may_have_it_tried_again(waiting, message):
    row = waiting()
    with pytest.raises(ConflictError):  # it is on its way
        fetch_again(membership=member("ada"), media=row)
    InboundMedia.objects.update(state="refused", due_at=None)
    with pytest.raises(NotPermittedError):
        fetch_again(membership=member("pat"), media=row)
    assert fetch_again(membership=member("ada"), media=row).state == "waiting"
    nowhere = InboundMedia.objects.create(message=message, ordinal=1, url="", state="refused")
    with pytest.raises(ConflictError):
        fetch_again(membership=member("ada"), media=nowhere)


def test_the_sweep_sends_for_what_is_due(waiting, monkeypatch):
    sent = []
    monkeypatch.setattr(
        fetching, "send_for_media", lambda pk, *, expires: sent.append(pk) or expires
    )
    due, held, stored = waiting(), waiting(ordinal=1), waiting(ordinal=2)
    InboundMedia.objects.filter(pk=held.pk).update(due_at=timezone.now() + timedelta(minutes=5))
    InboundMedia.objects.filter(pk=stored.pk).update(state="stored", due_at=None)
    assert (due_media(), sent) == (1, [str(due.pk)])


def test_a_store_that_is_away_is_waited_for(waiting, fetch, media, picture, monkeypatch):
    media.pages[FILE] = answer(body=picture)

    def away(*_, **__):
        raise StoreUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(filing, "attach_document", away)
        row = fetch(waiting())
    assert told(row) == ("waiting", "store_unavailable")
    InboundMedia.objects.update(due_at=timezone.now())
    assert told(fetch(row)) == ("stored", "")


# --- Crashes --------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a kill looks like from within: nothing that follows happens."""


def killed(*_, **__):
    raise Killed


@pytest.mark.parametrize("place", ["download", "filed_document", "file_media", "_note_stored"])
def test_a_worker_that_dies_anywhere_loses_and_doubles_nothing(
    place, waiting, fetch, media, picture, monkeypatch
):
    media.pages[FILE] = answer(body=picture)
    row = waiting()
    with monkeypatch.context() as patched:
        patched.setattr(fetching, place, killed)
        with pytest.raises(Killed):
            fetch(row)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 1)
    assert told(fetch(row)) == ("waiting", "")  # as long as the lease lasts
    InboundMedia.objects.update(due_at=timezone.now())
    assert told(fetch(row)) == ("stored", "")
    assert Document.objects.filter(state="available").count() == Document.objects.count() == 1


@pytest.mark.parametrize("place", ["store_bytes", "show"])
def test_what_a_dead_attempt_had_announced_does_not_stop_the_next(
    place, waiting, fetch, media, picture, monkeypatch
):
    media.pages[FILE] = answer(body=picture)
    row = waiting()
    with monkeypatch.context() as patched:
        patched.setattr(f"documents.services.upload.{place}", killed)
        with pytest.raises(Killed):
            fetch(row)
    assert Document.objects.get().state == DocumentState.PENDING
    InboundMedia.objects.update(due_at=timezone.now())
    assert told(fetch(row)) == ("stored", "")
    assert sorted(Document.objects.values_list("state", "source")) == [
        ("available", "sms:twilio"),
        ("purging", ""),
    ]


def test_what_kills_each_worker_is_given_up(waiting, fetch, media, picture):
    media.pages[FILE] = answer(body=picture)
    row = waiting()
    InboundMedia.objects.update(attempts=MOST_ATTEMPTS)
    assert told(fetch(row)) == ("failed", "worker_died")
    assert media.seen == []


def test_a_message_that_is_erased_meanwhile(waiting, network, media, picture, monkeypatch):
    media.pages[FILE] = answer(body=picture)
    row, real = waiting(), fetching.file_media

    def erased(*args, **kwargs):
        Message.objects.all().delete()
        return real(*args, **kwargs)

    monkeypatch.setattr(fetching, "file_media", erased)
    assert fetch_media(media_id=row.pk, network=network()) is None
    assert (InboundMedia.objects.count(), Document.objects.count()) == (0, 0)


def test_what_people_have_removed_does_not_come_back(waiting, fetch, media, picture):
    media.pages[FILE] = answer(body=picture)
    row = fetch(waiting())
    now = timezone.now()
    Document.objects.update(state="trashed", trashed_at=now, purge_after=now)
    InboundMedia.objects.update(state="waiting", due_at=now)
    assert told(fetch(row)) == ("stored", "")
    assert [one.state for one in Document.objects.all()] == ["trashed"]


def test_what_the_scanner_finds_is_held_back_and_said(waiting, fetch, media, settings):
    media.pages[FILE] = answer(body=b"Good day\n" + EICAR + b"\n", kind="text/plain")
    with serving() as clamd:
        settings.CLAMAV_SOCKET = clamd.address
        row = fetch(waiting(kind="text/plain"))
    assert (told(row), row.document.state) == (("stored", "quarantined"), "quarantined")
    assert row.document.state_reason == f"infected: {SIGNATURE}"


# --- At once --------------------------------------------------------------------------------------


def test_of_eight_workers_one_fetches(committed, monkeypatch):
    asked = []

    def fetched(media, network):
        asked.append(media.pk)
        raise TypeNotTakenError

    monkeypatch.setattr(fetching, "_fetched", fetched)
    inbound = Inbound(
        provider_message_id="SM1",
        sender=UNAS,
        recipient=OURS,
        body="",
        media=[MediaItem(url=API + FILE, declared_type="")],
    )
    receive_message(gateway=committed, inbound=inbound)
    row = InboundMedia.objects.get()

    def work():
        with schema_context("alpha"):
            fetch_media(media_id=row.pk)

    assert at_once(*[work] * 8) == {"done": 8}
    assert asked == [row.pk]
