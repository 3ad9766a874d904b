"""Backups as jobs. The stream is the documents' bytes; the rows come with its first batch."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.errors import ProblemError
from accounts.tenancy import current_schema
from backups.errors import ArchiveError
from backups.one_patient import erasing_job, job_kinds as of_one_patient
from backups.places import LAYOUTS, TAR, checked_folder
from backups.services.dumping import WITH_BYTES
from backups.services.objects import GAPS
from backups.services.rotation import rotate
from backups.services.writing import WRITTEN, Progress, Published, Workshop, hidden_prefix
from documents.models import Document
from documents.storage import StoreError
from jobs.errors import ItemError, JobParametersError, StopRunError
from jobs.kinds import (
    Batch,
    BatchResult,
    Gap,
    Kind,
    Reconciliation,
    RowFailure,
    StreamKind,
    register,
)
from jobs.models import ENDED, Job, JobState

__all__ = [
    "BackupAccount",
    "RestoreAccount",
    "erasing_job",
    "of_one_patient",
]  # importing registers them
AT_ONCE, MOST_BYTES = 200, 256 * 1024 * 1024  # documents and bytes of a batch
ROWS, END = "rows", "end"  # what the first and the last batch do
PASSING = ("elsewhere", "migrating")
OVER = ("unfinished_lost", "migrations", "unknown_table", "unknown_shared_model")
AT_REST = (JobState.FAILED, JobState.INTERRUPTED, JobState.PAUSED)
STALE = timedelta(hours=20)  # so the backup of each day begins anew


@register
class BackupAccount(StreamKind):
    """Writes the clinic to an archive. Interrupted, it goes on behind what is on the disk."""

    name = "backup_account"
    title = "Backup"
    max_failed_share = 1.0  # what is there is kept, whatever is missing

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        layout = parameters.get("layout") or TAR
        if layout not in LAYOUTS:
            raise JobParametersError("Choose tar or folder.", field="layout")
        keep = parameters.get("keep")
        if keep is not None and (not isinstance(keep, int) or keep < 1):
            raise JobParametersError("Keep at least one backup.", field="keep")
        cleaned = {
            "to": str(checked_folder(str(parameters.get("to") or ""))),
            "layout": layout,
            "with_logins": bool(parameters.get("with_logins", False)),
            "keep": keep,
        }
        return {**cleaned, "after": _last_over(cls.name, cleaned)}

    def start(self) -> None:
        self.workshop = Workshop(
            checked_folder(self.parameters["to"]),
            self.job.pk,
            schema=current_schema(),
            layout=self.parameters["layout"],
            dry_run=self.dry_run,
        )

    def close(self) -> None:
        if self._opened:
            self.workshop.close()

    def count(self) -> int:
        return Document.objects.filter(state__in=WITH_BYTES).count()

    def read(self, position: dict[str, Any]) -> Iterator[Batch]:
        """Yield the rows, then the documents, then the end.

        `process_batch` says where a batch ended: that depends on the bytes it found.
        """
        if not position:
            batch = Batch([ROWS], {})
            yield batch
            position = batch.position
        while position["phase"] != WRITTEN:
            with _engine_errors():
                found = self.workshop.waiting(Progress(**position), most=AT_ONCE, size=MOST_BYTES)
            batch = Batch(found or [END], dict(position))
            yield batch
            position = batch.position

    def process_batch(self, batch: Batch) -> BatchResult:
        with _engine_errors():
            if batch.rows == [ROWS]:
                progress = self.workshop.begin(with_logins=self.parameters["with_logins"])
                result = BatchResult()
            elif batch.rows == [END]:
                progress = Progress(**batch.position)
                self.workshop.finish(progress)
                result = BatchResult()
            else:
                progress = Progress(**batch.position)
                result = self._copy(progress, batch)
        batch.position.update(asdict(progress))
        return result

    def reconcile(self) -> Reconciliation:
        """Read the whole backup back and give it its name."""
        progress = Progress(**self.job.position)
        Job.objects.filter(pk=self.job.pk).update(total=progress.objects + progress.gaps)
        with _engine_errors():
            try:
                published = self.workshop.publish(progress)
            except ArchiveError as error:
                return Reconciliation((Gap("archive", error.code, error.detail),))
            if published is None:
                return Reconciliation(report={"archive": None, **_counts(progress)})
            clear_abandoned(published.path.parent)
            rotated = self._rotate(published)
        self.say(f"{published.path}\nSHA-256 of its manifest: {published.sha256}")
        return Reconciliation(report=_report(published, rotated))

    def _copy(self, progress: Progress, batch: Batch) -> BatchResult:
        failures, done = [], 0
        entries = self.workshop.copy(progress, batch.rows)
        for listed, entry in zip(batch.rows, entries, strict=True):
            if entry.gap:
                failures.append(RowFailure(listed.document, entry.gap, GAPS[entry.gap]))
            else:
                done += 1
        return BatchResult(done, 0, tuple(failures), {"copied": done})

    def _rotate(self, published: Published) -> list[str]:
        keep, path = self.parameters["keep"], published.path
        if keep is None or not published.manifest.complete:
            return []
        return rotate(path.parent, schema=current_schema(), keep=keep, new=path.name)


@register
class RestoreAccount(Kind):
    """What stands in a restored clinic's list of jobs; `restore_account` does the work.

    It cannot run as a job: the clinic whose list it would stand in does not exist until it is over.
    """

    name = "restore_account"
    title = "Restore"
    retryable = False

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        del parameters
        raise JobParametersError("Clinics are restored by the command restore_account.")


def clear_abandoned(folder: Path) -> None:
    """Remove what jobs of this clinic have left that nobody will go on with."""
    prefix = hidden_prefix(current_schema())
    for place in folder.glob(f"{prefix}*"):
        pk = _uuid(place.name.removeprefix(prefix))
        job = Job.objects.filter(pk=pk).first() if pk else None
        if job is not None and (job.state in ENDED or _is_over(job)):
            shutil.rmtree(place)


def _is_over(job: Job) -> bool:
    """Say whether nobody goes on with a job: it has failed for good, or is of another day."""
    if job.state not in AT_REST:
        return False
    failed = job.state == JobState.FAILED
    for_good = failed and (job.position.get("phase") == WRITTEN or job.stop_code in OVER)
    begun = job.started_at or job.created_at
    return for_good or begun < timezone.now() - STALE


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _last_over(kind: str, cleaned: dict[str, Any]) -> str:
    """Return the last job for the same that is over, so that a new one differs from it.

    A job at rest is gone on with when it is started again. One that has written its backup, gaps
    and all, is over: starting again makes another backup. So is one that began another day: its
    rows are of that day, and documents may have gone since.
    """
    at_rest = Job.objects.filter(kind=kind, state__in=AT_REST).order_by("-id")
    for job in at_rest[:100]:
        same = {name: value for name, value in job.parameters.items() if name != "after"} == cleaned
        if same and _is_over(job):
            return str(job.pk)
    return ""


def _counts(progress: Progress) -> dict[str, int]:
    return {"objects": progress.objects, "bytes": progress.bytes, "missing": progress.gaps}


def _report(published: Published, rotated: list[str]) -> dict[str, Any]:
    manifest = published.manifest
    return {
        "archive": str(published.path),
        "sha256": published.sha256,
        "complete": manifest.complete,
        "taken_at": manifest.taken_at,
        "tables": len(manifest.tables),
        "rows": sum(table.rows for table in manifest.tables.values()),
        "objects": manifest.objects.count,
        "bytes": manifest.objects.bytes,
        "missing": manifest.objects.gaps,
        "rotated": rotated,
    }


def _stopped(error: OSError) -> StopRunError:
    return StopRunError("folder", f"The backup cannot be written: {error.strerror}.")


@contextmanager
def _engine_errors() -> Iterator[None]:
    """Say in the engine's words what went wrong: what may pass interrupts, the rest fails."""
    try:
        yield
    except StoreError as error:
        raise StopRunError("store_unavailable", str(error)) from error
    except OSError as error:
        raise _stopped(error) from error
    except ProblemError as error:
        if error.code in PASSING:
            raise StopRunError(error.code, error.detail) from error
        raise ItemError(error.code, error.detail) from error
