"""A patient's export comes in: first the rows, all in one transaction, then file by file.

Rows keep their ids. So what is there already is found, an import that is typed twice changes
nothing, and a patient who was erased comes back as they were. They are written as rows and not by
the services: those would make new ones, of today and of whoever imports. What services check is
checked (`full_clean`), and the database's own rules hold. The history begins with the import.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InternalError, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.models import Membership, User
from accounts.policies import current_account
from backups.errors import ExportRefusedError
from backups.one_patient.graph import PATIENT, Covered, covered
from backups.one_patient.reading import ExportFile
from backups.one_patient.rows import IMPORTED, ROWS, from_json, people_fields
from documents.models import Document, DocumentState
from documents.services.trash import trash_time
from sms_integration.models import Message
from sms_integration.services.settling import settle_imported

FINAL = ("status", "finalized_at", "finalized_by_id")
DRAFT = {"status": "draft", "finalized_at": None, "finalized_by_id": None}
LOCKED = ("medical_records.medicalrecord", "medical_records.atreport")  # once they are final
ADDENDUM = "medical_records.addendum"
AS_IT_IS = ("legal_hold", "hold_reason", "retention")


class RowsImport:
    """The rows of one export. `missing` names who is no member here, by what they did."""

    def __init__(self, export: ExportFile, importer: Membership) -> None:
        self.export, self.importer = export, importer
        self.patient_id = export.patient_id
        self.ids: dict[str, set[UUID]] = {}  # of each table, what belongs to the patient
        self.made: dict[str, int] = {}
        self.replaced = 0  # names of people who are no members here
        self.without_login = 0
        self._users: dict[str, Any] = {}

    def write(self) -> None:
        """Write what is not there yet. Raises `ExportRefusedError`; then nothing is written."""
        try:
            with transaction.atomic():
                self._write()
        except (IntegrityError, DataError, InternalError) as error:
            raise ExportRefusedError(
                "The rows break a rule of the database.", code="row_refused"
            ) from error

    def _write(self) -> None:
        final: list[tuple[Model, dict[str, Any]]] = []
        for table in sorted(covered(), key=lambda one: one.label == ADDENDUM):
            if IMPORTED.get(table.label) == ROWS:
                self.ids[table.label] = set()
                if table.label == ADDENDUM:  # the last, since addenda are of what is final
                    _finalize(final)
                for said in self.export.rows(table.label):
                    self._row(table, said, final)
        _finalize(final)
        if not self.ids[PATIENT]:
            raise ExportRefusedError("The export holds no patient.")

    def rehearse(self) -> None:
        """Do all of `write` and take it back. Raises what that does."""
        with transaction.atomic():
            self.write()
            transaction.set_rollback(True)

    def _row(
        self, table: Covered, said: dict[str, Any], final: list[tuple[Model, dict[str, Any]]]
    ) -> None:
        try:
            row = from_json(table.model, said)
            self._require_own(table, row)
            if self._is_there(table, row):
                self.ids[table.label].add(row.pk)
                return
            if not self._translate_people(row):
                self.without_login += 1
                return
            if isinstance(row, Message):
                settle_imported(row)
            values = {name: getattr(row, name) for name in FINAL if table.label in LOCKED}
            if values.get("status") not in {None, "draft"}:  # its diagnoses come before that
                final.append((row, values))
                for name, value in DRAFT.items():
                    setattr(row, name, value)
            row.full_clean(validate_unique=True)
            row.save_base(raw=True, force_insert=True)  # with the times that it had
        except ValidationError as error:
            raise _refused(table.label, error) from error
        except (ValueError, TypeError, KeyError) as error:
            raise ExportRefusedError(
                f"A row of {table.label} cannot be kept here.", code="row_refused"
            ) from error
        self.ids[table.label].add(row.pk)
        self.made[table.label] = self.made.get(table.label, 0) + 1

    def _require_own(self, table: Covered, row: Model) -> None:
        """Refuse a row that would hang on somebody else's: every parent must be of this export."""
        if table.label == PATIENT:
            if row.pk != self.patient_id:
                raise ExportRefusedError("The export holds another patient than it says.")
            return
        for field in table.parents():
            value = getattr(row, field.attname)
            parents = self.ids.get(field.related_model._meta.label_lower, set())  # type: ignore[union-attr]
            if value is not None and value not in parents:
                raise ExportRefusedError(
                    f"A row of {table.label} belongs to something that is not in the export."
                )

    def _is_there(self, table: Covered, row: Model) -> bool:
        if not table.model._base_manager.filter(pk=row.pk).exists():
            return False
        if not table.of(self.patient_id).filter(pk=row.pk).exists():
            raise ExportRefusedError(
                f"A row of {table.label} is here already, and is another patient's."
            )
        return True

    def _translate_people(self, row: Model) -> bool:
        """Put in who they are here; say whether the row can be kept.

        Who is no member of this clinic is left out where that can be, else the importer stands for
        them. A guardian without a login here is none.
        """
        for field in people_fields(type(row)):
            value = getattr(row, field.attname)
            if value is None or self._is_member(field.related_model, value):
                continue
            if row._meta.label_lower == "patients.guardian":
                return False
            self.replaced += 1
            own = self.importer.user_id if field.related_model is User else self.importer.pk
            optional = field.null and field.attname not in FINAL  # somebody made it final
            setattr(row, field.attname, None if optional else own)
        return True

    def _is_member(self, model: Any, pk: UUID) -> bool:
        members = Membership.objects.filter(account_id=current_account().pk)
        name = f"{model._meta.label_lower} {pk}"
        if name not in self._users:
            wanted = {"user_id": pk} if model is User else {"pk": pk}
            self._users[name] = members.filter(**wanted).exists()
        return bool(self._users[name])


