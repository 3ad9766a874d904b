"""Many at once into the trash and back: an answer for each, in few queries, all or what can be."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.fields import uuid7
from documents.models import Document
from documents.services.trash import trash_document
from medical_records.models import LabResult
from tests.conftest import member
from tests.documents.helpers import assert_problem, row, upload


def bulk(client, way, ids):
    body = {"ids": [str(pk) for pk in ids]}
    return client.post(f"/api/v1/files/bulk-{way}", body, content_type="application/json")


def answers(answer):
    assert answer.status_code == 200, answer.content
    return {one["id"]: one["state"] or one["code"] for one in answer.json()["results"]}


def test_there_and_back(world, priya):
    documents = [upload(world) for _ in range(3)]
    ids = [str(one.pk) for one in documents]
    gone = bulk(priya, "delete", ids)
    assert gone.json()["done"] == 3
    assert answers(gone) == dict.fromkeys(ids, "trashed")
    for one in Document.objects.all():
        assert one.trashed_by_id == member("priya").user_id
        assert one.purge_after > one.trashed_at
    assert answers(bulk(priya, "delete", ids)) == dict.fromkeys(ids, "not_found")
    assert answers(bulk(priya, "restore", ids)) == dict.fromkeys(ids, "available")
    for one in Document.objects.all():
        assert (one.trashed_at, one.trashed_by_id, one.purge_after) == (None, None, None)


def test_each_has_its_own_answer_in_the_order_asked(world, priya, ada):
    good, held, trashed = (upload(world) for _ in range(3))
    Document.objects.filter(pk=held.pk).update(legal_hold=True)
    trash_document(membership=member("priya"), document=trashed)
    petras = upload(world, owner=world.petras, who="ada")  # Paul's own
    ids = [str(pk) for pk in (uuid7(), held.pk, good.pk, trashed.pk, petras.pk, good.pk)]
    answer = bulk(priya, "delete", ids)
    assert [one["id"] for one in answer.json()["results"]] == ids[:5]
    assert list(answers(answer).values()) == [
        "not_found",
        "legal_hold",
        "trashed",
        "not_found",
        "not_found",
    ]
    assert (answer.json()["done"], answer.json()["refused"]) == (1, 4)
    for one, state in ((held, "available"), (trashed, "trashed"), (petras, "available")):
        one.refresh_from_db()
        assert one.state == state


def test_the_other_clinics_ids_are_unknown(world, client_of, alpha):
    document = upload(world)
    bea = client_of("bea")
    assert answers(bulk(bea, "delete", [document.pk])) == {str(document.pk): "not_found"}
    connection.set_tenant(alpha)
    document.refresh_from_db()
    assert document.state == "available"


def test_a_full_record_takes_back_what_it_has_room_for(world, priya):
    old = [row(world) for _ in range(4)]
    ids = [one.pk for one in old]
    assert set(answers(bulk(priya, "delete", ids)).values()) == {"trashed"}
    for _ in range(8):  # of 10 a lab result may have
        row(world)
    found = list(answers(bulk(priya, "restore", ids)).values())
    assert found == ["available", "available", "too_many_files", "too_many_files"]
    assert Document.objects.available().count() == 10


@pytest.mark.parametrize("way", ["delete", "restore"])
def test_the_queries_do_not_grow_with_the_number(world, priya, way):
    def cost(number):
        records = LabResult.objects.bulk_create(
            LabResult(patient=world.amal, test_name="x") for _ in range(number)
        )
        state = {"state": "available"}
        if way == "restore":
            from django.utils import timezone

            now = timezone.now()
            state = {"state": "trashed", "trashed_at": now, "purge_after": now}
        ids = [row(world, object_id=one.pk, **state).pk for one in records]
        with CaptureQueriesContext(connection) as queries:
            assert bulk(priya, way, ids).json()["done"] == number
        return len(queries)

    cost(1)
    assert cost(100) == cost(2)


@pytest.mark.parametrize(
    "ids", [[], ["x"], [str(uuid7())] * 1001, None], ids=["none", "no ids", "too many", "missing"]
)
def test_what_is_no_list_of_ids_is_refused(world, priya, ids):
    body = {} if ids is None else {"ids": ids}
    answer = priya.post("/api/v1/files/bulk-delete", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("ids")


def test_who_may_not_delete_is_refused_at_once(world, client_of):
    document = upload(world)
    assert_problem(bulk(client_of("pat"), "delete", [document.pk]), 403, "not_permitted")
    document.refresh_from_db()
    assert document.state == "available"
