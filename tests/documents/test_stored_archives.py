"""ZIPs that a job makes: whole or not at all, for who asked for them, and not for ever."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from urllib.request import urlopen

import pytest
from django.utils import timezone

from accounts.audit.models import AccessLog
from documents.models import ArchiveFile, Document
from documents.services import archives, making_archives, stored_archives
from documents.services.expiring_archives import expire_archive, sweep_archives
from documents.services.ownership import stored_objects
from documents.services.stored_archives import ArchiveGivenUpError
from documents.services.trash import trash_document
from documents.services.zipping import INCOMPLETE, MANIFEST
from documents.storage import StoreError, object_store
from jobs.services.control import cancel_job
from jobs.services.running import run_job
from tests.conftest import member
from tests.documents.helpers import assert_problem, objects, sha, upload
from tests.documents.storage.conftest import moto, rclone  # noqa: F401  fixtures
from tests.documents.test_archive_api import act, ask, ids_of
from tests.documents.verify.conftest import empty_store, stored  # noqa: F401  fixtures
from tests.documents.verify.helpers import body


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


def die(*_, **__):
    raise Killed


@pytest.fixture
def many(world, monkeypatch):
    """Three documents of Amal's, one more than an archive takes that is made while it is sent."""
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    owners = (world.blood, world.urine, world.urine)
    return [upload(world, body(n), name=f"{n}.txt", owner=one) for n, one in enumerate(owners)]


def ordered(client, *documents):
    answer = ask(client, ids=ids_of(*documents))
    assert answer.status_code == 202, answer.content
    return ArchiveFile.objects.get(pk=answer.json()["id"])


def run(archive):
    job = run_job(archive.job, concurrency=1)
    archive.refresh_from_db()
    return job.state


def exports():
    return {info.key for info in object_store().keys("alpha/system/exports/")}


def content(archive):
    with object_store().read(archive.s3_key) as chunks:
        return b"".join(chunks)


def manifest(archive):
    return json.loads(zipfile.ZipFile(io.BytesIO(content(archive))).read(MANIFEST))


def test_what_is_too_large_is_made_and_fetched(stored, many, world, priya):  # noqa: F811
    empty_store("alpha")
    for n, document in enumerate(many):  # again: the store was emptied
        object_store().put(
            document.s3_key,
            io.BytesIO(body(n)),
            size=len(body(n)),
            content_type="text/plain",
            sha256=sha(body(n)),
            tags={},
        )
    answer = ask(priya, patient=str(world.amal.pk))
    told = answer.json()
    assert (answer.status_code, told["state"], told["download"]) == (202, "making", None)
    where = answer["Location"]
    assert priya.get(where).json() == told
    assert_problem(priya.get(f"{where}/download"), 409, "archive_not_ready")
    assert priya.head(f"{where}/download").status_code == 409
    archive = ArchiveFile.objects.get(pk=told["id"])
    assert run(archive) == "succeeded"
    told = priya.get(where).json()
    assert (told["state"], told["documents"], told["complete"]) == ("ready", 3, True)
    head = priya.head(told["download"])  # no link, no bytes, and no line in the access log
    assert (head.status_code, head["Content-Length"]) == (200, str(told["size"]))
    got = priya.get(told["download"])
    if stored == "folder":
        assert (got.status_code, got["Content-Type"]) == (200, "application/zip")
        assert got["Content-Disposition"].startswith('attachment; filename="documents-20')
        zipped = b"".join(got.streaming_content)
        part = priya.get(told["download"], headers={"Range": "bytes=5-8"})
        assert (part.status_code, b"".join(part.streaming_content)) == (206, zipped[5:9])
    else:
        assert got.status_code == 302
        with urlopen(got["Location"], timeout=20) as opened:  # noqa: S310  our own server
            zipped = opened.read()
    assert (len(zipped), sha(zipped)) == (told["size"], told["sha256"])
    found = zipfile.ZipFile(io.BytesIO(zipped))
    assert found.testzip() is None
    listed = json.loads(found.read(MANIFEST))["files"]
    assert {one["id"] for one in listed} == set(ids_of(*many))
    assert {sha(found.read(one["name"])) for one in listed} == {one.sha256 for one in many}
    noted = AccessLog.objects.filter(detail__archive=str(archive.pk)).get()
    assert (noted.user_id, set(noted.object_ids)) == (
        member("priya").user_id,
        {one.pk for one in many},
    )
    fetched = AccessLog.objects.filter(object_type="documents.archivefile")
    assert {one.action for one in fetched} == {"download" if stored == "folder" else "link"}
    assert not [one for one in stored_objects() if one.is_orphan]
    ArchiveFile.objects.filter(pk=archive.pk).update(expires_at=timezone.now())
    assert_problem(priya.get(told["download"]), 410, "archive_expired")
    assert sweep_archives() == 1
    assert (exports(), priya.get(where).json()["state"]) == (set(), "removed")
    assert sweep_archives() == 0


