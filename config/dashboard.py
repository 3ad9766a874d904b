"""The first page of each admin: numbers, and what happened last."""

from typing import Any

from django.urls import reverse

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.models import Account, Membership, User
from documents.policies import documents_visible_to
from medical_records.policies import lab_results_visible_to
from patients.models import PatientStatus
from patients.policies import patients_visible_to

RECENT = 8


def clinic_dashboard(membership: Membership) -> dict[str, Any]:
    """Return the clinic's numbers as this member sees them, and the last uploads."""
    documents = documents_visible_to(membership).available()
    active = patients_visible_to(membership).filter(status=PatientStatus.ACTIVE)
    recent = list(documents.select_related("uploaded_by", "patient").order_by("-id")[:RECENT])
    shown = {
        "documents.document": [document.pk for document in recent],
        "patients.patient": sorted({d.patient_id for d in recent if d.patient_id}),
    }
    for kind, ids in shown.items():
        if ids:
            record_access(
                membership=membership,
                action=AccessAction.LIST,
                object_type=kind,
                object_ids=ids,
                admin=True,
            )
    return {
        "cards": [
            _card("Active patients", active.count(), "patients_patient"),
            _card(
                "Lab results",
                lab_results_visible_to(membership).count(),
                "medical_records_labresult",
            ),
            _card("Documents", documents.count(), "documents_document"),
        ],
        "recent": recent,
    }


def platform_dashboard() -> dict[str, Any]:
    return {
        "cards": [
            _card("Accounts", Account.objects.count(), "accounts_account"),
            _card("Users", User.objects.count(), "accounts_user"),
            _card("Memberships", Membership.objects.count(), "accounts_membership"),
        ]
    }


def _card(title: str, number: int, page: str) -> dict[str, Any]:
    return {"title": title, "number": number, "link": reverse(f"admin:{page}_changelist")}
