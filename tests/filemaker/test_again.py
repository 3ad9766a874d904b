"""Imported again, after people have been at work on both sides, and taken back."""

import pytest

from documents.models import Document
from documents.services.trash import trash_document
from filemaker.models import FileMakerRecord
from jobs.models import SourceLink
from tests.conftest import member
from tests.filemaker.emulated_records import File
from tests.filemaker.helpers import (
    AREAS,
    arrived,
    assert_all_here,
    available,
    bytes_of,
    codes,
    counts,
    empties,
    everything,
    layout_of,
    made,
    rollback,
    run,
    source_id,
    states,
    wanted,
)

pytestmark = pytest.mark.usefixtures("quick", "both_ways")


@pytest.mark.parametrize("area", AREAS)
def test_a_second_import_doubles_nothing_and_downloads_nothing(fm, patients, area):
    run(area)
    here, files = everything(), fm.requests["file"]
    again = run(area)
    number, full = len(fm.rows[layout_of(area)]), len(wanted(fm, area))
    assert (again.state, counts(again)) == ("succeeded", (number, 0, number, 0))
    assert codes(again) == {"already_there": full, **empties(number - full)}
    assert (everything(), fm.requests["file"]) == (here, files)


def test_what_people_removed_here_is_not_brought_back(fm, patients):
    run()
    row = fm.docs[4]
    trash_document(membership=member("ada"), document=available()[source_id(row)])
    for _ in range(2):
        again = run()
        assert (again.state, codes(again)) == (
            "succeeded",
            {"already_there": 19, "removed_here": 1},
        )
    row.mod_id += 1  # also when somebody touches it in FileMaker
    assert codes(run())["removed_here"] == 1
    assert source_id(row) not in available()
    assert states()[source_id(row)] == "removed"


def test_a_record_that_was_only_touched_in_filemaker_is_not_doubled(fm, patients):
    run()
    fm.docs[2].mod_id += 1
    files = fm.requests["file"]
    assert codes(run()) == {"already_there": 20}
    assert fm.requests["file"] == files + 1  # looked at, and the same
    assert codes(run()) == {"already_there": 20}
    assert fm.requests["file"] == files + 1  # not looked at again
    assert_all_here(fm)


def test_a_file_that_was_replaced_in_filemaker_comes_in_beside_the_first(fm, patients):
    run()
    row = fm.docs[2]
    first, name = row.files["Doc"], source_id(row)
    row.files["Doc"], row.mod_id = File("corrected.pdf", salt="corrected"), row.mod_id + 1
    for expected in ({"already_there": 19, "new_version": 1}, {"already_there": 20}):
        again = run()
        assert (again.state, codes(again)) == ("succeeded", expected)
    second = f"{name}@{row.best.sha256[:16]}"
    assert {key: one.sha256 for key, one in available().items() if key.startswith(name)} == {
        name: first.sha256,
        second: row.best.sha256,
    }
    row.files["Doc"], row.mod_id = first, row.mod_id + 1  # and back again
    assert codes(run()) == {"already_there": 20}
    assert len(available()) == 21


def test_an_empty_container_is_recorded_and_filled_later(fm, patients):
    row = fm.docs[5]
    row.files["Doc"] = None
    assert codes(run()) == {"imported": 19, "empty_container": 1}
    assert states()[source_id(row)] == "empty"
    again = run()
    assert (counts(again), codes(again)) == (
        (20, 0, 20, 0),
        {"already_there": 19, "empty_container": 1},
    )
    row.files["Doc"] = File("late.pdf", salt="late")
    row.mod_id += 1
    assert codes(run()) == {"already_there": 19, "imported": 1}
    assert_all_here(fm)


def test_a_container_that_was_emptied_in_filemaker_takes_nothing_away_here(fm, patients):
    run()
    row, before = fm.docs[5], arrived()
    row.files["Doc"], row.mod_id = None, row.mod_id + 1
    assert codes(run()) == {"already_there": 20}
    assert arrived() == before


def test_a_record_that_went_from_filemaker_is_accounted_for(fm, patients):
    gone = fm.docs[7]
    find, one = fm.matching, fm.row_at

    def vanish(ask):
        def asked(*arguments):
            if gone in fm.docs:
                fm.docs.remove(gone)
            return ask(*arguments)

        return asked

    job = made()
    fm.matching, fm.row_at = vanish(find), vanish(one)
    from jobs.services.running import run_job

    job = run_job(job, concurrency=1)
    assert (job.state, codes(job)) == ("succeeded", {"imported": 19, "gone_from_filemaker": 1})
    assert states()[source_id(gone)] == "gone"
    fm.matching, fm.row_at = find, one
    fm.docs.append(gone)
    assert codes(run()) == {"already_there": 19, "imported": 1}
    assert_all_here(fm)


def test_records_that_were_numbered_anew_are_found_by_their_id(fm, patients):
    """A table that was emptied and filled again: old numbers are other records' by now."""
    job = run(metadata_only=True)
    assert job.state == "succeeded"
    FileMakerRecord.objects.update(state="failed")
    numbers = [row.record_id for row in fm.docs]
    for row, number in zip(fm.docs, [*numbers[1:], 999], strict=True):
        row.record_id = number
    assert codes(run(only_failed=True)) == {"imported": 20}
    assert_all_here(fm)


@pytest.mark.parametrize("area", AREAS)
def test_a_rollback_takes_back_and_the_next_import_brings_in_again(fm, patients, area):
    job = run(area)
    number = len(wanted(fm, area))
    assert number > 5
    shown = rollback(job, dry_run=True)
    assert (shown.done, len(available())) == (number, number)
    undone = rollback(job)
    assert (undone.state, undone.done, available()) == ("succeeded", number, {})
    assert Document.objects.filter(state="trashed").count() == number
    assert SourceLink.objects.count() == 0
    assert "imported" not in set(states().values())
    again = run(area)
    assert codes(again)["imported"] == number
    assert_all_here(fm, area)
    trashed = Document.objects.filter(state="trashed").values_list("s3_key", flat=True)
    assert not set(trashed) & {one.s3_key for one in available().values()}
    for one in Document.objects.filter(state="trashed"):  # and the trash can still be read
        assert bytes_of(one)
