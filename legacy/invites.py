"""Old invites, which knew an e-mail and a name and no patient: each of them gets its patient."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from accounts.roles import STAFF
from jobs.errors import ItemError
from jobs.kinds import Done, Outcome, Skipped
from legacy.mapping import patient_fields
from legacy.schema import INVITES, USERS
from legacy.services.moving import Mover, store
from legacy.source import OldSystem, Row, quoted
from legacy.values import text_of
from patients.models import Patient

LINKED, MADE = "patient_found", "patient_made"
REASONS = {
    "no_email": (
        "The invite has no e-mail address.",
        "Complete it in the old system, or add the patient by hand.",
    ),
    "invalid_email": (
        "The invite's e-mail address is none.",
        "Correct it in the old system and start again.",
    ),
    "name_differs": (
        "A patient here has this e-mail address and another name.",
        "Decide who it is: correct one of the names, or remove the address from the patient.",
    ),
    "several_names": (
        "Several invites give this e-mail address different names.",
        "Decide whose it is and correct the others in the old system.",
    ),
}


def refused(code: str) -> ItemError:
    text, remedy = REASONS[code]
    return ItemError(code, text, remedy)


@dataclass
class InviteMover:
    """Finds or makes the patient of one old invite after another."""

    mover: Mover

    def move(self, pk: str) -> Outcome:
        """Give an old invite its patient. Raises `ItemError` with the conflict's code."""
        kind, old = self.mover.kind, self.mover.old
        source_id = f"{INVITES}:{pk}"
        known = kind.known(source_id)
        if known is not None:
            return Done(known.result.get("code", MADE)) if isinstance(known, Done) else known
        row = old.row(INVITES, pk)
        if row is None:
            return Skipped("row_gone")
        email = checked_email(row)
        if len(names_for(old, email)) > 1:
            raise refused("several_names")
        with transaction.atomic():
            self.mover.hold(f"email:{email}")
            if kind.link(source_id) is not None:
                return Skipped()
            patient = Patient.objects.filter(email__iexact=email).first()
            code = MADE if patient is None and self._is_first(pk, email) else LINKED
            if patient is not None and not _same_person(patient, row):
                raise refused("name_differs")
            patient = patient or self._new(row, email)
            if not kind.dry_run:
                kind.remember(source_id, patient, code=code)
                self.mover.keep_row(INVITES, pk, patient, {"row": row}, made=code == MADE)
        return Done(code, {"patient": str(patient.pk)})

    def _is_first(self, pk: str, email: str) -> bool:
        """Say whether a trial run would make the patient of this invite, and not of an earlier."""
        if not self.mover.kind.dry_run:
            return True
        sql = f"SELECT id FROM {quoted(INVITES)} WHERE lower(trim(email)) = ? ORDER BY id"  # noqa: S608
        return next((str(row["id"]) for row in self.mover.old.select(sql, email)), pk) == pk

    def _new(self, row: Row, email: str) -> Patient:
        mapped = patient_fields(row)
        mapped.fields["email"] = email
        mapped.left = {}  # status and moments of an invite are no words about the patient
        patient = self.mover.fitting_patient(mapped)
        patient.clinician = self._clinician(row)
        if not self.mover.kind.dry_run:
            store(patient)
        return patient

    def _clinician(self, row: Row) -> Membership | None:
        """Return the colleague of this clinic who had sent the invite, if they are one here."""
        email = text_of(row.get("clinician_email")) or self._email_of_user(row)
        if not email:
            return None
        staff = memberships_of(current_account().pk).filter(role__in=STAFF)
        return staff.filter(user__email__iexact=email).first()

    def _email_of_user(self, row: Row) -> str:
        pk = text_of(row.get("clinician_id"))
        if not pk or "email" not in self.mover.old.tables.get(USERS, ()):
            return ""
        user = self.mover.old.row(USERS, pk)
        return text_of((user or {}).get("email"))


def checked_email(row: Row) -> str:
    """Return an invite's e-mail address in small letters."""
    email = text_of(row.get("email")).lower()
    if not email:
        raise refused("no_email")
    try:
        validate_email(email)
    except ValidationError:
        raise refused("invalid_email") from None
    return email


def names_for(old: OldSystem, email: str) -> set[str]:
    """Return the different names that the old invites give to an address."""
    sql = f"SELECT * FROM {quoted(INVITES)} WHERE lower(trim(email)) = ?"  # noqa: S608  quoted
    return {name for row in old.select(sql, email) if (name := _name(row))}


def _name(row: dict[str, Any]) -> str:
    fields = patient_fields({n: row.get(n) for n in ("first_name", "last_name", "name")}).fields
    given = [row.get(n) for n in ("first_name", "last_name", "name")]
    return folded(f"{fields['first_name']} {fields['last_name']}") if any(given) else ""


def folded(name: str) -> str:
    """Return a name as it is compared: no case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", letters).strip()


def _same_person(patient: Patient, row: Row) -> bool:
    name = _name(row)
    return not name or name == folded(patient.full_name)
