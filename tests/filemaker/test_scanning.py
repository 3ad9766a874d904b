"""A file that the scanner does not let in comes from FileMaker all the same, and is not shown."""

import pytest

from documents.models import Document
from tests.clamd import serving
from tests.filemaker.helpers import available, codes, counts, run, source_id

pytestmark = pytest.mark.usefixtures("quick", "both_ways")


def test_a_bad_file_comes_into_the_quarantine_and_fails_nothing(fm, patients, settings):
    row = fm.docs[4]
    with serving() as clamd:
        settings.CLAMAV_SOCKET = clamd.address
        clamd.finds = {row.best.body(): "Test"}
        job, files = run(), fm.requests["file"]
        again = run()
    number = len(fm.docs)
    assert (job.state, counts(job)[1:]) == ("succeeded", (number, 0, 0))
    assert (codes(job)["imported"], codes(job)["quarantined"]) == (number - 1, 1)
    assert (job.report["quarantined"], job.report["bytes_compared"]) == (1, number)
    held = Document.objects.get(state="quarantined")
    assert (held.source_id, held.state_reason) == (source_id(row), "infected: Test")
    assert source_id(row) not in available()
    assert (again.state, codes(again)) == ("succeeded", {"already_there": number})
    assert fm.requests["file"] == files  # it is not downloaded again
