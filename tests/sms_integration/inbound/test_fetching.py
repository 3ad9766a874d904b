"""Files of messages are fetched once, from where they may be, and become documents."""

import ssl
from datetime import timedelta

import pytest
from django.utils import timezone

from documents.keys import parse_key
from documents.models import Document
from documents.services.reading import stored_bytes
from sms_integration.gateways.places import is_named, is_public
from sms_integration.models import InboundMedia
from sms_integration.services.fetching import fetch_media
from tests.sms_integration.inbound.conftest import API, BASIC, FILE, told
from tests.sms_integration.stand_ins.media_server import answer, endless, protected, redirect


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
        assert row.due_at >= row.updated_at + timedelta(seconds=600)
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
