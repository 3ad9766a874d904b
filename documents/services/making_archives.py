"""What a job writes into an archive of documents: file by file, asking of each who may have it."""

from collections.abc import Callable
from typing import IO
from uuid import UUID

from documents.models import ArchiveFile
from documents.policies import documents_visible_to
from documents.services.archives import archive_to_make
from documents.services.stored_archives import Contents, requester_of
from documents.services.zipping import Entry, ZipStream


def write_documents(
    archive: ArchiveFile, out: IO[bytes], *, keep_on: Callable[[], None]
) -> Contents:
    """Write the ZIP that was asked for, as who asked for it may have it at this moment.

    Of each file it is asked anew: what has gone into the trash since, or out of their sight, is
    left out and named in the manifest. Raises `NotPermittedError` as soon as they are no member any
    more, `NotFoundError`, `ArchiveTooLargeError`, `StoreError`, and what `keep_on` raises.
    """
    chosen = archive_to_make(
        membership=requester_of(archive), ids=archive.chosen, patient_id=archive.patient_uuid
    )

    def refuse(entry: Entry) -> str:
        keep_on()
        visible = documents_visible_to(requester_of(archive)).available()
        return "" if visible.filter(pk=entry.file.id).exists() else "gone"

    stream = ZipStream(chosen, refuse)
    for chunk in stream.chunks():
        out.write(chunk)
    written = {UUID(file["id"]) for file in stream.files}
    patients = {
        entry.file.patient_id
        for entry in chosen.entries
        if entry.file.id in written and entry.file.patient_id
    }
    altered = any(file["problem"] for file in stream.files)
    return Contents(sorted(written), sorted(patients), not stream.left_out and not altered)