def _finalize(rows: list[tuple[Model, dict[str, Any]]]) -> None:
    for row, values in rows:
        type(row)._base_manager.filter(pk=row.pk).update(**values)
    rows.clear()


def owner_of(line: dict[str, Any], policy: Any, patient_id: UUID) -> Model | None:
    """Return the record that a document belongs to, if it is this patient's."""
    owner: Model | None = policy.model_class._base_manager.filter(pk=line["object_id"]).first()
    if owner is None or policy.patient_id_of(owner) != patient_id:
        return None
    return owner


def is_there_already(line: dict[str, Any], patient_id: UUID, policy: Any) -> bool:
    """Say whether a document of the export was never gone, or was made here anew meanwhile.

    A report's file is made when it is missing, the same to the byte.
    """
    kept = (DocumentState.AVAILABLE, DocumentState.TRASHED, DocumentState.QUARANTINED)
    found = Document.objects.filter(patient_id=patient_id, state__in=kept)
    if found.filter(pk=line["id"]).exists():
        return True
    return "upload" not in policy.operations and bool(
        found.filter(
            object_id=line["object_id"],
            content_type_id=policy.content_type_id,
            sha256=line["sha256"],
        ).exists()
    )


def as_it_was(document: Document, line: dict[str, Any]) -> None:
    """Put back what an upload does not say: holds, how long it is kept, the trash."""
    values: dict[str, Any] = {name: line[name] for name in AS_IT_IS}
    if line["retain_until"]:
        values["retain_until"] = date.fromisoformat(line["retain_until"])
    now = timezone.now()
    if line["state"] == DocumentState.TRASHED and not line["legal_hold"]:
        values |= {
            "state": DocumentState.TRASHED,
            "trashed_at": now,
            "purge_after": now + trash_time(),
        }
    Document.objects.filter(pk=document.pk, state=DocumentState.AVAILABLE).update(
        **values, updated_at=now
    )


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _refused(label: str, error: ValidationError) -> ExportRefusedError:
    """Say which column is in the way and why, and not what stood in it: messages may quote that."""
    found = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    name, errors = min(found.items(), key=lambda one: str(one[0]))
    codes = ", ".join(sorted({str(one.code or "invalid") for one in errors}))
    named = label if name in {"", "__all__"} else f"{label}.{name}"
    return ExportRefusedError(
        f"{named} does not fit into this clinic ({codes}). Nothing was imported.",
        code="row_refused",
        field=name or None,
    )
