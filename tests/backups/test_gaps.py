"""What is missing is said: by the job, by the archive's name, by the archive itself."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from backups.errors import ArchiveError
from backups.services.verifying import verify_archive
from documents.models import Document
from documents.storage import StoreError, object_store
from jobs.models import JobItem
from tests.backups.helpers import archive_of, backup, is_restored, restore
from tests.backups.repack import unpack
from tests.backups.world import objects_of


def path_of(document):
    return Path(settings.STORAGES["documents"]["OPTIONS"]["location"]) / document.s3_key


@pytest.fixture
def result(clinic):
    return Document.objects.get(original_filename="result 1.pdf")


def remove(document):
    object_store().remove(document.s3_key)


def flip(document):
    content = bytearray(path_of(document).read_bytes())
    content[50] ^= 1
    path_of(document).write_bytes(content)


def shorten(document):
    path_of(document).write_bytes(path_of(document).read_bytes()[:-1])


def lengthen(document):
    path_of(document).write_bytes(path_of(document).read_bytes() + b"x")


def lead_astray(document):
    Document.objects.filter(pk=document.pk).update(s3_key="alpha/patients/documents/x.pdf")


@pytest.mark.parametrize("layout", ["tar", "folder"])
@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (remove, "missing"),
        (flip, "damaged"),
        (shorten, "damaged"),
        (lengthen, "damaged"),
        (lead_astray, "foreign_key"),
    ],
)
def test_a_gap_is_listed_and_the_rest_is_kept(result, layout, harm, code):
    harm(result)
    job = backup(layout=layout)
    assert (job.state, job.stop_code) == ("failed", "items_failed")
    assert (job.total, job.done, job.failed) == (6, 5, 1)
    assert list(JobItem.objects.filter(job=job).values_list("source_id", "code")) == [
        (str(result.pk), code)
    ]
    path = Path(job.report["archive"])
    assert (job.report["complete"], job.report["missing"]) == (False, 1)
    assert path.name.removesuffix(".tar").endswith(".incomplete")
    manifest = verify_archive(path).manifest
    assert (manifest.complete, manifest.objects.count, manifest.objects.gaps) == (False, 5, 1)


def test_an_incomplete_backup_is_restored_only_when_one_says_so(result):
    remove(result)
    path = Path(backup().report["archive"])
    with pytest.raises(ArchiveError) as refused:
        restore(path)
    assert (refused.value.code, is_restored()) == ("incomplete", False)
    done = restore(path, incomplete=True)
    assert done.report()["missing"] == 1
    assert set(objects_of("restored")) == set(objects_of("saved"))
    assert len(objects_of("restored")) == 5
    lines = [json.loads(line) for line in unpack(path)["listing/00001"].splitlines()]
    assert [line["key"] for line in lines if line["gap"]] == [result.s3_key]


def test_starting_again_after_a_gap_makes_another_backup(result):
    kept = path_of(result).read_bytes()
    path_of(result).unlink()
    first = backup()
    path_of(result).write_bytes(kept)
    second = backup()
    assert first.pk != second.pk
    assert archive_of(second).name.count(".incomplete") == 0
    assert Path(first.report["archive"]).exists()
    assert first.failed == 1
    assert second.done == 6


def test_compressed_bytes_are_checked_as_people_see_them(clinic):
    assert backup().state == "succeeded"
    zipped = Document.objects.get(encoding="gzip")
    Document.objects.filter(pk=zipped.pk).update(sha256="0" * 64)
    job = backup()
    assert list(job.items.values_list("source_id", "code")) == [(str(zipped.pk), "damaged")]
    Document.objects.filter(pk=zipped.pk).update(sha256=zipped.sha256)
    content = path_of(zipped).read_bytes()
    for harmed in (content[:-4], content[:200] + b"\0" + content[201:], b"plain"):
        path_of(zipped).write_bytes(harmed)
        job = backup()
        assert list(job.items.values_list("source_id", "code")) == [(str(zipped.pk), "damaged")]
    path_of(zipped).write_bytes(content)
    assert backup().state == "succeeded"


def test_a_store_that_is_away_interrupts_and_the_same_job_goes_on(clinic, monkeypatch):
    store, calls = object_store(), []
    original = type(store).stat

    def stat(self, key):
        calls.append(key)
        if len(calls) == 4:
            raise StoreError("The store is away.")
        return original(self, key)

    monkeypatch.setattr("backups.job_kinds.AT_ONCE", 2)
    monkeypatch.setattr(type(store), "stat", stat)
    job = backup()
    assert (job.state, job.stop_code, job.done) == ("interrupted", "store_unavailable", 2)
    again = backup()
    assert (again.pk, again.state, again.done) == (job.pk, "succeeded", 6)
    assert calls == [*calls[:4], *calls[2:4], *calls[6:]]  # what was on the disk is not read again
    assert len(calls) == 8
    assert restore(archive_of(again)).applied


def test_an_upload_under_way_is_no_gap(clinic):
    assert Document.objects.filter(state="pending").count() == 1
    restore(archive_of(backup()))
