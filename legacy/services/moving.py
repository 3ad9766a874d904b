"""One old row after another becomes a record here, exactly once.

A row is made in one transaction with the note of where it came from (`SourceLink`) and the row as
it was (`OldRow`); who comes second finds it made. Nobody gets a login by this.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from accounts.tenancy import current_schema
from jobs.errors import ItemError, TransientError
from jobs.kinds import Kind
from jobs.models import SourceLink
from legacy.files import refusal
from legacy.mapping import ENTRIES, NOTES, EntryKind, Mapped, patient_fields, with_notes
from legacy.models import OldRow
from legacy.schema import PATIENTS, USERS
from legacy.source import OldSystem, Row
from legacy.values import without_secrets
from medical_records.models import Insurance, InsuranceRank, PatientEntry
from patients.models import Patient, PatientStatus
from patients.services.checks import LIMITS, UNIQUE_WHEN_GIVEN, check_fields

REMOVED = "removed_here"
ROUNDS = 4  # of taking out fields that are refused, until what is left is accepted
Made = TypeVar("Made", bound=Model)


@dataclass(frozen=True)
class Moved:
    """What a row has become, and whether this call made it."""

    target: Any
    made: bool


@dataclass
class Mover:
    """Makes patients and records of the old system's rows, for one job."""

    kind: Kind
    old: OldSystem
    zone: ZoneInfo  # of the old system's moments that name none
    _found: dict[str, Model] = field(default_factory=dict)  # by `look_up`

    def patient(self, pk: str) -> Moved:
        """Return the patient that an old one has become; make them if there is none yet.

        Raises `ItemError`: `removed_here`, `ownership_broken` (the row or its user is missing).
        """
        source_id = f"{PATIENTS}:{pk}"
        if (known := self._known(source_id, Patient)) is not None:
            return Moved(known, made=False)
        row = self._row(PATIENTS, pk)
        user = self.user_of(row)
        if self.kind.dry_run:
            return Moved(self.fitting_patient(patient_fields(row)), made=True)
        with transaction.atomic():
            self.hold(source_id)
            if (known := self._known(source_id, Patient)) is not None:
                return Moved(known, made=False)
            patient = self._left_standing(Patient, PATIENTS, pk)
            if patient is None:
                patient = self.fitting_patient(patient_fields(row))
                store(patient)
            else:
                patient.status = PatientStatus.ACTIVE  # a rollback had put them away
                patient.save(update_fields=["status", "updated_at"])
            self.kind.remember(source_id, patient, user=str(row.get("user_id") or ""))
            self.keep_row(PATIENTS, pk, patient, {"row": row, "user": user})
        return Moved(patient, made=True)

    def record(self, table: str, pk: str) -> Moved:
        """Return the record that an old row has become; make it, and its patient, if need be."""
        source_id = f"{table}:{pk}"
        entry_kind = ENTRIES[table]
        if (known := self._known(source_id, entry_kind.model)) is not None:
            return Moved(known, made=False)
        row = self._row(table, pk)
        patient = self.patient(_reference(row, "patient_id")).target
        mapped = entry_kind.fields(row, self.zone)
        if self.kind.dry_run:
            return Moved(_fitting(entry_kind, patient, mapped, stored=False), made=True)
        with transaction.atomic():
            self.hold(source_id)
            if (known := self._known(source_id, entry_kind.model)) is not None:
                return Moved(known, made=False)
            entry = self._left_standing(entry_kind.model, table, pk)
            if entry is None:
                entry = _fitting(entry_kind, patient, mapped, stored=True)
                store(entry)
            self.kind.remember(source_id, entry, patient=str(row["patient_id"]))
            self.keep_row(table, pk, entry, {"row": row})
        return Moved(entry, made=True)

    def look_up(self, source_ids: Collection[str]) -> None:
        """Find, in few queries, what some rows of records have become.

        Only for the files that are moved at this moment: others may remove what was found.
        """
        by_model: dict[type[Model], dict[UUID, str]] = {}
        for source_id, link in self.kind.links(source_ids).items():
            table = source_id.partition(":")[0]
            if table in ENTRIES:
                by_model.setdefault(ENTRIES[table].model, {})[link.target_id] = source_id
        self._found = {}
        for model, names in by_model.items():
            for target in model._base_manager.filter(pk__in=names):
                self._found[names[target.pk]] = target

    def user_of(self, patient: Row) -> Row | None:
        """Return an old patient's user, or None where they never had one."""
        if patient.get("user_id") is None:
            return None
        user = self.old.row(USERS, str(patient["user_id"]))
        if user is None:
            raise refusal("ownership_broken", "The patient's user is missing.")
        return user

    def keep_file_row(self, table: str, pk: str, row: Row, patient_id: UUID) -> None:
        """Keep what an old row says of a file and a document has no place for.

        Written before the document, so that no document is ever without it.
        """
        OldRow.objects.get_or_create(
            source=self.kind.source,
            table=table,
            old_id=pk,
            defaults={
                "patient_id": patient_id,
                "target_id": patient_id,
                "content": _json({"row": row}),
            },
        )

    def forget_file_row(self, table: str, pk: str) -> None:
        """Take back what was kept of a file that was not accepted."""
        OldRow.objects.filter(source=self.kind.source, table=table, old_id=pk).delete()

    def _known(self, source_id: str, model: type[Made]) -> Made | None:
        if isinstance(seen := self._found.get(source_id), model):
            return seen
        link = self.kind.link(source_id)
        if link is None:
            return None
        found = model._base_manager.filter(pk=link.target_id).first()
        if found is None:
            raise ItemError(REMOVED, "It was moved before and has been removed here since.")
        return found

    def _row(self, table: str, pk: str) -> Row:
        row = self.old.row(table, pk) if pk and table in self.old.tables else None
        if row is None:
            raise refusal("ownership_broken", f"The row in {table} is missing.")
        return row

    def hold(self, source_id: str) -> None:
        """Let two who move the same row wait for each other, until the transaction ends."""
        text = f"{current_schema()}:{self.kind.source}:{source_id}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [text])

    def _left_standing(self, model: type[Made], table: str, pk: str) -> Made | None:
        """Return what a rollback could not remove, because its files are in the trash."""
        kept = OldRow.objects.filter(source=self.kind.source, table=table, old_id=pk).first()
        return None if kept is None else model._base_manager.filter(pk=kept.target_id).first()

    def keep_row(
        self, table: str, pk: str, target: Any, content: dict[str, Any], *, made: bool = True
    ) -> None:
        """Keep the old row beside what it has become; `made` says that it was made of it."""
        OldRow.objects.update_or_create(
            source=self.kind.source,
            table=table,
            old_id=pk,
            defaults={
                "patient_id": target.pk if isinstance(target, Patient) else target.patient_id,
                "target_id": target.pk,
                "content": _json(content),
                "made_as_of": target.updated_at if made else None,
            },
        )

    def fitting_patient(self, mapped: Mapped) -> Patient:
        """Return a patient whom the rules here accept; what is refused stays in the old row."""
        fields = dict(mapped.fields)
        for name in UNIQUE_WHEN_GIVEN:
            value = fields.get(name)
            lookup = f"{name}__iexact"
            if value and Patient.objects.filter(**{lookup: value}).exists():
                fields[name] = ""  # two may have shared it; whose it is, people decide
        left = {n: v for n, v in mapped.left.items() if v}
        for _ in range(ROUNDS):
            patient = Patient(**fields)
            patient.notes = with_notes(patient.notes, left, most=LIMITS["notes"])
            try:
                check_fields(patient)
            except ValidationError as error:
                left |= _take_out(patient, fields, error)
            else:
                return patient
        raise ItemError("invalid", "The patient's fields are not accepted here.")


