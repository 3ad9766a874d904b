"""A file of the old system that the scanner does not let in is moved, and seen by nobody."""

from documents.models import Document
from tests.clamd import serving
from tests.legacy.helpers import codes, links, move
from tests.legacy.old_system import build


def test_a_bad_file_moves_into_the_quarantine_and_fails_nothing(tmp_path, in_alpha, settings):
    clinic = build(tmp_path / "old")
    one, lines = clinic.file(), []
    with serving() as clamd:
        settings.CLAMAV_SOCKET = clamd.address
        clamd.finds = {clinic.stored(one).read_bytes(): "Test"}
        job = move(clinic, lines=lines)
        again = move(clinic)
    number = len(clinic.files)
    assert (job.state, job.failed, job.report["gaps"]) == ("succeeded", 0, [])
    assert (codes(job)["file_moved"], codes(job)["quarantined"]) == (number - 1, 1)
    assert job.report["not_moved"] == {"quarantined": 1}
    held = Document.objects.get(state="quarantined")
    assert (held.source_id, held.state_reason) == (one.source_id, "infected: Test")
    assert links()[one.source_id].target_id == held.pk
    assert "In the quarantine, as the scanner did not let them in: 1" in lines
    assert (again.state, again.done, Document.objects.count()) == ("succeeded", 0, number)
