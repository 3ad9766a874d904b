import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.fields import uuid7
from documents.keys import staging_key, system_key
from documents.models import ArchiveFile, ImageBatch
from documents.registry import policy_for_model
from documents.scanning import Verdict
from documents.services.direct_uploads import Announced, begin_upload
from documents.services.upload import NewDocument, upload_document
from documents.storage import object_store
from invites.services.sending import InviteOptions, generate_invite
from jobs.models import Job, SourceLink
from legacy.models import Transition
from medical_records.models import Insurance, LabResult, Procedure, Visit
from medical_records.services.at_reports import create_at_report
from medical_records.services.records import create_record
from patients.models import Company, Coordinator, Guardian, Patient, Referrer
from tests.conftest import member

VISITED = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)
TEXT = b"Seen today. No complaints.\n"


def attach(owner, *, by, name="note.txt"):
    """Store a small text with a record of the clinic we are in."""
    content = SimpleUploadedFile(name, TEXT, content_type="text/plain")
    return upload_document(
        membership=by,
        policy=policy_for_model(owner),
        owner=owner,
        new=NewDocument(
            content=content,
            filename=name,
            size=len(TEXT),
            declared_type="text/plain",
            category="",
        ),
    )


def announce(owner, *, by, name, **announced):
    """Begin a direct upload of the small text; in one piece, its bytes are there already."""
    upload = begin_upload(
        membership=by,
        policy=policy_for_model(owner),
        owner=owner,
        announced=Announced(filename=name, **{"size": len(TEXT), **announced}),
    )
    if upload.part_size is None:
        put_text(staging_key(upload.document_id))
    return upload.document


def put_text(key):
    """Put the small text into the store, as something that no document is."""
    object_store().put(
        key,
        io.BytesIO(TEXT),
        size=len(TEXT),
        content_type="application/zip",
        sha256=hashlib.sha256(TEXT).hexdigest(),
        tags={"retention": "temp"},
    )


def quarantined(owner, **more):
    """A document that the scanner did not let in."""
    with pytest.MonkeyPatch.context() as patch:
        found = Verdict("infected: Eicar-Test-Signature")
        patch.setattr("documents.services.arrival.scan", lambda _chunks: found)
        return attach(owner, **more)


def ready_archive(document, *, by):
    """A ZIP that is there to be fetched."""
    key = system_key("exports", f"{uuid7()}.zip")
    put_text(key)
    return ArchiveFile.objects.create(
        state="ready",
        requested_by=by.user,
        document_ids=[document.pk],
        patient_ids=[document.patient_id],
        s3_key=key,
        file_size=len(TEXT),
        expires_at=timezone.now() + timedelta(hours=1),
    )


def build_world():
    """Fill alpha: a patient of Priya's who is Pat and whose guardian is Gina, with one of each."""
    ada, priya = member("ada"), member("priya")
    company = Company.objects.create(name="Harbour Practice")
    patient = Patient.objects.create(
        first_name="Pat",
        last_name="Okafor",
        email="pat@alpha.test",
        clinician=priya,
        user=member("pat").user,
    )
    guardian = Guardian.objects.create(user=member("gina").user, patient=patient)
    lab = LabResult.objects.create(patient=patient, test_name="Potassium")
    visit = Visit.objects.create(
        patient=patient,
        started_at=VISITED,
        clinician=priya,
        visit_type="home",
        location="12 Hill Street",
    )
    procedure = Procedure.objects.create(
        patient=patient, name="Joint injection", performed_at=VISITED, performer=priya
    )
    insurance = Insurance.objects.create(patient=patient, company="Wattle Health", member_id="7")
    record = create_record(
        membership=priya,
        patient=patient,
        visit_date=VISITED,
        chief_complaint="Sore throat",
        diagnosis="Tonsillitis",
    )
    report = create_at_report(
        membership=priya,
        patient=patient,
        assessed_on=date(2026, 11, 2),
        findings="Walks with a frame.",
    )
    erin = Patient.objects.create(
        first_name="Erin", last_name="Empty", email="erin@mail.test", clinician=priya
    )
    invited = generate_invite(
        membership=ada, patient_id=erin.pk, options=InviteOptions(send_email=False)
    )
    document = attach(patient, by=ada)
    with override_settings(DIRECT_UPLOAD_PARTS_ABOVE=len(TEXT), DIRECT_UPLOAD_PART_SIZE=len(TEXT)):
        in_parts = announce(patient, by=priya, name="in_parts.txt", size=2 * len(TEXT))
    job = Job.objects.create(kind="rollback")
    Transition.objects.create(source="legacy-old")
    SourceLink.objects.create(
        source="legacy-old",
        source_id="lab_result_files:7",
        job=job,
        target_type="documents.document",
        target_id=document.pk,
    )
    return SimpleNamespace(
        archive=ready_archive(document, by=ada),
        job=job,
        old_id="7",
        paused_job=Job.objects.create(kind="rollback", state="paused"),
        patient=patient,
        empty_patient=erin,
        uninvited=Patient.objects.create(
            first_name="Uma", last_name="New", email="uma@mail.test", clinician=priya
        ),
        invite=invited.invite,
        token=invited.link.partition("#")[2],
        archived_patient=Patient.objects.create(
            first_name="Arch", last_name="Ived", clinician=priya, status="archived"
        ),
        guardian=guardian,
        coordinator=Coordinator.objects.create(first_name="Cora", last_name="Cole"),
        company=company,
        referrer=Referrer.objects.create(first_name="Ruth", last_name="Rowe", company=company),
        lab=lab,
        visit=visit,
        procedure=procedure,
        insurance=insurance,
        record=record,
        report=report,
        batch=ImageBatch.objects.create(patient=patient, name="visit", taken_on="2026-11-01"),
        document=document,
        announced=announce(patient, by=priya, name="announced.txt"),
        in_parts=in_parts,
        spare=attach(patient, by=ada, name="spare.txt"),
        held=quarantined(patient, by=ada, name="held.txt"),
    )


@pytest.fixture
def world(alpha):
    with tenant_context(alpha):
        return build_world()
