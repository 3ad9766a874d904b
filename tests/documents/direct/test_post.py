"""A file in one piece, straight to the store: announced, sent, completed."""

import json

import pytest

from documents.models import Document
from documents.services.direct_uploads import LARGEST
from documents.services.owners import require_no_documents
from documents.storage import object_store
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    JSON,
    MIB,
    announced,
    ask_begin,
    begin,
    complete,
    document_of,
    post,
    state,
    upload_of,
)
from tests.documents.helpers import assert_problem, objects, row, send, sha, temporary


def test_it_becomes_the_document_that_an_ordinary_upload_makes(world, priya, nobody):
    twin = send(priya, world.files, category="report", description="Fasting").json()
    begun = begin(priya, world, category="report", description="Fasting")
    assert begun["method"] == "post"
    assert (begun["state"], begun["part_size"], begun["parts"]) == ("pending", None, None)
    assert begun["url"].startswith("http://alpha.localhost/uploads?token=")
    sent = post(nobody, begun)
    assert (sent.status_code, sent["ETag"][0]) == (204, '"')

    answer = complete(priya, begun)

    assert (answer.status_code, answer.json()["state"]) == (200, "available")
    shown = priya.get(f"/api/v1/files/{begun['id']}").json()
    own = {"id", "s3_key", "download_url", "preview_url", "uploaded_at"}
    assert {k: v for k, v in shown.items() if k not in own} == {
        k: v for k, v in twin.items() if k not in own
    }
    document = document_of(begun)
    assert objects() == {document.s3_key, Document.objects.get(pk=twin["id"]).s3_key}
    with object_store().fetch(document.s3_key) as (info, chunks):
        assert b"".join(chunks) == minimal()
    assert info.metadata == {"sha256": sha(minimal())}
    assert temporary() == []
    assert complete(priya, begun).json() == answer.json()


REFUSED = [
    ({"size": 0}, 400, "empty", "size"),
    ({"size": 10 * MIB + 1}, 413, "too_large", "size"),
    ({"size": -1}, 400, "min_value", "size"),
    ({"size": None}, 400, "required", "size"),
    ({"filename": "scan.exe"}, 400, "extension_not_allowed", "filename"),
    ({"filename": "../scan.pdf"}, 400, "name_invalid", "filename"),
    ({"filename": ""}, 400, "name_invalid", "filename"),
    ({"filename": "x" * 252 + ".pdf"}, 400, "name_too_long", "filename"),
    ({"category": "holiday"}, 400, "invalid_choice", "category"),
    ({"description": "x" * 501}, 400, "max_length", "description"),
    ({"document_date": "01.05.2024"}, 400, "invalid", "document_date"),
    ({"sha256": "abc"}, 400, "invalid", "sha256"),
]


def test_what_would_be_refused_is_refused_at_once(world, priya):
    for changes, status, code, field in REFUSED:
        assert_problem(ask_begin(priya, world, **changes), status, code, field)
    assert not Document.objects.exists()
    assert ask_begin(priya, world).status_code == 201


def test_what_s3_cannot_copy_is_refused(world, priya, settings):
    settings.DOCUMENT_MAX_SIZES = {"lab-results": 2 * LARGEST}
    answer = ask_begin(priya, world, size=LARGEST + 1)
    assert assert_problem(answer, 413, "too_large", "size")["limit"] == LARGEST
    assert ask_begin(priya, world, size=LARGEST).status_code == 201


def test_it_takes_a_place_until_it_is_taken_back(world, priya):
    for _ in range(9):
        row(world)
    begun = begin(priya, world)
    assert_problem(ask_begin(priya, world), 409, "too_many_files", "file")
    assert_problem(send(priya, world.files), 409, "too_many_files", "file")
    with pytest.raises(Exception, match="has documents"):
        require_no_documents(world.blood, remedy="It has documents.")
    for _ in range(2):
        assert priya.delete(f"/api/v1/files/{begun['id']}/upload").status_code == 204
    found = state(priya, begun)
    assert (found["state"], found["reason"]) == ("rejected", "taken_back")
    assert ask_begin(priya, world).status_code == 201


def test_nobody_sees_it_before_it_is_complete(world, priya, nobody):
    begun = begin(priya, world)
    assert post(nobody, begun).status_code == 204
    assert state(priya, begun)["state"] == "pending"
    address = f"/api/v1/files/{begun['id']}"
    for path in (address, f"{address}/download"):
        assert_problem(priya.get(path), 404, "not_found")
    assert priya.get(world.files).json()["results"] == []
    counts = {"entity_type": "lab-results", "entity_ids": [str(world.blood.pk)]}
    answer = priya.post("/api/v1/files/batch-counts", json.dumps(counts), JSON)
    assert answer.json()["counts"] == {str(world.blood.pk): 0}
    assert complete(priya, begun).status_code == 200
    assert [one["id"] for one in priya.get(world.files).json()["results"]] == [begun["id"]]


