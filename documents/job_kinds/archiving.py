"""Archives that are too large to be made while they are sent, as jobs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID

from documents.models import ArchiveFile, ArchiveKind, ArchiveState
from documents.services.making_archives import write_documents
from documents.services.stored_archives import (
    MAKE_ARCHIVE,
    ArchiveGivenUpError,
    Contents,
    make_archive_file,
)
from documents.storage import StoreError
from jobs.errors import JobParametersError, StopRunError, TransientError
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
from jobs.models import JobState
from jobs.services.ledger import state_of


class ArchiveJob(ItemKind):
    """One archive, made in one go. A subclass says which kind and how it is written."""

    archive_kind: ArchiveKind
    concurrency = 1
    chunk = 1

    def write(self, archive: ArchiveFile, out: IO[bytes]) -> Contents:
        raise NotImplementedError

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            pk = UUID(str(parameters.get("archive")))
        except ValueError as error:
            raise JobParametersError("Name an archive by its id.", field="archive") from error
        if not ArchiveFile.objects.filter(pk=pk, kind=cls.archive_kind).exists():
            raise JobParametersError("There is no such archive to make.", field="archive")
        return {"archive": str(pk)}

    def list_items(self) -> Iterator[NewItem]:
        yield NewItem(self.parameters["archive"])

    def process(self, item: WorkItem) -> Outcome:
        archive = ArchiveFile.objects.get(pk=item.source_id)
        if self.dry_run:
            return Done("made")
        write: Callable[[IO[bytes]], Contents] = lambda out: self.write(archive, out)  # noqa: E731
        try:
            with _as_item_errors():
                archive = make_archive_file(archive, write, keep_on=self.keep_on)
        except ArchiveGivenUpError as error:
            archive.refresh_from_db()
            if archive.state == ArchiveState.MAKING:
                raise TransientError("in_hand", "Another worker is making it.") from error
            if archive.state != ArchiveState.READY:
                return Skipped("expired")
        return Done("made", {"size": archive.file_size, "complete": archive.is_complete})

    def keep_on(self) -> None:
        """Raise `StopRunError` when somebody has asked for an end; between two files it is seen."""
        if state_of(self.job) != JobState.RUNNING:
            raise StopRunError("stopped", "It was stopped before the archive was made.")

    def reconcile(self) -> Reconciliation:
        archive = ArchiveFile.objects.get(pk=self.parameters["archive"])
        made = self.dry_run or archive.state != ArchiveState.MAKING
        gaps = () if made or self.job.failed else (Gap(str(archive.pk), "not_made"),)
        return Reconciliation(gaps, {"archive": str(archive.pk), "state": archive.state})


@register
class MakeArchive(ArchiveJob):
    """Writes a ZIP of documents for who asked for it."""

    name = MAKE_ARCHIVE
    title = "Make a ZIP"
    archive_kind = ArchiveKind.ZIP

    def write(self, archive: ArchiveFile, out: IO[bytes]) -> Contents:
        return write_documents(archive, out, keep_on=self.keep_on)


@contextmanager
def _as_item_errors() -> Iterator[None]:
    """Say in the engine's words what may pass; neither paths nor keys get into the text."""
    try:
        yield
    except StoreError as error:
        raise TransientError("store_unavailable", str(error)) from error
    except OSError as error:
        detail = f"The temporary file cannot be written: {error.strerror}."
        raise TransientError("no_room", detail, "Make room in FILE_UPLOAD_TEMP_DIR.") from error
