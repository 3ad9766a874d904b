"""A message's files get another patient: the row at once, the bytes later, and none is ever lost."""

import io
import threading
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from backups.one_patient.erasing import begin_erasure
from documents.models import Document
from documents.registry import policy_for_slug
from documents.services import rehoming
from documents.services.announcing import announce
from documents.services.holds import hold_document
from documents.services.ownership import stored_objects
from documents.services.preparing import prepare_document
from documents.services.purging import purge_document
from documents.services.reading import stored_bytes
from documents.services.reconciling import reconcile
from documents.services.rehoming import finish_moves, give_documents, rehome_document
from documents.services.showing import show, store_bytes
from documents.services.trash import trash_document
from documents.services.upload import NewDocument, attach_document
from documents.storage import object_store
from documents.storage.filesystem import FileSystemObjectStore
from documents.tasks import rehome_documents
from jobs.services.workers import only_one
from patients.models import Patient
from sms_integration.models import Conversation, Message
from tests.conftest import member
from tests.documents.restructure.conftest import in_folder, stored  # noqa: F401  fixtures
from tests.documents.restructure.helpers import keys, put_raw
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures

NOW = timedelta(0)
PLAIN, PACKED = b"a short text", b"the same again and again, " * 2000


class Killed(BaseException):
    """Like SIGKILL: nobody catches it."""


@pytest.fixture
def message(in_alpha):
    conversation = Conversation.objects.create(phone="+61491570006")
    return Message.objects.create(
        conversation=conversation, direction="inbound", status="received", body="Hello"
    )


@pytest.fixture
def una(in_alpha):
    return Patient.objects.create(first_name="Una", last_name="Cole")


@pytest.fixture
def kit(in_alpha):
    return Patient.objects.create(first_name="Kit", last_name="Cole")


def new(content):
    return NewDocument(content=io.BytesIO(content), filename="note.txt", size=len(content))


def attach(message, content=PLAIN):
    policy = policy_for_slug("messages")
    return attach_document(policy=policy, owner=message, new=new(content), uploaded_by=None)


def give(message, patient):
    with transaction.atomic():
        pk = patient and patient.pk
        Message.objects.filter(pk=message.pk).update(patient=pk)
        kind = policy_for_slug("messages").content_type_id
        give_documents(content_type_id=kind, object_ids=[message.pk], patient_id=pk)


def bytes_of(document):
    with stored_bytes(Document.objects.get(pk=document.pk)) as chunks:
        return b"".join(chunks)


def place(message, patient, number=""):
    return f"alpha/sms/inbound/{patient.pk if patient else 'unmatched'}/{message.pk}{number}.txt"


def mine(message):
    return {key for key in keys() if str(message.pk) in key}


def facts(document):
    return Document.objects.values_list("patient_id", "s3_key", "other_keys").get(pk=document.pk)


def test_bytes_follow_their_patient_in_each_store(stored, message, una, monkeypatch):  # noqa: F811
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *a, **k: sent.append(a))
    plain, packed = attach(message), attach(message, PACKED)
    old, new_keys = mine(message), {place(message, una), place(message, una, "-1")}
    give(message, una)
    rows = Document.objects.filter(object_id=message.pk)
    assert set(rows.values_list("patient_id", flat=True)) == {una.pk}
    assert (bytes_of(plain), bytes_of(packed)) == (PLAIN, PACKED)  # at once, where they were

    assert rehome_documents([str(plain.pk), str(packed.pk)]) == 2
    assert set(rows.values_list("s3_key", flat=True)) == new_keys
    assert (bytes_of(plain), bytes_of(packed)) == (PLAIN, PACKED)
    info = object_store().stat(place(message, una))
    assert info.metadata["sha256"] == plain.sha256
    assert mine(message) == old | new_keys  # a link to the old one may still be opened
    assert not [
        one for one in stored_objects() if one.is_orphan and str(message.pk) in one.info.key
    ]
    assert finish_moves() == 0  # not yet

    assert finish_moves(links_die_after=NOW) == 2
    assert mine(message) == new_keys
    assert finish_moves(links_die_after=NOW) == rehome_documents([str(plain.pk)]) == 0
    assert (bytes_of(plain), bytes_of(packed)) == (PLAIN, PACKED)
    assert not Document.objects.exclude(other_keys=[]).exists()


def test_the_workers_are_sent_for_and_the_sweep_comes_without_them(
    message, una, monkeypatch, django_capture_on_commit_callbacks
):
    document, sent = attach(message), []
    monkeypatch.setattr(current_app, "send_task", lambda *a, **k: sent.append(a))
    with django_capture_on_commit_callbacks(execute=True):
        give(message, una)
    assert sent == [("documents.tasks.rehome_documents", ([str(document.pk)],))]
    reconcile()  # what beat runs every quarter of an hour; the message above was lost
    assert facts(document)[:2] == (una.pk, place(message, una))
    Document.objects.update(updated_at=timezone.now() - timedelta(minutes=21))
    reconcile()  # the last link has died
    assert mine(message) == {place(message, una)}


