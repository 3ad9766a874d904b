"""Every file that must be refused is, through the real API, and its sound twin is accepted."""

import unicodedata
from urllib.parse import quote

import pytest
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.models import Document
from tests.documents.conftest import make_world
from tests.documents.corpus import BAD, GOOD, PATIENTS
from tests.documents.helpers import PROBLEM, objects, send, sha, temporary
from tests.shared_rows import rows_of_a_module


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    def build():
        with tenant_context(Account.objects.get(schema_name="alpha")):
            return make_world()

    with rows_of_a_module(build, django_db_blocker, tmp_path_factory, "priya") as kept:
        yield kept


@pytest.fixture
def world(made, in_alpha, settings):
    return made.lend(settings)


@pytest.fixture
def client_of(made, db):
    return made.client_of


def url_of(world, upload):
    owner = world.amal if upload.slug == PATIENTS else world.blood
    return f"/api/v1/{upload.slug}/{owner.pk}/files"


@pytest.mark.parametrize("upload", BAD, ids=lambda one: one.id)
def test_is_refused_and_nothing_is_kept(upload, world, priya):
    answer = send(priya, url_of(world, upload), upload.build(), upload.name, upload.declared)

    body = answer.json()
    assert body.get("code") in upload.codes, body
    assert answer.status_code == (413 if body["code"] == "too_large" else 400)
    assert answer["Content-Type"] == "application/problem+json"
    assert body.keys() - {"limit"} == PROBLEM
    assert body["status"] == answer.status_code
    assert [(e["field"], e["code"], e["message"]) for e in body["errors"]] == [
        ("file", body["code"], body["detail"])
    ]
    assert not Document.objects.exists()
    assert objects() == set()
    assert temporary() == []


@pytest.mark.parametrize("upload", GOOD, ids=lambda one: one.id)
def test_is_accepted_and_comes_back_as_it_was(upload, world, priya):
    sent = upload.build()

    answer = send(priya, url_of(world, upload), sent, upload.name, upload.declared)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    name = unicodedata.normalize("NFC", upload.name)
    assert (made["file_name"], made["file_size"], made["sha256"], made["state"]) == (
        name,
        len(sent),
        sha(sent),
        "available",
    )
    assert objects() == {Document.objects.get().s3_key}
    assert temporary() == []
    back = priya.get(made["download_url"])
    assert sha(b"".join(back.streaming_content)) == sha(sent)
    assert filename_in(back["Content-Disposition"]) == name
    assert back["Content-Type"] == made["file_type"]


def filename_in(header: str) -> str:
    """The name that a browser takes from the header (RFC 6266)."""
    kind, _, rest = header.partition("; ")
    assert kind == "attachment"
    if rest.startswith("filename*="):
        from urllib.parse import unquote

        encoded = rest.removeprefix("filename*=utf-8''")
        assert encoded == quote(unquote(encoded))
        return unquote(encoded)
    assert rest.startswith('filename="')
    return (
        rest.removeprefix('filename="').removesuffix('"').replace('\\"', '"').replace("\\\\", "\\")
    )


def test_the_corpus_is_whole():
    names = [upload.id for upload in BAD + GOOD]
    assert len(names) == len(set(names))
    assert (len(BAD), len(GOOD)) == (242, 129)
