"""A patient's export and its import, as jobs."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotFoundError, NotPermittedError, ProblemError
from accounts.policies import membership_of
from accounts.tenancy import current_schema
from backups.errors import ExportRefusedError
from backups.one_patient.exporting import write_export
from backups.one_patient.importing import (
    RowsImport,
    as_it_was,
    is_there_already,
    moment,
    owner_of,
)
from backups.one_patient.reading import ExportFile
from backups.places import PRIVATE_FILE, sync_folder
from documents.job_kinds.archiving import ArchiveJob
from documents.models import ArchiveFile, ArchiveKind, Document, DocumentState
from documents.registry import policy_for_slug
from documents.services.importing import import_document
from documents.services.stored_archives import Contents, requester_of
from documents.services.upload import NewDocument
from documents.storage import StoreError
from jobs.errors import ItemError, JobParametersError, TransientError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
    register,
)
from jobs.models import SourceLink
from patients.models import Patient
from patients.policies import patients_visible_to

EXPORT, IMPORT = "export_patient", "import_patient_export"
RECORDS, DOCUMENT = "records", "document "
SOURCE = "patient_export"
KEPT = (DocumentState.AVAILABLE, DocumentState.TRASHED, DocumentState.QUARANTINED)


@register
class ExportPatient(ArchiveJob):
    """Writes everything of a patient: for who asked for it, or an operator's file."""

    name = EXPORT
    title = "Export a patient"
    archive_kind = ArchiveKind.PATIENT_EXPORT

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if "archive" in parameters:
            return super().clean(parameters)
        patient_id = _uuid(parameters.get("patient"), "patient")
        if not Patient.objects.filter(pk=patient_id).exists():
            raise JobParametersError("There is no such patient in this clinic.", field="patient")
        return {"patient": str(patient_id), "to": str(_target(parameters.get("to"), patient_id))}

    def list_items(self) -> Iterator[NewItem]:
        yield NewItem(self.parameters.get("archive") or self.parameters["patient"])

    def process(self, item: WorkItem) -> Outcome:
        if "archive" in self.parameters:
            return super().process(item)
        if self.dry_run:
            return Done("exported")
        with _engine_errors():
            contents = self._to_file(UUID(item.source_id), Path(self.parameters["to"]))
        return Done("exported", {"complete": contents.is_complete})

    def write(self, archive: ArchiveFile, out: IO[bytes]) -> Contents:
        patient_id = archive.patient_uuid
        assert patient_id is not None  # noqa: S101  clean() of whoever made the row
        membership = requester_of(archive) if archive.requested_by_id else None
        if membership is not None:
            if not membership.may("patients.export"):
                raise NotPermittedError
            if not patients_visible_to(membership).filter(pk=patient_id).exists():
                raise NotFoundError
        contents = write_export(patient_id, out, keep_on=self.keep_on)
        note_export(membership, patient_id)
        return contents

    def _to_file(self, patient_id: UUID, target: Path) -> Contents:
        """Write beside the target first, so that what has its name is whole."""
        handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".export-")
        try:
            with os.fdopen(handle, "w+b") as out:
                os.fchmod(out.fileno(), PRIVATE_FILE)
                contents = write_export(patient_id, out, keep_on=self.keep_on)
                out.flush()
                os.fsync(out.fileno())
            note_export(None, patient_id)
            Path(partial).replace(target)
            sync_folder(target.parent)
        finally:
            Path(partial).unlink(missing_ok=True)
        self.say(str(target))
        return contents

    def reconcile(self) -> Reconciliation:
        if "archive" in self.parameters:
            return super().reconcile()
        if self.dry_run or self.job.failed:
            return Reconciliation()
        target = Path(self.parameters["to"])
        with ExportFile(target) as export:
            try:
                export.verify()
            except ExportRefusedError as error:
                return Reconciliation((Gap(target.name, error.code, error.detail),))
            complete = bool(export.manifest["complete"])
        gaps = () if complete else (Gap(target.name, "incomplete", "documents.jsonl says what."),)
        return Reconciliation(gaps, {"export": str(target), "complete": complete})


def note_export(membership: Any, patient_id: UUID) -> None:
    """Write into the access log that somebody got all of a patient."""
    record_access(
        membership=membership,
        action=AccessAction.DOWNLOAD,
        object_type="patients.patient",
        object_ids=[patient_id],
        export=True,
    )


