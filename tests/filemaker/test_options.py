"""What the options do: metadata only, since, limit, dry run, field map."""

import pytest

from documents.models import ImageBatch
from jobs.models import JobItem, SourceLink
from tests.documents.helpers import objects, temporary
from tests.filemaker.emulated_records import File
from tests.filemaker.helpers import (
    AREAS,
    assert_all_here,
    available,
    codes,
    counts,
    everything,
    failures,
    layout_of,
    make_patients,
    make_patients_of_the_rest,
    records,
    run,
    source_id,
)

pytestmark = pytest.mark.usefixtures("quick")


def test_metadata_only_shows_all_that_is_pending_and_downloads_nothing(fm):
    make_patients(fm, 1)
    job = run(metadata_only=True)
    assert (job.state, counts(job)) == ("succeeded", (20, 20, 0, 0))
    assert codes(job) == {"pending": 5, "unmatched": 15}
    assert (fm.requests["stream"], fm.requests["record"], objects()) == (0, 0, set())
    row = fm.docs[0]
    kept = records()[source_id(row)]
    assert (kept.area, kept.record_id, kept.contact_id, kept.type) == (
        "documents",
        str(row.record_id),
        row.fields["id_Contact"],
        row.fields["Type"],
    )
    assert "Reception Rita" in kept.content
    assert "Streaming" not in kept.content
    make_patients_of_the_rest(fm)
    again = run(metadata_only=True)
    assert (again.pk != job.pk, codes(again)) == (True, {"pending": 20})
    assert codes(run()) == {"imported": 20}
    assert codes(run(metadata_only=True)) == {"imported": 20}


def test_what_is_kept_of_a_record_is_encrypted_and_holds_no_address(fm, patients):
    from django.db import connection

    run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM filemaker_filemakerrecord")
        stored = [text for (text,) in cursor.fetchall()]
    assert len(stored) == 20
    assert not any("Rita" in text for text in stored)
    kept = "".join(row.content for row in records().values())
    kept += "".join(str(link.facts) for link in SourceLink.objects.all())
    kept += "".join(f"{i.payload}{i.result}{i.detail}" for i in JobItem.objects.all())
    assert "Rita" in kept
    for address in ("Streaming", "http", "RCType"):
        assert address not in kept


def test_since_takes_the_later_ones_and_those_without_a_day(fm, patients):
    for number, row in enumerate(fm.docs):
        row.fields["Date"] = "06/30/2020" if number < 8 else "2020-07-01"
        row.fields["creationTimestamp"] = ""
    fm.docs[0].fields["Date"] = "unknown"
    fm.docs[1].fields["modificationTimestamp"] = "07/01/2020 00:00:01"
    job = run(since="2020-07-01")
    taken = {source_id(row) for row in [*fm.docs[:2], *fm.docs[8:]]}
    assert (job.state, set(available())) == ("succeeded", taken)
    assert run().state == "succeeded"
    assert_all_here(fm)


def test_a_limit_goes_on_where_the_last_one_ended(fm, patients):
    for number in (7, 14, 20):
        job = run(limit=7)
        assert (job.state, len(available())) == ("succeeded", number)
    assert counts(run(limit=7)) == (0, 0, 0, 0)
    assert_all_here(fm)


def test_a_limit_holds_when_the_job_is_started_again(fm, patients):
    first = min(fm.docs, key=lambda row: row.id)
    good, first.files["Doc"] = first.files["Doc"], File("bad.exe", "program", "bad")
    job = run(limit=5)
    assert (job.state, counts(job)) == ("failed", (5, 4, 0, 1))
    first.files["Doc"] = good
    again = run(limit=5)
    assert (again.pk, again.state, counts(again)) == (job.pk, "succeeded", (5, 5, 0, 0))
    assert len(available()) == 5


@pytest.mark.parametrize("area", AREAS)
def test_a_dry_run_writes_nothing_but_says_what_would_be(fm, patients, area):
    fm.docs[3].files["Doc"] = File("bad.pdf", "program", "bad")
    before = everything()
    job = run(area, dry_run=True)
    number = len(fm.rows[layout_of(area)])
    bad = 1 if area == "documents" else 0
    assert (job.total, job.failed, job.done) == (number, bad, number - bad)
    assert (everything(), objects(), ImageBatch.objects.count()) == (before, set(), 0)
    assert temporary() == []
    real = run(area)
    assert (codes(real), failures(real)) == (codes(job), failures(job))


def test_a_field_map_of_other_names(fm, patients):
    fm.rows["Papers"] = fm.rows.pop("API_Docs")
    for row in fm.rows["Papers"]:
        row.fields["Kind"] = row.fields.pop("Type")
        row.files = {"File": row.files["Doc"]}
    given = {
        "documents": {
            "layout": "Papers",
            "type": "Kind",
            "containers": ["File"],
            "types": {"ERF": "referrals"},
        }
    }
    job = run(field_map=given)
    assert (job.state, codes(job)) == ("succeeded", {"imported": 20})
    for row in fm.rows["Papers"]:
        found = available()[source_id(row, "Papers")]
        expected = "referral" if row.fields["Kind"] == "ERF" else found.category
        assert (found.sha256, found.category) == (row.best.sha256, expected)


@pytest.mark.parametrize("name", ["id", "id_Contact", "Type", "Date", "Doc"])
def test_a_field_that_the_layout_lacks_stops_the_run_before_anything_looks_empty(
    fm, patients, name
):
    for row in fm.docs:
        if name == "Doc":
            row.files = {}
        elif name != "id":
            row.fields.pop(name)
    given = {"documents": {"id": "nothing"}} if name == "id" else None
    job = run(field_map=given)
    assert (job.state, job.stop_code) == ("interrupted", "field_missing")
    assert (available(), records()) == ({}, {})
