"""A file in parts: signed a few at a time, sent in any order, sent again, joined once."""

import json

import pytest

from documents.storage import object_store
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import (
    JSON,
    begin,
    complete,
    document_of,
    pieces,
    put,
    sign,
    state,
    upload_of,
)
from tests.documents.helpers import assert_problem, objects, sha

BODY = minimal()
SIZE = 100


@pytest.fixture(autouse=True)
def _small_parts(settings):
    settings.DIRECT_UPLOAD_PARTS_ABOVE, settings.DIRECT_UPLOAD_PART_SIZE = 200, SIZE


def parts_of(client, begun):
    return client.get(f"/api/v1/files/{begun['id']}/parts").json()


def test_parts_come_in_any_order_and_make_the_file(world, priya, nobody):
    begun = begin(priya, world)
    sent = pieces(BODY, SIZE)
    assert (begun["method"], begun["url"], begun["fields"]) == ("multipart", None, None)
    assert (begun["part_size"], begun["parts"]) == (SIZE, len(sent))
    assert parts_of(priya, begun) == {"arrived": [], "parts": len(sent)}
    links = sign(priya, begun, *sent)
    for number in reversed(sent):
        assert put(nobody, links[number], sent[number]).status_code == 200
    assert put(nobody, links[2], sent[2]).status_code == 200  # once more
    assert [one["number"] for one in parts_of(priya, begun)["arrived"]] == [*sent]

    answer = complete(priya, begun)

    assert (answer.status_code, answer.json()["state"]) == (200, "available")
    document = document_of(begun)
    assert (document.sha256, objects()) == (sha(BODY), {document.s3_key})
    assert complete(priya, begun).status_code == 200


def test_what_is_missing_is_named_and_sent_after_a_lost_connection(world, priya, nobody):
    begun = begin(priya, world)
    sent = pieces(BODY, SIZE)
    assert_problem(complete(priya, begun), 409, "parts_missing")
    links = sign(priya, begun, *sent)
    put(nobody, links[1], sent[1])
    left = [number for number in sent if number != 1]
    assert assert_problem(complete(priya, begun), 409, "parts_missing")["missing"] == left
    arrived = {one["number"] for one in parts_of(priya, begun)["arrived"]}
    for number, url in sign(priya, begun, *(set(sent) - arrived)).items():
        put(nobody, url, sent[number])
    assert complete(priya, begun).status_code == 200


def test_a_part_that_was_sent_again_is_the_last_one(world, priya, nobody):
    begun = begin(priya, world)
    sent = pieces(BODY, SIZE)
    for number, url in sign(priya, begun, *sent).items():
        put(nobody, url, bytes(len(sent[number])))
        put(nobody, url, sent[number])
    assert complete(priya, begun).status_code == 200


def test_only_parts_that_there_are_get_a_link(world, priya):
    begun = begin(priya, world)
    for numbers, code, field in (
        ([], "min_length", "numbers"),
        ([0], "min_value", "numbers.0"),
        ([99], "invalid", "numbers"),
        ([*range(1, 102)], "max_length", "numbers"),
        (["x"], "invalid", "numbers.0"),
    ):
        body = json.dumps({"numbers": numbers})
        answer = priya.post(f"/api/v1/files/{begun['id']}/parts", body, JSON)
        assert_problem(answer, 400, code, field)
    assert upload_of(begun).multipart_id == ""


def test_a_file_in_one_piece_has_no_parts(world, priya, settings):
    settings.DIRECT_UPLOAD_PARTS_ABOVE = len(BODY)
    begun = begin(priya, world)
    answer = priya.post(f"/api/v1/files/{begun['id']}/parts", json.dumps({"numbers": [1]}), JSON)
    assert_problem(answer, 400, "invalid", "numbers")
    settings.DIRECT_UPLOAD_PARTS_ABOVE = len(BODY) - 1
    assert begin(priya, world)["method"] == "multipart"


def test_more_than_ten_thousand_parts_become_larger_ones(world, priya, settings):
    settings.DIRECT_UPLOAD_PART_SIZE = 10
    begun = begin(priya, world, size=1_000_003)
    assert (begun["part_size"], begun["parts"]) == (101, 9902)
    assert sum(upload_of(begun).part_sizes.values()) == 1_000_003


def test_taking_it_back_removes_the_parts(world, priya, nobody):
    begun = begin(priya, world)
    links = sign(priya, begun, 1, 2)
    put(nobody, links[1], BODY[:SIZE])
    assert len(objects()) == 1
    assert priya.delete(f"/api/v1/files/{begun['id']}/upload").status_code == 204
    assert (state(priya, begun)["state"], objects()) == ("rejected", set())
    assert_problem(put(nobody, links[2], BODY[SIZE : 2 * SIZE]), 409, "wrong_state")


def test_a_store_that_forgot_the_upload_begins_anew(world, priya, nobody):
    """A bucket's rule ends uploads in parts after some days."""
    begun = begin(priya, world)
    sent = pieces(BODY, SIZE)
    old = sign(priya, begun, 1)[1]
    object_store().abort_multipart(f"alpha/system/temp/uploads/{begun['id']}")
    assert parts_of(priya, begun)["arrived"] == []
    assert_problem(complete(priya, begun), 409, "parts_missing")
    links = sign(priya, begun, *sent)
    for number, url in links.items():
        assert put(nobody, url, sent[number]).status_code == 200
    assert put(nobody, old, sent[1]).status_code == 200  # ours names the upload, not the store's
    assert complete(priya, begun).status_code == 200