def test_only_who_asked_gets_it(many, client_of, priya):
    archive = ordered(priya, *many)
    run(archive)
    where = f"/api/v1/archives/{archive.pk}"
    for name in ("ada", "paul", "pat", "bea"):
        client = client_of(name)
        for path in (where, f"{where}/download"):
            assert_problem(client.get(path), 404, "not_found")
        assert client.get("/api/v1/archives").json()["results"] == []
    assert priya.get(f"{where}/download").status_code == 200
    # Amal becomes Paul's: what Priya may not see any more she does not get out of a ZIP either.
    many[0].patient.clinician = member("paul")
    many[0].patient.save()
    assert_problem(priya.get(f"{where}/download"), 404, "not_found")
    Document.objects.update(patient=None)
    priyas = member("priya")
    priyas.is_active = False
    priyas.save()
    assert_problem(priya.get(f"{where}/download"), 401, "not_authenticated")


def test_who_may_have_a_file_is_asked_when_its_turn_comes(many, priya, monkeypatch):
    archive = ordered(priya, *many)
    ask_of = stored_archives.requester_of
    asked = []

    def and_then(found):
        asked.append(found)
        if len(asked) == 2:  # the list is made; now the first file's turn comes
            trash_document(membership=member("ada"), document=many[1])
        return ask_of(found)

    monkeypatch.setattr(making_archives, "requester_of", and_then)
    assert run(archive) == "succeeded"
    told = manifest(archive)
    assert {one["id"] for one in told["files"]} == set(ids_of(many[0], many[2]))
    assert [(one["id"], one["reason"]) for one in told["left_out"]] == [(str(many[1].pk), "gone")]
    assert (told["complete"], archive.is_complete) == (False, False)
    assert set(archive.document_ids) == {many[0].pk, many[2].pk}
    assert INCOMPLETE in zipfile.ZipFile(io.BytesIO(content(archive))).namelist()


def test_who_is_no_member_any_more_gets_nothing(many, priya, monkeypatch):
    archive = ordered(priya, *many)
    ask_of, asked = stored_archives.requester_of, []

    def and_then(found):
        asked.append(found)
        if len(asked) == 3:  # in the middle
            left = member("priya")
            left.is_active = False
            left.save()
        return ask_of(found)

    monkeypatch.setattr(making_archives, "requester_of", and_then)
    assert run(archive) == "failed"
    assert (archive.state, archive.s3_key, exports()) == ("making", None, set())
    assert archive.job.items.get().code == "not_permitted"
    assert not AccessLog.objects.filter(detail__archive=str(archive.pk)).exists()


def put_and_die(monkeypatch):
    put = type(object_store()).put

    def then(*args, **more):
        put(*args, **more)
        raise Killed

    monkeypatch.setattr(type(object_store()), "put", then)


POINTS = {
    "while it is written": lambda m: m.setattr(making_archives.ZipStream, "chunks", die),
    "before its key is noted": lambda m: m.setattr(stored_archives, "_announce_key", die),
    "before the bytes": lambda m: m.setattr(type(object_store()), "put", die),
    "behind the bytes": put_and_die,
    "before it is shown": lambda m: m.setattr(stored_archives, "_show", die),
    "while it is shown": lambda m: m.setattr(stored_archives, "_note_documents", die),
}


@pytest.mark.parametrize("arm", POINTS.values(), ids=POINTS)
def test_a_death_is_begun_anew_and_nothing_half_is_given_out(arm, many, priya, monkeypatch):
    archive = ordered(priya, *many)
    with monkeypatch.context() as patch:
        arm(patch)
        with pytest.raises(Killed):
            run(archive)
    archive.refresh_from_db()
    assert archive.state == "making"
    assert_problem(priya.get(f"/api/v1/archives/{archive.pk}/download"), 409, "archive_not_ready")
    assert not [one for one in stored_objects() if one.is_orphan]
    assert sweep_archives() == 0  # that one is still to be made
    assert run(archive) == "succeeded"
    assert exports() == {archive.s3_key}
    assert sha(content(archive)) == archive.sha256
    assert AccessLog.objects.filter(detail__archive=str(archive.pk)).count() == 1


def test_two_at_once_cannot_mix_their_bytes(many, priya, monkeypatch):
    """One whose connection is lost writes on while another has begun anew, and finished."""
    archive = ordered(priya, *many)
    put, second = type(object_store()).put, []

    def slowly(store, key, *args, **more):
        if not second:
            second.append(key)
            write = lambda out: making_archives.write_documents(archive, out, keep_on=lambda: None)  # noqa: E731
            stored_archives.make_archive_file(archive, write, keep_on=lambda: None)
        return put(store, key, *args, **more)

    monkeypatch.setattr(type(object_store()), "put", slowly)
    assert run(archive) == "succeeded"
    (late,) = second
    assert archive.s3_key != late
    assert exports() == {archive.s3_key}
    assert (archive.state, sha(content(archive))) == ("ready", archive.sha256)


