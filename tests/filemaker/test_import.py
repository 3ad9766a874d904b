"""Documents and images come in: each once, to its own patient, in its own place."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from documents.keys import parse_key
from documents.models import ImageBatch
from tests.documents.helpers import objects, temporary
from tests.filemaker.emulated_records import File, another
from tests.filemaker.helpers import (
    AREAS,
    assert_all_here,
    available,
    codes,
    counts,
    day_of,
    empties,
    layout_of,
    records,
    run,
    source_id,
    wanted,
)

pytestmark = pytest.mark.usefixtures("quick", "both_ways")


@pytest.mark.parametrize("area", AREAS)
def test_everything_comes_in_and_nothing_else(fm, patients, area):
    lines = []
    job = run(area, lines=lines)
    number, full = len(fm.rows[layout_of(area)]), len(wanted(fm, area))
    assert (job.state, counts(job)) == ("succeeded", (number, number, 0, 0))
    assert codes(job) == {"imported": full, **empties(number - full)}
    assert_all_here(fm, area)
    assert len(objects()) == full
    assert temporary() == []
    assert lines == [f"{layout_of(area)}: {number} records in FileMaker, {number} listed."]
    report = job.report
    assert (report["found_in_filemaker"], report["documents"], report["bytes_compared"]) == (
        number,
        full,
        full,
    )
    assert sum(report["documents_by_patient"].values()) == full
    assert (fm.requests["login"], fm.requests["logout"], fm.sessions) == (1, 1, {})


def test_what_a_document_says_of_itself(fm, patients):
    run()
    for row in fm.docs:
        found = available()[source_id(row)]
        day = day_of(row.fields["Date"])
        folder = {"Referral": "referrals", "Report": "reports", "Letter": "letters"}.get(
            row.fields["Type"], "other"
        )
        key = parse_key(found.s3_key)
        assert (key.kind, key.parts["folder"], key.parts["source"]) == (
            "filemaker-document",
            folder,
            row.id,
        )
        assert (found.original_filename, found.description, found.document_date) == (
            row.files["Doc"].name,
            row.fields["Type"],
            day,
        )
        assert found.category == {"other": "other"}.get(folder, folder[:-1])
        assert (found.retention, found.owner) == ("filemaker", found.patient)
        created = day_of(row.fields["creationTimestamp"].split()[0])
        sydney = found.uploaded_at.astimezone(ZoneInfo("Australia/Sydney"))
        assert (sydney.date(), sydney.time()) == (created, dt.time(9, 15))
    assert records()[source_id(fm.docs[0])].document == available()[source_id(fm.docs[0])]


def test_pictures_lie_in_the_batch_of_their_day_and_under_their_view(fm, patients):
    first, second, scan = fm.pictures[0], fm.pictures[6], fm.pictures[2]
    second.fields["date"] = first.fields["date"]
    second.fields["id_Contact"] = first.fields["id_Contact"]
    assert (first.fields["Type"], scan.fields["Type"]) == ("Right Plantar", "Scanned Letter")
    run("images")
    found = available()
    one, other = (found[source_id(row, "API_Images")] for row in (first, second))
    day = day_of(first.fields["date"])
    assert (one.batch, one.owner) == (other.batch, one.batch)
    assert (one.batch.taken_on, one.batch.name) == (day, f"{day}_filemaker")
    assert (one.batch.patient, one.patient) == (one.patient, other.patient)
    assert (one.category, one.tags) == ("clinical_photo", ["right-plantar"])
    assert "/filemaker-import/images/clinical-photos/" in one.s3_key
    assert parse_key(one.s3_key).parts["view"] == "right-plantar"
    paper = found[source_id(scan, "API_Images")]
    assert (paper.category, parse_key(paper.s3_key).kind) == ("scan", "filemaker-scan")
    pairs = {(d.patient_id, d.document_date) for d in found.values()}
    assert ImageBatch.objects.count() == len(pairs)


def test_the_best_picture_comes_and_not_a_smaller_one(fm, patients):
    run("images")
    for row in fm.pictures:
        if row.best is None:
            assert source_id(row, "API_Images") not in available()
            continue
        found = available()[source_id(row, "API_Images")]
        assert found.sha256 == row.best.sha256
        smaller = [one.sha256 for one in row.files.values() if one and one is not row.best]
        assert found.sha256 not in smaller


def test_a_picture_without_a_day_hangs_on_the_patient(fm, patients):
    row = fm.pictures[0]
    row.fields["date"] = "sometime in 2019"
    job = run("images")
    found = available()[source_id(row, "API_Images")]
    assert (found.batch, found.owner, found.document_date) == (None, found.patient, None)
    assert parse_key(found.s3_key).kind == "filemaker-photo"
    assert job.report["unreadable_dates"] == 1
    assert "sometime in 2019" in records()[source_id(row, "API_Images")].content


def test_a_scan_in_a_format_for_papers_hangs_on_the_patient(fm, patients):
    row = fm.pictures[0]
    row.files["image_Full"] = File("letter.pdf", salt="paper")
    assert run("images").state == "succeeded"
    found = available()[source_id(row, "API_Images")]
    assert (found.owner, found.file_type) == (found.patient, "application/pdf")


def test_each_repetition_of_a_container_is_a_file_of_its_own(fm, patients):
    row = fm.docs[0]
    row.files = {f"Doc({n})": File(f"page {n}.pdf", salt=f"page {n}") for n in (1, 2, 3)}
    row.files["Doc(2)"] = None
    fm.docs[:] = [row]
    assert run().state == "succeeded"
    name = source_id(row)
    assert {key: one.original_filename for key, one in available().items()} == {
        name: "page 1.pdf",
        f"{name}(3)": "page 3.pdf",
    }
    again = run()
    assert (codes(again), len(available())) == ({"already_there": 1}, 2)


def test_two_records_of_one_id_are_two_documents(fm, patients):
    """A duplicated record has the same id; its file must not hide behind the other's."""
    twin = another(fm.docs[0], record_id=900)
    twin.files = {"Doc": File("other.pdf", salt="the twin's own")}
    fm.docs.append(twin)
    assert run().state == "succeeded"
    name = source_id(fm.docs[0])
    assert available()[name].sha256 == fm.docs[0].best.sha256
    assert available()[f"{name}#900"].sha256 == twin.best.sha256
    assert len(available()) == 21
    assert codes(run()) == {"already_there": 21}


def test_records_without_an_id_are_known_by_their_number(fm, patients):
    for row in fm.docs[:3]:
        row.fields["id"] = ""
    fm.docs[3].fields["id"] = "x" * 500
    assert run().state == "succeeded"
    numbers = {f"API_Docs/#{row.record_id}" for row in fm.docs[:4]}
    assert numbers <= set(available())
    assert len(available()) == 20
    assert codes(run()) == {"already_there": 20}