def source_links(kind: Kind, table: str, ids: list[str]) -> dict[str, SourceLink]:
    """Return what rows of a table have become, by their old ids."""
    found = kind.links(f"{table}:{pk}" for pk in ids)
    return {name.partition(":")[2]: link for name, link in found.items()}


def _fitting(kind: EntryKind, patient: Patient, mapped: Mapped, *, stored: bool) -> PatientEntry:
    """Return an entry that the rules here accept; what they refuse goes into its notes."""
    fields, left = dict(mapped.fields), dict(mapped.left)
    for _ in range(ROUNDS):
        entry = kind.model(patient=patient, **fields)
        if kind.notes:
            text = with_notes(fields.get(kind.notes, ""), left, most=NOTES)
            setattr(entry, kind.notes, text)
        try:
            _check(entry, stored=stored)
        except ValidationError as error:
            left |= _take_out(entry, fields, error)
        else:
            return entry
    raise ItemError(
        "invalid",
        f"What {kind.model._meta.verbose_name} says is not accepted here.",
        "Complete the row in the old system (a visit and a procedure need their day).",
    )


def _check(entry: PatientEntry, *, stored: bool) -> None:
    shared = {
        one.name
        for one in entry._meta.fields
        if one.is_relation and not getattr(one, "db_constraint", True)
    }
    entry.full_clean(exclude={"patient", *shared}, validate_constraints=False)
    if not stored:
        return
    try:
        entry.validate_constraints(exclude=shared)
    except ValidationError:
        if not isinstance(entry, Insurance) or entry.rank == InsuranceRank.SECONDARY:
            raise
        entry.rank = InsuranceRank.SECONDARY  # one primary at a time; which, people decide
        entry.validate_constraints(exclude=shared)


def _take_out(made: Model, fields: dict[str, Any], error: ValidationError) -> dict[str, str]:
    """Empty the fields that were refused; return what they said, for the notes."""
    refused: dict[str, str] = {}
    names = error.error_dict if hasattr(error, "error_dict") else {}
    for name in names:
        if name not in fields or not fields[name]:
            raise ItemError("invalid", f"{name} is missing.", "Complete the row.") from error
        refused[name] = str(fields[name])
        model_field: Any = made._meta.get_field(name)
        fields[name] = (
            model_field.get_default()
            if model_field.has_default()
            else (None if model_field.null else "")
        )
        if name == "value" and "status" in fields:
            # A result needs its value; one that is refused is no value, so there is no result yet.
            refused["status"], fields["status"] = str(fields["status"]), "collected"
    if not refused:
        raise ItemError("invalid", "The row breaks a rule of this system.") from error
    return refused


def store(made: Any) -> None:
    """Save; where somebody else was faster with the same number or address, try again later."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise TransientError(
            "taken_meanwhile", "Somebody has just used the same number."
        ) from error


def _reference(row: Row, column: str) -> str:
    value = row.get(column)
    if value is None:
        raise refusal("ownership_broken", f"The row names no {column.removesuffix('_id')}.")
    return str(value)


def _json(content: dict[str, Any]) -> str:
    plain = {name: without_secrets(row) for name, row in content.items()}
    return json.dumps(plain, ensure_ascii=False)
