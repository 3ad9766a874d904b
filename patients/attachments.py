"""Which of this app's models carry documents."""

from datetime import timedelta

from django.db.models import QuerySet

from accounts.models import Membership
from documents.keys import (
    company_key,
    coordinator_key,
    image_key,
    patient_document_key,
    referrer_key,
)
from documents.models import ImageBatch
from documents.registry import MB, DocumentPolicy, register
from patients.policies import (
    companies_visible_to,
    coordinators_visible_to,
    patients_visible_to,
    referrers_visible_to,
)

PAPERS = (".pdf", ".doc", ".docx", ".jpg", ".jpeg", ".png")
CLINICAL = (
    *(".pdf", ".jpg", ".jpeg", ".png", ".tiff", ".dcm", ".txt", ".csv", ".xml", ".json"),
    *(".doc", ".docx", ".xls", ".xlsx"),
)


def image_batches_visible_to(membership: Membership) -> QuerySet[ImageBatch]:
    patients = patients_visible_to(membership).order_by().values("pk")
    return ImageBatch.objects.filter(patient__in=patients)


register(
    DocumentPolicy(
        slug="patients",
        model="patients.Patient",
        extensions=(*CLINICAL, ".heic", ".webp"),
        max_size=50 * MB,
        max_files=None,
        categories=(
            *("referral", "report", "letter", "consent"),
            *("identification", "correspondence", "other"),
        ),
        patient_of="pk",
        visible_to=patients_visible_to,
        key=patient_document_key,
    )
)
register(
    DocumentPolicy(
        slug="image-batches",
        model="documents.ImageBatch",
        extensions=(".jpg", ".jpeg", ".png", ".tiff", ".heic", ".webp", ".dcm"),
        max_size=50 * MB,
        max_files=200,
        categories=("clinical_photo", "scan", "xray", "other"),
        visible_to=image_batches_visible_to,
        key=image_key,
        retention="image",
    )
)
register(
    DocumentPolicy(
        slug="referrers",
        model="patients.Referrer",
        extensions=PAPERS,
        max_size=20 * MB,
        max_files=None,
        categories=("agreement", "correspondence", "other"),
        patient_of="",
        visible_to=referrers_visible_to,
        key=referrer_key,
        link_ttl=timedelta(hours=1),
    )
)
register(
    DocumentPolicy(
        slug="companies",
        model="patients.Company",
        extensions=PAPERS,
        max_size=20 * MB,
        max_files=None,
        categories=("agreement", "correspondence", "other"),
        patient_of="",
        visible_to=companies_visible_to,
        key=company_key,
        link_ttl=timedelta(hours=1),
    )
)
register(
    DocumentPolicy(
        slug="coordinators",
        model="patients.Coordinator",
        extensions=PAPERS,
        max_size=20 * MB,
        max_files=None,
        categories=("agreement", "correspondence", "other"),
        patient_of="",
        visible_to=coordinators_visible_to,
        key=coordinator_key,
        link_ttl=timedelta(hours=1),
    )
)
