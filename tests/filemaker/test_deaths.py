"""A process that dies, at each place where that hurts; and what it leaves in nobody's way."""

import importlib
from pathlib import Path

import pytest
from django.db import connection

from documents.models import Document
from documents.services.sweep import sweep_unfinished_uploads
from filemaker.job_kinds import FileMakerImport
from jobs.models import Job
from tests.documents.helpers import objects
from tests.filemaker.helpers import (
    assert_all_here,
    available,
    codes,
    counts,
    run,
)

pytestmark = pytest.mark.usefixtures("quick")


class DiedError(BaseException):
    """The process ends here; nobody catches it."""


# Where it dies, before or after which call of that.
CRASHES = {
    "before the rows are announced": (
        "documents.services.importing.announce_imported",
        "before",
        1,
    ),
    "after the rows are announced": ("documents.services.importing.announce_imported", "after", 1),
    "after some of the bytes are written": ("documents.services.storing.put_bytes", "after", 4),
    "before the documents are shown": ("documents.services.importing.show_all", "before", 1),
    "after documents and links are made": (
        "filemaker.services.importing.note_outcomes",
        "before",
        1,
    ),
    "after the records are noted": ("filemaker.services.importing.note_outcomes", "after", 1),
    "while they are downloaded": ("filemaker.services.reading.Reader.download", "after", 4),
    "after the records are read": ("filemaker.services.importing.note_entries", "after", 1),
    "while they are listed": ("filemaker.job_kinds.note_entries", "after", 1),
    "before they are compared": ("filemaker.job_kinds.Check.run", "before", 1),
}


@pytest.mark.parametrize("chunk", [1, 7])
@pytest.mark.parametrize("area", ["documents", "images"])
@pytest.mark.parametrize("where", CRASHES)
def test_a_process_that_dies_loses_and_doubles_nothing(
    fm, patients, monkeypatch, where, area, chunk
):
    monkeypatch.setattr(FileMakerImport, "chunk", chunk)
    path, when, which = CRASHES[where]
    module, _, name = path.rpartition(".")
    try:
        target = importlib.import_module(module)
    except ModuleNotFoundError:
        outer, _, inner = module.rpartition(".")
        target = getattr(importlib.import_module(outer), inner)
    original, calls = getattr(target, name), []

    def dying(*arguments, **options):
        calls.append(1)
        dies = len(calls) == which
        if dies and when == "before":
            raise DiedError
        result = original(*arguments, **options)
        if dies:
            raise DiedError
        return result

    monkeypatch.setattr(target, name, dying)
    with pytest.raises(DiedError):
        run(area)
    assert Job.objects.get().state == "running"
    job = run(area)
    number = len(fm.rows["API_Docs" if area == "documents" else "API_Images"])
    assert (job.state, counts(job)) == ("succeeded", (number, number, 0, 0))
    assert_all_here(fm, area)
    sweep_unfinished_uploads()
    assert_all_here(fm, area)  # the sweep has taken the leftovers' bytes and no others
    assert objects() == {one.s3_key for one in available().values()}
    assert not Document.objects.filter(state__in=["pending", "purging"]).exists()


def test_an_object_without_a_row_is_in_nobodys_way(fm, patients, settings):
    """A database that was restored from an earlier day knows less than the store."""
    run()
    root = Path(settings.STORAGES["documents"]["OPTIONS"]["location"])
    kept = {key: (root / key).read_bytes() for key in objects()}
    assert len(kept) == 20
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM filemaker_filemakerrecord")
        cursor.execute("DELETE FROM jobs_sourcelink")
        cursor.execute("DELETE FROM documents_document")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert codes(run()) == {"imported": 20}
    assert_all_here(fm)
    assert not {one.s3_key for one in available().values()} & set(kept)
    assert {key: (root / key).read_bytes() for key in kept} == kept
