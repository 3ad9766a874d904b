"""Running imports, and comparing what is here with what the emulated FileMaker has."""

import datetime as dt
import hashlib

from documents.models import Document
from documents.services.reading import stored_bytes
from filemaker.models import FileMakerRecord
from jobs.models import Job, JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Patient

LAYOUTS = {"documents": "API_Docs", "images": "API_Images"}
AREAS = ["documents", "images"]


def made(area="documents", *, dry_run=False, **parameters) -> Job:
    return start_job(kind=f"filemaker_{area}", parameters=parameters, dry_run=dry_run)


def run(area="documents", *, concurrency=1, lines=None, **parameters) -> Job:
    say = [].append if lines is None else lines.append
    return run_job(made(area, **parameters), say=say, concurrency=concurrency)


def rollback(job, *, dry_run=False) -> Job:
    undoing = start_job(kind="rollback", parameters={"job": str(job.pk)}, dry_run=dry_run)
    return run_job(undoing, concurrency=1)


def counts(job):
    return (job.total, job.done, job.skipped, job.failed)


def codes(job):
    return {code: number for code, number in job.counts.items() if number}


def failures(job):
    return dict(JobItem.objects.filter(job=job, state="failed").values_list("source_id", "code"))


def gaps(job):
    return {gap["source_id"]: gap["code"] for gap in job.report["gaps"]}


def make_patients(fm, number=None):
    """A patient for each contact of FileMaker, or for the first ones."""
    return [
        Patient.objects.create(first_name=f"Pat{n}", last_name="Ient", filemaker_id=contact)
        for n, contact in enumerate(fm.contacts[:number])
    ]


def available():
    found = Document.objects.filter(source="filemaker", state="available")
    return {one.source_id: one for one in found}


def records():
    return {one.source_id: one for one in FileMakerRecord.objects.all()}


def states():
    found = FileMakerRecord.objects.values_list("source_id", "state")
    return dict(found)


def bytes_of(document):
    with stored_bytes(document) as chunks:
        return b"".join(chunks)


def source_id(row, layout="API_Docs"):
    return f"{layout}/{row.id}"


def wanted(fm, area="documents"):
    """{name in the ledger: (hash, contact)} of what has to arrive."""
    layout = LAYOUTS[area]
    return {
        source_id(row, layout): (row.best.sha256, row.fields["id_Contact"])
        for row in fm.rows[layout]
        if row.best
    }


def arrived(area="documents"):
    """The same of what is here: by the bytes in the store, not by what a row says of them."""
    return {
        name: (hashlib.sha256(bytes_of(one)).hexdigest(), one.patient.filemaker_id)
        for name, one in available().items()
        if name.startswith(f"{LAYOUTS[area]}/")
    }


def assert_all_here(fm, area="documents"):
    assert arrived(area) == wanted(fm, area)
    prefix = f"{LAYOUTS[area]}/"
    kept = SourceLink.objects.filter(source="filemaker", source_id__startswith=prefix)
    assert set(kept.values_list("source_id", flat=True)) == set(wanted(fm, area))


def everything():
    """What there is in the clinic, for "nothing has changed"."""
    return (
        sorted(Patient.objects.values_list("pk", "updated_at")),
        sorted(Document.objects.values_list("pk", "state", "updated_at")),
        sorted(SourceLink.objects.values_list("source_id", "target_id", "job_id")),
        sorted(FileMakerRecord.objects.values_list("source_id", "state", "updated_at")),
    )


def layout_of(area):
    return {"documents": "API_Docs", "images": "API_Images"}[area]


def empties(number):
    return {"empty_container": number} if number else {}


def day_of(text):
    """The day of `MM/DD/YYYY` or of `YYYY-MM-DD`."""
    if "/" in text:
        month, day, year = text.split("/")
        text = f"{year}-{month}-{day}"
    return dt.date.fromisoformat(text)


def make_patients_of_the_rest(fm):
    for contact in fm.contacts[1:]:
        Patient.objects.create(first_name="Late", last_name="Comer", filemaker_id=contact)