def test_death_at_every_call_of_the_store_and_the_database_loses_nothing(
    in_folder,  # noqa: F811
    message,
    una,
    monkeypatch,
):
    """Before and after each call that the move makes, until one run ends without dying."""
    document = attach(message)
    old, wanted, patient, deaths = place(message, None), place(message, una), una, 0
    steps = [
        *((FileSystemObjectStore, name) for name in ("put", "fetch", "remove")),
        *((rehoming, name) for name in ("_announced", "_compare", "_put", "_follow")),
    ]
    for owner, name in steps:
        for when in ("before", "after"):
            give(message, patient)
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, dying(getattr(owner, name), when))
                try:
                    finish_moves(links_die_after=NOW)
                except Killed:
                    deaths += 1
            assert bytes_of(document) == PLAIN, (name, when)
            known = {facts(document)[1], *facts(document)[2]}
            assert mine(message) <= known, (name, when)  # nothing that nobody knows of
            finish_moves(links_die_after=NOW)
            assert facts(document) == (patient and patient.pk, wanted, []), (name, when)
            assert mine(message) == {wanted}
            assert bytes_of(document) == PLAIN
            patient = None if patient else una  # and back
            old, wanted = wanted, old
    assert deaths == len(steps) * 2


def dying(function, when):
    def do(*args, **kwargs):
        if when == "after":
            function(*args, **kwargs)
        raise Killed

    return do


def test_who_gets_it_while_it_is_on_its_way(in_folder, message, una, kit, monkeypatch):  # noqa: F811
    document = attach(message)
    give(message, una)
    whole = rehoming._put

    def reassigned(*args):
        whole(*args)
        give(message, kit)

    with monkeypatch.context() as patch:
        patch.setattr(rehoming, "_put", reassigned)
        assert not rehome_document(document.pk)
    assert bytes_of(document) == PLAIN
    finish_moves(links_die_after=NOW)
    assert facts(document) == (kit.pk, place(message, kit), [])
    assert mine(message) == {place(message, kit)}


def test_one_that_is_purged_meanwhile_leaves_no_copy(in_folder, message, una, monkeypatch):  # noqa: F811
    document = attach(message)
    give(message, una)
    whole = rehoming._put

    def purged(*args):
        whole(*args)
        trash_document(membership=member("ada"), document=document)
        long_ago = timezone.now() - timedelta(days=1000)
        Document.objects.update(purge_after=long_ago, uploaded_at=long_ago)
        assert purge_document(document)
        assert mine(message) == set()
        whole(*args)  # and the slow writer writes it once more

    with monkeypatch.context() as patch:
        patch.setattr(rehoming, "_put", purged)
        assert not rehome_document(document.pk)
    finish_moves()
    assert mine(message) == set()
    assert facts(document)[2] == []


def test_a_hold_does_not_stop_it(in_folder, message, una):  # noqa: F811
    document = attach(message)
    hold_document(membership=member("ada"), document=document, reason="Claim 77")
    give(message, una)
    assert rehome_document(document.pk)
    assert bytes_of(document) == PLAIN
    assert Document.objects.get(pk=document.pk).legal_hold


def test_what_is_not_right_is_not_moved(in_folder, message, una, caplog):  # noqa: F811
    """A damaged object stays to be found; other bytes at the new key are not written over."""
    document = attach(message)
    give(message, una)
    put_raw(place(message, una), b"somebody else's")
    assert finish_moves(links_die_after=NOW) == 0
    assert bytes_of(document) == PLAIN
    assert "target_occupied" in caplog.text
    put_raw(place(message, None), b"damaged text")
    assert finish_moves(links_die_after=NOW) == 0
    assert "hash_differs" in caplog.text
    assert facts(document)[1] == place(message, None)
    assert place(message, None) in mine(message)
    assert str(una.pk) not in caplog.text


def test_a_file_on_its_way_in_follows(in_folder, message, una):  # noqa: F811
    policy, late = policy_for_slug("messages"), new(PACKED)
    on_its_way = prepare_document(policy=policy, owner=message, new=late, uploaded_by=None)
    announced = prepare_document(policy=policy, owner=message, new=new(PLAIN), uploaded_by=None)
    announce(announced, policy)
    give(message, una)
    announce(on_its_way, policy)  # verified for nobody, announced for Una
    for document, content in ((announced, new(PLAIN)), (on_its_way, late)):
        store_bytes(document, content.content)
        show(document)
    finish_moves(links_die_after=NOW)
    assert facts(announced) == (una.pk, place(message, una), [])
    assert facts(on_its_way) == (una.pk, place(message, una, "-1"), [])
    assert (bytes_of(announced), bytes_of(on_its_way)) == (PLAIN, PACKED)
    assert mine(message) == {place(message, una), place(message, una, "-1")}


def test_only_one_moves_it_at_a_time(in_folder, message, una, in_alpha):  # noqa: F811
    document = attach(message)
    give(message, una)
    held, over = threading.Event(), threading.Event()

    def other():
        with tenant_context(in_alpha), only_one(rehoming.role_of(document.pk)) as ours:
            assert ours
            held.set()
            over.wait(60)
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(60)
    try:
        assert not rehome_document(document.pk)
    finally:
        over.set()
        thread.join()
    assert rehome_document(document.pk)


def test_an_erasure_takes_the_copies_too(in_folder, message, una, monkeypatch):  # noqa: F811
    """One that died half-way has left a copy that only the row's note knows of."""
    document = attach(message)
    give(message, una)
    with monkeypatch.context() as patch:
        patch.setattr(rehoming, "_follow", dying(rehoming._follow, "before"))
        with pytest.raises(Killed):
            rehome_document(document.pk)
    Document.objects.update(uploaded_at=timezone.now() - timedelta(days=1000))
    both = {place(message, None), place(message, una)}
    assert mine(message) == both
    erasure = begin_erasure(erased_by=None, patient_id=una.pk, reason="Asked for it")
    assert both <= set(erasure.objects_left.values_list("s3_key", flat=True))