def test_what_an_overtaken_attempt_left_is_swept_and_nothing_else(many, priya):
    archive = ordered(priya, *many)
    run(archive)
    left = f"alpha/system/exports/{archive.pk}-{'0' * 16}.zip"
    foreign = (
        "alpha/system/exports/2024/all.zip",
        f"alpha/system/exports/{many[0].pk}-{'0' * 16}.zip",
    )
    for key in (left, *foreign):
        object_store().put(
            key, io.BytesIO(b"x"), size=1, content_type="", sha256=sha(b"x"), tags={}
        )
    assert sweep_archives() == 1
    assert exports() == {archive.s3_key, *foreign}


def test_a_store_that_is_away_fails_it_for_now(many, priya, monkeypatch):
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)
    archive = ordered(priya, *many)

    def away(*_, **__):
        raise StoreError("away")

    with monkeypatch.context() as patch:
        patch.setattr(type(object_store()), "put", away)
        assert run(archive) == "failed"
    assert priya.get(f"/api/v1/archives/{archive.pk}").json()["state"] == "failed"
    assert exports() == set()
    again = ordered(priya, *many)  # asked again, it is the same one, and goes on
    assert (again.pk, run(again)) == (archive.pk, "succeeded")


@pytest.mark.parametrize("dies", [False, True])
def test_the_end_survives_a_death_between_row_and_bytes(dies, many, priya, monkeypatch):
    archive = ordered(priya, *many)
    run(archive)
    if dies:
        with monkeypatch.context() as patch:
            patch.setattr(type(object_store()), "remove", die)
            with pytest.raises(Killed):
                expire_archive(archive)
        archive.refresh_from_db()
        assert (archive.state, len(exports())) == ("expired", 1)
        assert_problem(priya.get(f"/api/v1/archives/{archive.pk}/download"), 410, "archive_expired")
        assert not [one for one in stored_objects() if one.is_orphan]
    else:
        ArchiveFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_archives() == 1
    archive.refresh_from_db()
    assert (archive.state, archive.s3_key, exports()) == ("removed", None, set())


def test_one_that_expires_while_it_is_written_is_given_up(many, priya, monkeypatch):
    archive = ordered(priya, *many)
    put = type(object_store()).put

    def meanwhile(*args, **more):
        expire_archive(ArchiveFile.objects.get(pk=archive.pk))
        return put(*args, **more)

    monkeypatch.setattr(type(object_store()), "put", meanwhile)
    assert run(archive) == "succeeded"
    assert archive.job.items.get().code == "expired"
    assert (archive.state, exports()) == ("removed", set())


def test_somebody_cancels_it(many, priya, monkeypatch):
    archive = ordered(priya, *many)
    chunks = making_archives.ZipStream.chunks

    def and_cancel(self):
        cancel_job(membership=member("ada"), job=archive.job)
        yield from chunks(self)

    monkeypatch.setattr(making_archives.ZipStream, "chunks", and_cancel)
    assert run(archive) == "cancelled"
    assert priya.get(f"/api/v1/archives/{archive.pk}").json()["state"] == "failed"
    assert (exports(), sweep_archives()) == (set(), 1)


def test_limits(many, world, priya, monkeypatch):
    first = ordered(priya, *many)
    assert ordered(priya, *many[::-1]) == first
    monkeypatch.setattr(stored_archives, "MOST_ARCHIVES", 2)
    monkeypatch.setattr(archives, "MAX_FILES", 0)
    second = ordered(priya, many[0])
    assert second != first
    assert_problem(ask(priya, ids=ids_of(many[1])), 409, "too_many_archives")
    monkeypatch.setattr(archives, "JOB_FILES", 2)
    for body_ in ({"ids": ids_of(*many)}, {"patient": str(world.amal.pk)}):
        found = assert_problem(ask(priya, **body_), 422, "archive_too_large")
        assert (found["files"], found["max_files"]) == (3, 2)
    assert ArchiveFile.objects.count() == 2


def test_the_admins_list_leads_to_the_page_of_a_large_one(many, priya, client_of):
    answer = act(priya, *many)
    archive = ArchiveFile.objects.get()
    page = f"/admin/documents/archivefile/{archive.pk}/change/"
    assert (answer.status_code, answer["Location"]) == (302, page)
    shown = priya.get(page).content.decode()
    assert "Their ZIP is being made" in shown
    assert "Being made" in shown
    run(archive)
    assert f"/api/v1/archives/{archive.pk}/download" in priya.get(page).content.decode()
    assert (
        str(archive.pk)
        not in client_of("ada").get("/admin/documents/archivefile/").content.decode()
    )


def test_the_hash_is_of_the_bytes(many, priya):
    archive = ordered(priya, *many)
    run(archive)
    assert hashlib.sha256(content(archive)).hexdigest() == archive.sha256
    assert objects() >= {archive.s3_key}
    expire_archive(archive)
    with pytest.raises(ArchiveGivenUpError):
        stored_archives.make_archive_file(archive, die, keep_on=lambda: None)
