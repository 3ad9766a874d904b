"""Bytes on their way out: whole or in parts, under the right name, to nobody unnoticed."""

import hashlib
from pathlib import Path

import pytest
import requests
from django.core.files.storage import storages

from accounts.audit.models import AccessLog
from documents.models import Document
from documents.storage import object_store
from documents.storage.base import StoreError
from tests.conftest import member
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import assert_problem, upload
from tests.documents.storage.conftest import moto  # noqa: F401
from tests.s3_server import BUCKET, storage

BODY = minimal()
SIZE = len(BODY)


@pytest.fixture
def document(world):
    return upload(world, name="Анализ крови.pdf")


def fetch(client, document, method="get", **headers):
    return getattr(client, method)(f"/api/v1/files/{document.pk}/download", headers=headers)


def read(answer):
    return b"".join(answer.streaming_content)


def etag(document):
    return f'"{document.sha256}"'


def reads():
    return list(
        AccessLog.objects.filter(object_type="documents.document")
        .order_by("at")
        .values_list("action", "user_id", "role", "object_ids", "detail")
    )


def test_the_bytes_come_with_headers_that_keep_them_harmless(document, priya):
    answer = fetch(priya, document)
    assert (answer.status_code, read(answer)) == (200, BODY)
    headers = {name: answer[name] for name in HEADERS}
    assert headers == HEADERS | {"Content-Length": str(SIZE), "ETag": etag(document)}
    assert "Content-Range" not in answer


HEADERS = {
    "Content-Type": "application/pdf",
    "Content-Length": "",
    "Content-Disposition": "attachment; filename*=utf-8''"
    "%D0%90%D0%BD%D0%B0%D0%BB%D0%B8%D0%B7%20%D0%BA%D1%80%D0%BE%D0%B2%D0%B8.pdf",
    "Accept-Ranges": "bytes",
    "ETag": "",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("scan.pdf", 'attachment; filename="scan.pdf"'),
        ('a "b".pdf', 'attachment; filename="a \\"b\\".pdf"'),
        ("检验.pdf", "attachment; filename*=utf-8''%E6%A3%80%E9%AA%8C.pdf"),
        ("تحليل.pdf", "attachment; filename*=utf-8''%D8%AA%D8%AD%D9%84%D9%8A%D9%84.pdf"),
        ("🩺.pdf", "attachment; filename*=utf-8''%F0%9F%A9%BA.pdf"),
    ],
    ids=["plain", "quotes", "chinese", "arabic", "emoji"],
)
def test_the_name_travels_in_every_script(name, expected, world, priya):
    answer = fetch(priya, upload(world, name=name))
    assert answer["Content-Disposition"] == expected
    assert read(answer) == BODY


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, SIZE - 1),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        ("bytes=0-0", 0, 0),
        (f"bytes=10-{SIZE + 99}", 10, SIZE - 1),
        (f"bytes=-{SIZE + 99}", 0, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    ],
)
def test_one_range_is_given_alone(asked, start, end, document, priya):
    answer = fetch(priya, document, Range=asked)
    assert (answer.status_code, read(answer)) == (206, BODY[start : end + 1])
    assert answer["Content-Range"] == f"bytes {start}-{end}/{SIZE}"
    assert answer["Content-Length"] == str(end - start + 1)


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-4,10-14", "bytes=9-5", "bytes=-", "bytes=a-b", "lines=0-9", "0-9", "bytes=٠-٩"],
)
def test_what_is_no_single_range_gives_the_whole(asked, document, priya):
    answer = fetch(priya, document, Range=asked.encode().decode("latin-1"))
    assert (answer.status_code, read(answer)) == (200, BODY)
    assert fetch(priya, document, Range="bytes=0-9").status_code == 206


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(asked, document, priya):
    answer = fetch(priya, document, Range=asked)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{SIZE}"
    assert read(fetch(priya, document, Range=f"bytes={SIZE - 1}-")) == BODY[-1:]


@pytest.mark.parametrize("asked", ["bytes=0-9", f"bytes={SIZE}-"], ids=["inside", "behind"])
def test_a_range_counts_only_for_the_file_it_was_begun_with(asked, document, priya):
    other = fetch(priya, document, Range=asked, **{"If-Range": '"another"'})
    assert (other.status_code, read(other)) == (200, BODY)
    same = fetch(priya, document, Range=asked, **{"If-Range": etag(document)})
    assert same.status_code == (206 if asked == "bytes=0-9" else 416)


def test_what_the_client_has_already_is_not_sent_again(document, priya):
    answer = fetch(priya, document, **{"If-None-Match": etag(document)})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag(document))
    other = fetch(priya, document, **{"If-None-Match": '"another"'})
    assert (other.status_code, read(other)) == (200, BODY)


