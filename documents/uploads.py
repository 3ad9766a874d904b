"""Receiving a file: streamed to disk while it is counted and hashed."""

import hashlib
import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from accounts.errors import ProblemError
from documents.errors import DocumentTooLargeError, UnexpectedFileError

SPOOL = 64 * 1024  # bytes kept in memory before a file goes to disk


class LengthRequiredError(ProblemError):
    """RFC 9110, 15.5.12: how much is coming must be known before any of it is read."""

    status = 411
    code = "length_required"
    detail = "Send the length of the body (Content-Length)."


class ReceivedFile(UploadedFile):
    """An uploaded file with its SHA-256; the file on disk has no name, so nothing is left behind.

    `name` is as it was sent. Django would cut paths out of it; here they are refused (names.py).
    """

    name = None
    sha256: str


class SpooledUploadHandler(FileUploadHandler):
    """Stream each file into an unnamed temporary file; it vanishes with the process."""

    chunk_size = 256 * 1024

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        limit: int | None = None,
        only_field: str | None = None,
    ) -> None:
        super().__init__(request)
        self.limit = limit
        self.only_field = only_field
        self.seen = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.only_field:
            self.seen += 1
            if self.field_name != self.only_field or self.seen > 1:
                raise UnexpectedFileError(
                    f"Send one file in the field {self.only_field!r}.", field=str(self.field_name)
                )
        self.file = tempfile.SpooledTemporaryFile(SPOOL, dir=_folder())  # noqa: SIM115
        self.digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.limit is not None and start + len(raw_data) > self.limit:
            self.file.close()
            raise DocumentTooLargeError(limit=self.limit)
        self.digest.update(raw_data)
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        self.file.seek(0)
        received = ReceivedFile(
            file=self.file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
        received.sha256 = self.digest.hexdigest()
        return received

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()


def _folder() -> str | None:
    from django.conf import settings

    return settings.FILE_UPLOAD_TEMP_DIR
