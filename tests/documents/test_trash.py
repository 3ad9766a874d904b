"""Deleted by mistake: into the trash, seen by nobody, and back to the very record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import NotPermittedError
from documents.errors import DocumentStateError, TooManyDocumentsError
from documents.models import Document
from documents.services.trash import restore_document, trash_document
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import assert_problem, objects, row, upload


@pytest.fixture
def document(world):
    return upload(world, description="Fasting", category="report")


def url(document, way=""):
    return f"/api/v1/files/{document.pk}{way}"


def listed(client, address):
    return [found["id"] for found in client.get(address).json()["results"]]


def counted(client, world):
    body = {"entity_type": "lab-results", "entity_ids": [str(world.blood.pk)]}
    answer = client.post("/api/v1/files/batch-counts", body, content_type="application/json")
    return answer.json()["counts"][str(world.blood.pk)]


def seen(client, world, document):
    """Where a document shows: its record's list, the account's, the count, itself, its bytes."""
    return (
        listed(client, world.files),
        listed(client, "/api/v1/files"),
        counted(client, world),
        client.get(url(document)).status_code,
        client.get(url(document, "/download")).status_code,
    )


def test_there_and_back(document, world, priya):
    pk = str(document.pk)
    before = priya.get(url(document)).json()
    assert seen(priya, world, document) == ([pk], [pk], 1, 200, 200)
    assert listed(priya, "/api/v1/files/trash") == []

    answer = priya.delete(url(document))

    assert (answer.status_code, answer.content) == (204, b"")
    assert seen(priya, world, document) == ([], [], 0, 404, 404)
    trashed = priya.get("/api/v1/files/trash").json()["results"]
    assert [(one["id"], one["state"], one["description"]) for one in trashed] == [
        (pk, "trashed", "Fasting")
    ]
    assert objects() == {document.s3_key}

    answer = priya.post(url(document, "/restore"))

    assert answer.status_code == 200
    assert seen(priya, world, document) == ([pk], [pk], 1, 200, 200)
    assert listed(priya, "/api/v1/files/trash") == []
    assert answer.json() == before == priya.get(url(document)).json()
    back = priya.get(url(document, "/download"))
    assert b"".join(back.streaming_content) == minimal()


def test_it_can_be_restored_for_thirty_days(document, settings):
    now = timezone.now()
    trashed = trash_document(membership=member("priya"), document=document)
    assert trashed.purge_after - trashed.trashed_at == timedelta(days=30)
    assert now <= trashed.trashed_at <= timezone.now()
    assert trashed.trashed_by_id == member("priya").user_id
    restored = restore_document(membership=member("priya"), document=document)
    assert (restored.trashed_at, restored.trashed_by_id, restored.purge_after) == (None,) * 3
    settings.DOCUMENT_TRASH_DAYS = 7
    trashed = trash_document(membership=member("priya"), document=document)
    assert trashed.purge_after - trashed.trashed_at == timedelta(days=7)


def test_a_full_record_takes_nothing_back(document, world, priya):
    priya.delete(url(document))
    others = [row(world) for _ in range(10)]
    assert_problem(priya.post(url(document, "/restore")), 409, "too_many_files", "file")
    assert listed(priya, "/api/v1/files/trash") == [str(document.pk)]
    with pytest.raises(TooManyDocumentsError):
        restore_document(membership=member("priya"), document=document)
    priya.delete(url(others[0]))
    assert priya.post(url(document, "/restore")).json()["state"] == "available"
    assert counted(priya, world) == 10


def test_a_legal_hold_keeps_it_out_of_the_trash(document, world, ada):
    Document.objects.update(legal_hold=True)
    assert_problem(ada.delete(url(document)), 409, "legal_hold")
    assert counted(ada, world) == 1
    Document.objects.update(legal_hold=False)
    assert ada.delete(url(document)).status_code == 204
    assert counted(ada, world) == 0


def test_twice_is_once(document, priya):
    assert priya.delete(url(document)).status_code == 204
    first = Document.objects.get()
    assert_problem(priya.delete(url(document)), 404, "not_found")
    with pytest.raises(DocumentStateError):  # somebody else was faster
        trash_document(membership=member("priya"), document=document)
    assert Document.objects.get().purge_after == first.purge_after
    assert priya.post(url(document, "/restore")).status_code == 200
    assert_problem(priya.post(url(document, "/restore")), 404, "not_found")
    with pytest.raises(DocumentStateError):
        restore_document(membership=member("priya"), document=document)


def test_who_may_only_read_may_not_delete(document, world, client_of, priya):
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    pat = client_of("pat")
    assert pat.get(url(document)).json()["description"] == "Fasting"
    assert_problem(pat.delete(url(document)), 403, "not_permitted")
    with pytest.raises(NotPermittedError):
        trash_document(membership=member("pat"), document=document)
    assert priya.delete(url(document)).status_code == 204
    assert_problem(pat.get("/api/v1/files/trash"), 403, "not_permitted")
    assert listed(priya, "/api/v1/files/trash") == [str(document.pk)]
    assert_problem(pat.post(url(document, "/restore")), 403, "not_permitted")
    assert priya.post(url(document, "/restore")).status_code == 200


@pytest.mark.parametrize("name", ["rex", "dev", "pat", "bo"])
def test_who_does_not_see_it_cannot_touch_it(name, document, client_of, priya):
    stranger = client_of(name)
    assert_problem(stranger.delete(url(document)), 404, "not_found")
    assert priya.delete(url(document)).status_code == 204
    assert str(document.pk) not in stranger.get("/api/v1/files/trash").content.decode()
    assert_problem(stranger.post(url(document, "/restore")), 404, "not_found")
    assert priya.post(url(document, "/restore")).status_code == 200


def test_the_history_tells_it_all(document, priya):
    priya.delete(url(document))
    priya.post(url(document, "/restore"))
    events = document.events.order_by("pgh_id")
    assert [(event.pgh_label, event.state) for event in events] == [
        ("insert", "pending"),
        ("update", "available"),
        ("update", "trashed"),
        ("update", "available"),
    ]
    who = [(event.pgh_context or {}).get("user") for event in events]
    assert who == [None, None, *[str(member("priya").user_id)] * 2]