@register
class ImportPatientExport(ItemKind):
    """Takes a patient's export in; typed twice it changes nothing."""

    name = IMPORT
    title = "Import a patient's export"
    concurrency = 1  # the rows first
    max_failed_share = 1.0

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        path = Path(str(parameters.get("export") or ""))
        if not path.is_absolute() or not path.is_file():
            raise JobParametersError("Name a file that is there, from the root.", field="export")
        user_id = _uuid(parameters.get("importer"), "importer")
        membership = membership_of(user_id, schema_name=current_schema())
        if membership is None or not membership.may("patients.export"):
            raise JobParametersError(
                "Name an active administrator of this clinic.", field="importer"
            )
        return {"export": str(path), "importer": str(user_id)}

    @property
    def source(self) -> str:
        return SOURCE

    def start(self) -> None:
        self._export: ExportFile | None = None
        try:
            self._export = ExportFile(Path(self.parameters["export"]))
        except ExportRefusedError as error:
            raise ItemError(error.code, error.detail) from error

    def close(self) -> None:
        if getattr(self, "_export", None) is not None:
            self.export.__exit__()

    @property
    def export(self) -> ExportFile:
        assert self._export is not None  # noqa: S101  `start` has opened it
        return self._export

    def list_items(self) -> Iterator[NewItem]:
        """Check all of it before anything is written; then the rows, and each document."""
        try:
            self.export.verify()
        except ExportRefusedError as error:
            raise ItemError(error.code, error.detail) from error
        yield NewItem(RECORDS)
        for position, line in self.export.documents():
            yield NewItem(f"{DOCUMENT}{line['id']}", {"at": position})

    def process(self, item: WorkItem) -> Outcome:
        with _engine_errors():
            if item.source_id == RECORDS:
                return self._records()
            return self._document(item)

    def _records(self) -> Outcome:
        membership = membership_of(self.parameters["importer"], schema_name=current_schema())
        if membership is None:
            raise NotPermittedError
        rows = RowsImport(self.export, membership)
        if self.dry_run:
            rows.rehearse()
        else:
            rows.write()
        counts = {"rows": sum(rows.made.values()), "replaced_people": rows.replaced}
        code = "rows_imported" if rows.made else "rows_there"
        return Done(code, {**counts, "guardians_without_login": rows.without_login, **rows.made})

    def _document(self, item: WorkItem) -> Outcome:
        line = self.export.document_at(item.payload["at"])
        policy = policy_for_slug(line["kind"])
        if policy is None:
            raise ItemError("kind_unknown", "This kind of record does not carry documents here.")
        if line["place"] is None or line["problem"]:
            raise ItemError("not_in_the_export", "The export could not read this file.")
        if (link := self.link(line["id"])) is not None:
            return self._imported_before(link, line)
        if is_there_already(line, self.export.patient_id, policy):
            return Skipped()
        owner = owner_of(line, policy, self.export.patient_id)
        if owner is None:
            if self.dry_run:
                return Done("imported")  # its record is not written in a dry run either
            raise ItemError("no_record", "Its record was not imported.")
        with self.export.open(line) as content:
            document, _ = import_document(
                kind=self,
                source_id=line["id"],
                policy=policy,
                owner=owner,
                new=NewDocument(
                    content=content,  # type: ignore[arg-type]
                    filename=line["original_filename"],
                    size=line["file_size"],
                    description=line["description"],
                    category=line["category"],
                    document_date=_day(line["document_date"]),
                    tags=line["tags"],
                ),
                uploaded_at=moment(line["uploaded_at"]),
                batch=owner if line["kind"] == "image-batches" else None,
            )
        if not self.dry_run:
            as_it_was(document, line)
        return Done("imported")

    def _imported_before(self, link: SourceLink, line: dict[str, Any]) -> Outcome:
        """Finish what an attempt of this job has begun; leave what people have done since."""
        document = Document.objects.filter(pk=link.target_id, state__in=KEPT).first()
        if document is None:
            return Skipped("removed_here")
        if link.job_id != self.job.pk:
            return Skipped()
        if not self.dry_run:
            as_it_was(document, line)
        return Done("imported")

    def reconcile(self) -> Reconciliation:
        """Compare each document of the export with what is here, by its hash."""
        gaps, number = [], 0
        if self.dry_run:
            return Reconciliation()
        for _, line in self.export.documents():
            number += 1
            link = self.link(line["id"])
            pks = [line["id"], *([link.target_id] if link else [])]
            here = Document.objects.filter(
                pk__in=pks, sha256=line["sha256"], patient_id=self.export.patient_id
            )
            same = here.exists() or self._report_is_here(line)
            if not same and not line["problem"]:
                gaps.append(Gap(line["id"], "not_imported"))
        patient = str(self.export.patient_id)
        if not Patient.objects.filter(pk=patient).exists():
            gaps.append(Gap(patient, "no_patient"))
        return Reconciliation(tuple(gaps), {"patient": patient, "documents": number})

    def _report_is_here(self, line: dict[str, Any]) -> bool:
        policy = policy_for_slug(line["kind"])
        return policy is not None and is_there_already(line, self.export.patient_id, policy)


def _target(to: Any, patient_id: UUID) -> Path:
    """Return the file that an export goes to; a folder gets a name that names nobody."""
    path = Path(str(to or ""))
    if not path.is_absolute():
        raise JobParametersError("Name a file or a folder, from the root.", field="to")
    if path.is_dir():
        path = path / f"patient-{patient_id}.zip"
    if not path.parent.is_dir():
        raise JobParametersError("The folder is not there.", field="to")
    if path.exists():
        raise JobParametersError("There is such a file already. Name another one.", field="to")
    return path


def _uuid(value: Any, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise JobParametersError("That is no id.", field=field) from error


def _day(text: str | None) -> Any:
    at = moment(text)
    return at.date() if at else None


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise TransientError("store_unavailable", str(error)) from error
    except OSError as error:
        raise TransientError("folder", f"The file cannot be used: {error.strerror}.") from error
    except ProblemError as error:
        raise ItemError(error.code, error.detail) from error
