"""Whatever dies, fails or comes twice: a file is fetched once and becomes one document."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from accounts.errors import ConflictError, NotPermittedError
from documents.errors import StoreUnavailableError
from documents.models import Document, DocumentState
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.models import InboundMedia, Message
from sms_integration.services import fetching, filing
from sms_integration.services.fetching import MOST_ATTEMPTS, due_media, fetch_again, fetch_media
from sms_integration.services.filing import TypeNotTakenError
from sms_integration.services.receiving import receive_message
from tests.accounts.test_members_races import at_once
from tests.clamd import EICAR, SIGNATURE, serving
from tests.conftest import member
from tests.sms_integration.inbound.conftest import API, FILE, OURS, UNAS, told
from tests.sms_integration.stand_ins.media_server import answer


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
