"""The first page of each admin."""

import json
from typing import Any

from django.urls import reverse

from accounts.models import Account, Membership, User
from config.overview import Overview, overview
from patients.models import PatientStatus
from patients.registry import patient_facts

BARS = {"plugins": {"legend": {"display": False}}, "scales": {"y": {"ticks": {"precision": 0}}}}


def clinic_dashboard(membership: Membership) -> dict[str, Any]:
    """Return the clinic's numbers, what is due and what came in, as this member sees them."""
    found = overview(membership)
    return {
        "cards": [
            _card("Active patients", found.patients["active"], "patients_patient"),
            _card(
                "Drafts to finalise", found.drafts, "medical_records_medicalrecord", "?status=draft"
            ),
            _card("Follow-ups due", found.follow_ups_due, "medical_records_medicalrecord"),
            _card("Documents", found.documents, "documents_document"),
            _card(
                "Unread messages",
                found.messages["messages"],
                "sms_integration_conversation",
                "?state=unread",
            ),
            _card(
                "Messages of nobody yet",
                found.messages["unmatched"],
                "sms_integration_conversation",
                "?state=unmatched",
            ),
        ],
        "breakdowns": _breakdowns(found),
        "visits": _chart([f"{week:%-d %b}" for week in found.visits], list(found.visits.values())),
        "chart_options": json.dumps(BARS),
        "follow_ups": found.follow_ups,
        "invites": found.invites,
        "recent": found.uploads,
    }


def platform_dashboard() -> dict[str, Any]:
    return {
        "cards": [
            _card("Accounts", Account.objects.count(), "accounts_account"),
            _card("Users", User.objects.count(), "accounts_user"),
            _card("Memberships", Membership.objects.count(), "accounts_membership"),
        ]
    }


def _breakdowns(found: Overview) -> list[dict[str, Any]]:
    """Return patients by status and by each fact: label, number and share in percent."""
    groups = [("Patients by status", PatientStatus.choices, found.patients, "status")]
    groups += [
        (f"Patients by {fact.label}", list(fact.choices), found.facts[fact.name], fact.name)
        for fact in patient_facts()
    ]
    return [
        {"title": title, "rows": [_row(numbers, *choice, name) for choice in choices]}
        for title, choices, numbers, name in groups
    ]


def _row(numbers: dict[str, int], value: str, label: str, name: str) -> dict[str, Any]:
    total = sum(numbers.values())
    return {
        "label": label,
        "number": str(numbers[value]),
        "share": round(100 * numbers[value] / total) if total else 0,
        "link": reverse("admin:patients_patient_changelist") + f"?{name}={value}",
    }


def _chart(labels: list[str], numbers: list[int]) -> str:
    bars = {"data": numbers, "backgroundColor": "var(--color-primary-600)", "borderRadius": 4}
    return json.dumps({"labels": labels, "datasets": [bars]})


def _card(title: str, number: int, page: str, query: str = "") -> dict[str, Any]:
    link = reverse(f"admin:{page}_changelist") + query
    return {"title": title, "number": number, "link": link}
