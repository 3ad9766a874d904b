from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from documents.models import ImageBatch
from documents.registry import policy_for_model
from documents.services.upload import NewDocument, upload_document
from medical_records.models import LabResult
from patients.models import Company, Guardian, Patient, Referrer
from tests.conftest import member

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
    Guardian.objects.create(user=member("gina").user, patient=patient)
    lab = LabResult.objects.create(patient=patient, test_name="Potassium")
    return SimpleNamespace(
        patient=patient,
        empty_patient=Patient.objects.create(first_name="Erin", last_name="Empty", clinician=priya),
        company=company,
        referrer=Referrer.objects.create(first_name="Ruth", last_name="Rowe", company=company),
        lab=lab,
        batch=ImageBatch.objects.create(patient=patient, name="visit", taken_on="2026-11-01"),
        document=attach(patient, by=ada),
        spare=attach(patient, by=ada, name="spare.txt"),
    )


@pytest.fixture
def world(alpha):
    with tenant_context(alpha):
        return build_world()
