"""Roles and what each may do. The one table; `docs/architecture.md` explains it."""

from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Administrator"
    PROVIDER = "provider", "Provider"
    PATIENT = "patient", "Patient"
    RESEARCH_PARTNER = "research_partner", "Research partner"
    DEVELOPER = "developer", "Developer"


STAFF = frozenset({Role.ADMIN, Role.PROVIDER})

_CLINICAL = {
    "patients.view",
    "patients.add",
    "patients.change",
    "records.view",
    "records.add",
    "records.change",
    "records.delete",
    "insurances.view",
    "insurances.add",
    "insurances.change",
    "insurances.delete",
    "invites.view",
    "invites.add",
    "invites.change",
    "messages.view",
    "messages.add",
    "messages.change",
    "templates.view",
    "directory.view",
    "directory.add",
    "directory.change",
    "documents.view",
    "documents.add",
    "documents.change",
    "documents.delete",
}
# Which patients, records and documents these reach is decided in each app's policies.py.
ABILITIES: dict[Role, frozenset[str]] = {
    Role.ADMIN: frozenset(
        _CLINICAL
        | {
            "patients.delete",
            "patients.export",
            "patients.erase",
            "directory.delete",
            "documents.hold",
            "templates.add",
            "templates.change",
            "gateways.view",
            "gateways.add",
            "gateways.change",
            "documents.quarantine",
            "quarantine.view",
            "members.view",
            "members.add",
            "members.change",
            "audit.view",
            "jobs.view",
            "jobs.change",
            "imports.view",
            "imports.change",
            "system.view",
        }
    ),
    Role.PROVIDER: frozenset(_CLINICAL | {"jobs.own"}),
    Role.PATIENT: frozenset(
        {
            "patients.view",
            "patients.change",
            "records.view",
            "insurances.view",
            "insurances.add",
            "insurances.change",
            "documents.view",
            "documents.add",
        }
    ),
    Role.RESEARCH_PARTNER: frozenset({"research.view"}),
    Role.DEVELOPER: frozenset({"jobs.view", "system.view"}),
}

# Which ability area answers for a Django app's (or model's) permissions in the admin.
PERMISSION_AREAS = {
    "patients.patient": "patients",
    "patients.guardian": "patients",
    "patients": "directory",
    "invites": "invites",
    "sms_integration.gateway": "gateways",
    "sms_integration.template": "templates",
    "sms_integration": "messages",
    "medical_records.insurance": "insurances",
    "medical_records": "records",
    "documents.quarantineddocument": "quarantine",
    "documents.erasure": "audit",
    "documents": "documents",
    "audit": "audit",
    "jobs": "jobs",
    "filemaker": "imports",
    "accounts.membership": "members",
}
