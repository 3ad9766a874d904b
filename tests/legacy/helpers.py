"""Moving an old system in, and looking at what has become of it."""

import hashlib

from documents.models import Document
from documents.services.reading import stored_bytes
from jobs.models import Job, JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Patient

NAME = "legacy-old"


def made(clinic, *, dry_run=False, name="old", **more) -> Job:
    return start_job(
        kind="legacy_lab_result_files",
        parameters={
            "source": clinic.url,
            "uploads": str(clinic.folder),
            "source_name": name,
            **more,
        },
        dry_run=dry_run,
    )


def move(clinic, *, lines=None, **more) -> Job:
    say = [].append if lines is None else lines.append
    return run_job(made(clinic, **more), say=say, concurrency=1)


def rollback(job, *, dry_run=False) -> Job:
    undoing = start_job(kind="rollback", parameters={"job": str(job.pk)}, dry_run=dry_run)
    return run_job(undoing, concurrency=1)


def failures(job):
    """{source id: code} of what was refused."""
    return dict(JobItem.objects.filter(job=job, state="failed").values_list("source_id", "code"))


def codes(job):
    return {code: number for code, number in job.counts.items() if number}


def links(name=NAME):
    return {one.source_id: one for one in SourceLink.objects.filter(source=name)}


def documents():
    return {one.source_id: one for one in Document.objects.filter(state="available", source=NAME)}


def bytes_of(document):
    with stored_bytes(document) as chunks:
        return b"".join(chunks)


def assert_moved(clinic, files=None):
    """Each of these files is here, whole, under its own record and patient; and no other."""
    known, found = links(), documents()
    wanted = clinic.good if files is None else files
    assert set(found) == {one.source_id for one in wanted}
    for one in wanted:
        document = found[one.source_id]
        assert hashlib.sha256(bytes_of(document)).hexdigest() == one.sha256 == document.sha256
        assert document.patient_id == known[f"patients:{one.patient}"].target_id
        assert document.object_id == known[f"{one.record_table}:{one.record}"].target_id
        assert (document.original_filename, document.description, document.category) == (
            one.name,
            one.description,
            one.category,
        )
        assert document.uploaded_at.replace(tzinfo=None) == one.uploaded_at
        assert document.file_size == one.size


def everything():
    """What there is in the clinic, for "nothing has changed"."""
    return (
        sorted(Patient.objects.values_list("pk", "status")),
        sorted(Document.objects.values_list("pk", "state")),
        sorted(SourceLink.objects.values_list("source", "source_id", "target_id")),
    )
