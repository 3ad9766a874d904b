"""Referrers, companies and guardians."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from documents.models import Document
from documents.registry import policy_for_model
from patients.models import Company, Guardian, Patient, Referrer, Relationship

Entry = TypeVar("Entry", Referrer, Company)


def save_directory_entry(*, membership: Membership, entry: Entry, **fields: Any) -> Entry:
    """Add or change a referrer or company."""
    if not membership.may("directory.add" if entry._state.adding else "directory.change"):
        raise NotPermittedError
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.full_clean()
    with transaction.atomic():
        entry.save()
    return entry


def delete_directory_entry(*, membership: Membership, entry: Referrer | Company) -> None:
    """Remove an entry that has no documents, not even in the trash."""
    if not membership.may("directory.delete"):
        raise NotPermittedError
    policy = policy_for_model(entry)
    documents = Document.objects.of(content_type_id=policy.content_type_id, object_ids=[entry.pk])
    if documents.exists():
        raise ConflictError("This entry has documents and is kept.", code="has_documents")
    entry.delete()


def add_guardian(
    *,
    membership: Membership,
    patient: Patient,
    user_id: UUID,
    relationship: Relationship = Relationship.PARENT,
) -> Guardian:
    """Let a login that is a member of this clinic act for a patient."""
    if not membership.may("patients.change") or not membership.is_staff:
        raise NotPermittedError
    if not memberships_of(current_account().pk).filter(user_id=user_id).exists():
        raise ProblemError(
            "This login is no member of the clinic.", field="user", code="unknown_user"
        )
    guardian = Guardian(patient=patient, user_id=user_id, relationship=relationship)
    guardian.full_clean(exclude=["user"])
    guardian.save()
    return guardian


def change_guardian(*, membership: Membership, guardian: Guardian, **fields: Any) -> Guardian:
    """Change the relationship or end it (`is_active`); who and for whom never change."""
    if not membership.may("patients.change") or not membership.is_staff:
        raise NotPermittedError
    if set(fields) - {"relationship", "is_active"}:
        raise NotPermittedError("End this guardianship and add another.")
    for name, value in fields.items():
        setattr(guardian, name, value)
    guardian.full_clean(exclude=["user"])
    guardian.save()
    return guardian
