"""Referrers, coordinators, companies, and guardians: logins that act for patients."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.errors import ConflictError, NotFoundError, NotPermittedError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import Role
from documents.services.owners import require_no_documents
from patients.errors import UnknownGuardianError
from patients.models import Company, Coordinator, Guardian, Patient, Referrer, Relationship
from patients.policies import guardians_visible_to, patients_visible_to

Entry = TypeVar("Entry", Referrer, Coordinator, Company)


def save_directory_entry(*, membership: Membership, entry: Entry, **fields: Any) -> Entry:
    """Add or change a referrer, coordinator or company."""
    adding = entry._state.adding
    if not membership.may("directory.add" if adding else "directory.change"):
        raise NotPermittedError
    with transaction.atomic():
        if not adding:
            entry = type(entry)._default_manager.select_for_update().get(pk=entry.pk)
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.full_clean()
        entry.save()
    return entry


def delete_directory_entry(
    *, membership: Membership, entry: Referrer | Coordinator | Company
) -> None:
    """Remove an entry that has no documents, not even in the trash."""
    if not membership.may("directory.delete"):
        raise NotPermittedError
    with transaction.atomic():
        require_no_documents(entry, remedy="This entry has documents and is kept.")
        entry.delete()


def add_guardian(
    *,
    membership: Membership,
    patient: Patient,
    user_id: UUID | None = None,
    email: str = "",
    relationship: Relationship = Relationship.PARENT,
    is_active: bool = True,
) -> Guardian:
    """Let somebody act for a patient whom the caller sees; named by login or by its e-mail.

    They must be a member of this clinic with the role of patients, which guardians have too.
    Raises `UnknownGuardianError`, `ConflictError`, `NotFoundError`, `NotPermittedError`.
    """
    if not membership.may("patients.change") or not membership.is_staff:
        raise NotPermittedError
    if not patients_visible_to(membership).filter(pk=patient.pk).exists():
        raise NotFoundError("There is no such patient for you.", field="patient")
    found = _user_of(user_id, email)
    if found is None:
        raise UnknownGuardianError("user_id" if user_id else "email")
    guardian = Guardian(
        patient=patient, user_id=found, relationship=relationship, is_active=is_active
    )
    guardian.clean_fields(exclude=["user"])
    try:
        with transaction.atomic():
            guardian.save()
    except IntegrityError as error:
        raise ConflictError(
            "This login acts for the patient already.",
            code="guardian_exists",
            field="user_id" if user_id else "email",
        ) from error
    return guardian


def change_guardian(*, membership: Membership, guardian: Guardian, **fields: Any) -> Guardian:
    """Change the relationship or end it (`is_active`); who and for whom never change."""
    if not membership.may("patients.change") or not membership.is_staff:
        raise NotPermittedError
    if set(fields) - {"relationship", "is_active"}:
        raise NotPermittedError("End this guardianship and add another.")
    with transaction.atomic():
        seen = guardians_visible_to(membership).select_for_update(of=("self",))
        locked = seen.filter(pk=guardian.pk).first()
        if locked is None:
            raise NotFoundError
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.clean_fields(exclude=["user"])
        locked.save()
    return locked


def _user_of(user_id: UUID | None, email: str) -> UUID | None:
    members = memberships_of(current_account().pk).filter(role=Role.PATIENT)
    if user_id is not None:
        members = members.filter(user_id=user_id)
    else:
        members = members.filter(user__email__iexact=email.strip())
    return members.values_list("user_id", flat=True).first()
