"""Our own addresses for bytes: narrow links, exact sizes, and never at another clinic."""

import io
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.utils import timezone
from django_tenants.utils import schema_context

from documents.models import Document
from documents.upload_tokens import SALT, UploadToken, make_token
from tests.documents.corpus_pdf import minimal
from tests.documents.direct.helpers import begin, complete, document_of, post, put, sign, state
from tests.documents.helpers import FORM, assert_problem, form, objects, part, temporary

BODY = minimal()


def token_of(url):
    return parse_qs(urlsplit(url).query)["token"][0]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (BODY + b"\n", 413, "too_large"),
        (BODY[:-1], 400, "size_differs"),
        (b"", 400, "size_differs"),
    ],
    ids=["one more", "one less", "none"],
)
def test_a_form_takes_exactly_what_was_announced(body, status, code, world, priya, nobody):
    begun = begin(priya, world)
    assert_problem(post(nobody, begun, body), status, code, "file")
    assert (objects(), temporary()) == (set(), [])
    assert post(nobody, begun).status_code == 204


def test_a_body_that_is_much_too_long_is_refused_by_its_length(world, priya, nobody):
    begun = begin(priya, world)
    large = form(part("file", BODY + bytes(70_000), "blob"))
    answer = nobody.generic("POST", begun["url"], large, content_type=FORM)
    assert_problem(answer, 413, "too_large", "file")
    assert objects() == set()


@pytest.mark.parametrize(
    "parts", [[part("other", BODY, "blob")], [part("file", BODY)], []], ids=["name", "text", "none"]
)
def test_a_form_without_the_file_is_refused(parts, world, priya, nobody):
    begun = begin(priya, world)
    answer = nobody.generic("POST", begun["url"], form(*parts), content_type=FORM)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert objects() == set()


def others(begun):
    """Tokens that are not the one that was given out."""
    token = token_of(begun["url"])
    fresh = timezone.now() + timedelta(minutes=1)
    mine = UploadToken(document_of(begun).pk, 0, len(BODY))
    with schema_context("beta"):
        foreign = make_token(mine, until=fresh)
    return {
        "none": "",
        "cut": token[:-1],
        "changed": token[:10] + ("A" if token[10] != "A" else "B") + token[11:],
        "over": make_token(mine, until=timezone.now() - timedelta(seconds=1)),
        "another clinic's": foreign,
        "of a part": make_token(UploadToken(mine.document_id, 1, len(BODY)), until=fresh),
        "another purpose": signing.dumps(["alpha"], salt=SALT + "x"),
    }


def test_only_the_link_itself_lets_in(world, priya, nobody):
    begun = begin(priya, world)
    whole = form(part("file", BODY, "blob"))
    for name, token in others(begun).items():
        answer = nobody.generic("POST", f"/uploads?token={token}", whole, content_type=FORM)
        assert assert_problem(answer, 403, "link_refused"), name
    assert_problem(put(nobody, begun["url"], BODY), 403, "link_refused")
    assert objects() == set()
    assert post(nobody, begun).status_code == 204


def test_a_link_is_worth_nothing_at_the_other_clinic(world, priya, client_of):
    begun = begin(priya, world)
    stranger = client_of(None, host="beta")
    path = begun["url"].replace("alpha", "beta")
    answer = stranger.generic("POST", path, form(part("file", BODY, "blob")), content_type=FORM)
    assert_problem(answer, 403, "link_refused")
    assert objects() == set()


def test_a_link_outlives_its_upload_for_nothing(world, priya, nobody):
    begun = begin(priya, world)
    post(nobody, begun)
    complete(priya, begun)
    kept = objects()
    assert_problem(post(nobody, begun), 409, "wrong_state")
    taken = begin(priya, world)
    priya.delete(f"/api/v1/files/{taken['id']}/upload")
    assert_problem(post(nobody, taken), 409, "wrong_state")
    assert objects() == kept


def test_a_part_takes_exactly_its_bytes(world, priya, nobody, settings):
    settings.DIRECT_UPLOAD_PARTS_ABOVE, settings.DIRECT_UPLOAD_PART_SIZE = 1, 200
    begun = begin(priya, world)
    url = sign(priya, begun, 1)[1]
    for body in (BODY[:199], BODY[:201]):
        assert_problem(put(nobody, url, body), 400, "size_differs", "file")
    assert objects() == set()
    assert_problem(post(nobody, {"url": url, "fields": {}}, BODY[:200]), 403, "link_refused")
    answer = put(nobody, url, BODY[:200])
    assert (answer.status_code, answer["ETag"][0]) == (200, '"')
    assert len(objects()) == 1


def test_a_part_that_breaks_off_is_not_kept(world, priya, nobody, settings):
    settings.DIRECT_UPLOAD_PARTS_ABOVE, settings.DIRECT_UPLOAD_PART_SIZE = 1, 200
    begun = begin(priya, world)
    url = sign(priya, begun, 1)[1]
    query = {"QUERY_STRING": urlsplit(url).query, "PATH_INFO": "/uploads"}
    cut = {"wsgi.input": io.BytesIO(BODY[:150]), "CONTENT_LENGTH": "200"}
    short = nobody.request(**nobody._base_environ(REQUEST_METHOD="PUT", **query, **cut))
    assert_problem(short, 400, "incomplete")
    assert objects() == set()


def test_it_is_no_way_in_where_the_store_has_addresses(world, priya, nobody, moto, settings):
    begun = begin(priya, world)
    from tests.s3_server import storage

    settings.STORAGES = {**settings.STORAGES, "documents": storage(moto)}
    assert_problem(post(nobody, begun), 404, "not_found")
    assert Document.objects.get().state == "pending"


def test_the_state_says_until_when_links_are_good(world, priya, settings):
    settings.DIRECT_UPLOAD_LINK_MINUTES, settings.DIRECT_UPLOAD_HOURS = 30, 5
    begun = begin(priya, world)
    found = state(priya, begun)
    assert found["links_until"] < found["expires_at"]
    assert {key: begun[key] for key in found} == found