def test_head_tells_without_the_bytes(document, priya):
    answer = fetch(priya, document, "head")
    assert (answer.status_code, answer["Content-Length"]) == (200, str(SIZE))
    assert read(answer) == b""
    ranged = fetch(priya, document, "head", Range="bytes=0-9")
    assert (ranged.status_code, ranged["Content-Length"]) == (206, "10")


def test_head_is_no_read(document, priya):
    before = len(reads())
    fetch(priya, document, "head")
    fetch(priya, document, "head", **{"If-None-Match": etag(document)})
    assert len(reads()) == before


@pytest.mark.logs_errors
def test_head_tells_what_a_download_would(document, client_of, priya):
    assert fetch(client_of("bea"), document, "head").status_code == 404
    Path(object_store().location, document.s3_key).unlink()
    assert fetch(priya, document, "head").status_code == 503


def test_every_read_is_written_down(document, priya, ada):
    AccessLog.objects.all().count()
    before = len(reads())
    read(fetch(priya, document))
    read(fetch(ada, document, Range="bytes=0-9"))
    fetch(priya, document, **{"If-None-Match": etag(document)})
    patient = {"patient": str(document.patient_id)}
    assert reads()[before:] == [
        ("download", member("priya").user_id, "provider", [document.pk], patient),
        ("download", member("ada").user_id, "admin", [document.pk], patient),
        ("download", member("priya").user_id, "provider", [document.pk], patient),  # the 304
    ]


@pytest.mark.parametrize("name", ["rex", "dev", "pat", "bo", "bea"])
def test_who_may_not_see_it_gets_nothing_and_leaves_no_trace(name, document, client_of, priya):
    before = len(reads())
    assert_problem(fetch(client_of(name), document), 404, "not_found")
    assert len(reads()) == before
    assert read(fetch(priya, document)) == BODY


def test_another_clinics_member_is_no_member_here(document, client_of, priya):
    answer = fetch(client_of("bo", host="alpha"), document)
    assert_problem(answer, 401, "not_authenticated")
    assert read(fetch(priya, document)) == BODY


def test_a_patient_reads_their_own(world, document, client_of):
    pat = client_of("pat")
    assert_problem(fetch(pat, document), 404, "not_found")
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    assert read(fetch(pat, document)) == BODY


@pytest.mark.logs_errors
def test_bytes_that_are_missing_are_a_problem_not_a_crash(document, priya):
    kept = Path(object_store().location) / document.s3_key
    moved = kept.rename(kept.with_suffix(".away"))
    answer = fetch(priya, document)
    body = assert_problem(answer, 503, "store_unavailable")
    assert document.s3_key not in answer.content.decode()
    assert "Nothing was kept" not in body["detail"]
    moved.rename(kept)
    assert read(fetch(priya, document)) == BODY


@pytest.mark.logs_errors
def test_a_store_that_is_away_is_a_problem_not_a_crash(document, priya, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    monkeypatch.setattr(type(object_store()), "read", away)
    assert_problem(fetch(priya, document), 503, "store_unavailable")
    monkeypatch.undo()
    assert read(fetch(priya, document)) == BODY


@pytest.fixture
def in_s3(moto, settings, in_alpha):  # noqa: F811
    settings.STORAGES = {**settings.STORAGES, "documents": storage(moto)}
    return storages["documents"]


def test_from_s3_a_link_is_given_out(in_s3, world, priya):
    document = upload(world, name="Анализ крови.pdf")
    before = len(reads())
    answer = fetch(priya, document)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "no-store"
    assert "X-Amz-Expires=900&" in answer["Location"]
    given = requests.get(answer["Location"], timeout=10)
    assert hashlib.sha256(given.content).hexdigest() == document.sha256
    assert given.headers["Content-Disposition"] == HEADERS["Content-Disposition"]
    assert [(action, ids) for action, _, _, ids, _ in reads()[before:]] == [("link", [document.pk])]
    assert Document.objects.get().s3_bucket == BUCKET


def test_from_s3_head_gets_no_link(in_s3, world, priya):
    document = upload(world)
    before = len(reads())
    answer = fetch(priya, document, "head")
    assert (answer.status_code, "Location" in answer) == (200, False)
    assert len(reads()) == before


def test_from_s3_nobody_else_gets_a_link(in_s3, world, client_of, priya):
    document = upload(world)
    before = len(reads())
    assert_problem(fetch(client_of("rex"), document), 404, "not_found")
    assert len(reads()) == before
    assert fetch(priya, document).status_code == 302