def test_only_who_began_it_and_administrators_may_use_it(world, priya, ada, client_of):
    begun = begin(priya, world)
    address = f"/api/v1/files/{begun['id']}"
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    for name in ("paul", "pat", "dev", "rex"):  # Paul and Pat see the patient
        stranger = client_of(name)
        for answer in (
            stranger.get(f"{address}/upload"),
            stranger.delete(f"{address}/upload"),
            stranger.get(f"{address}/parts"),
            stranger.post(f"{address}/parts", "{}", JSON),
            stranger.post(f"{address}/complete"),
        ):
            assert_problem(answer, 404, "not_found")
    assert ada.get(f"{address}/upload").status_code == 200
    assert ada.delete(f"{address}/upload").status_code == 204


def test_who_lost_the_patient_lost_the_upload(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    world.amal.clinician_id = member("paul").pk
    world.amal.save()
    assert_problem(complete(priya, begun), 404, "not_found")
    assert document_of(begun).state == "pending"


WRONG = {
    "another hash": ({"sha256": "0" * 64}, minimal(), "hash_differs"),
    "another type": ({"filename": "scan.png"}, minimal(), "type_mismatch"),
    "no document": ({"sha256": None}, b"%PDF-1.4\n" + b"x" * 100, "corrupt"),
}


@pytest.mark.parametrize(("changes", "body", "code"), WRONG.values(), ids=WRONG)
def test_wrong_bytes_are_refused_and_removed(changes, body, code, world, priya, nobody):
    begun = begin(priya, world, body, **changes)
    assert post(nobody, begun, body).status_code == 204
    for _ in range(2):
        assert_problem(complete(priya, begun), 422, code, "file")
    found = state(priya, begun)
    assert (found["state"], found["reason"]) == ("rejected", code)
    assert found["detail"]
    assert (document_of(begun).state_reason, objects(), temporary()) == (code, set(), [])
    assert_problem(priya.get(f"/api/v1/files/{begun['id']}"), 404, "not_found")


def test_the_size_is_looked_at_whoever_let_it_in(world, priya):
    """As by a store that is lax about what a form allows."""
    begun = begin(priya, world)
    key = f"alpha/system/temp/uploads/{begun['id']}"
    object_store().receive(key, [minimal() + b"\n"], size=len(minimal()) + 1)
    assert_problem(complete(priya, begun), 422, "size_differs", "file")
    assert (document_of(begun).state, objects()) == ("rejected", set())


def test_complete_before_the_bytes_and_again(world, priya, nobody):
    begun = begin(priya, world)
    assert_problem(complete(priya, begun), 409, "not_uploaded")
    assert document_of(begun).state == "pending"
    post(nobody, begun)
    post(nobody, begun)  # a client that was not sure
    assert complete(priya, begun).status_code == 200


def test_what_the_hash_is_of_need_not_be_said(world, priya, nobody):
    begun = begin(priya, world, sha256=None)
    post(nobody, begun)
    assert complete(priya, begun).status_code == 200
    assert document_of(begun).sha256 == sha(minimal())
    upper = begin(priya, world, sha256=announced(minimal())["sha256"].upper())
    post(nobody, upper)
    assert complete(priya, upper).status_code == 200


def test_what_is_complete_is_not_taken_back(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    complete(priya, begun)
    answer = priya.delete(f"/api/v1/files/{begun['id']}/upload")
    assert_problem(answer, 409, "wrong_state")
    assert document_of(begun).state == "available"
    assert len(objects()) == 1


def test_an_ordinary_document_has_no_upload(world, priya):
    made = send(priya, world.files).json()
    assert_problem(priya.get(f"/api/v1/files/{made['id']}/upload"), 404, "not_found")
    assert_problem(priya.post(f"/api/v1/files/{made['id']}/complete"), 404, "not_found")


def test_photographs_stay_in_their_batch(world, priya, nobody):
    from documents.models import ImageBatch
    from tests.documents import corpus_images

    batch = ImageBatch.objects.create(patient=world.amal, name="visit", taken_on="2026-11-01")
    body = corpus_images.tiff()
    begun = begin(
        priya, world, body, url=f"/api/v1/image-batches/{batch.pk}/files", filename="foot.tiff"
    )
    post(nobody, begun, body)
    assert complete(priya, begun).status_code == 200, state(priya, begun)
    document = document_of(begun)
    assert (document.batch_id, document.patient_id) == (batch.pk, world.amal.pk)
    assert str(batch.pk) in document.s3_key
    assert upload_of(begun).cleared_at is None
