"""Receiving a file: streamed to disk while it is counted and hashed."""

import hashlib
import tempfile
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from accounts.errors import ProblemError
from documents.errors import DocumentTooLargeError, UnexpectedFileError
from documents.registry import all_policies

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
    """Stream each file into an unnamed temporary file; it vanishes with the process.

    A view that has asked who sends sets `limit`, and a larger file is refused at once. Elsewhere
    (in the admin) the form is read before any view runs, by the CSRF check: there nothing is kept
    of a stranger's file, nor of one that no policy takes. The latter is counted on, so that the
    form can say how large it was.
    """

    chunk_size = 256 * 1024

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        limit: int | None = None,
        only_field: str | None = None,
    ) -> None:
        super().__init__(request)
        self.asked = limit is not None
        self.limit = largest_size_limit() if limit is None else limit
        self.only_field = only_field
        self.seen = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if not self.asked and not _is_logged_in(self.request):
            raise StopUpload(connection_reset=True)
        if self.only_field:
            self.seen += 1
            if self.field_name != self.only_field or self.seen > 1:
                raise UnexpectedFileError(
                    f"Send one file in the field {self.only_field!r}.", field=str(self.field_name)
                )
        self.file = tempfile.SpooledTemporaryFile(SPOOL, dir=_folder())  # noqa: SIM115
        self.digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.limit:
            if self.asked:
                self.file.close()
                raise DocumentTooLargeError(limit=self.limit)
            self.file.seek(0)
            self.file.truncate()
            return
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


def largest_size_limit() -> int:
    """Return the bytes of the largest file that any policy takes."""
    return max((policy.size_limit for policy in all_policies()), default=0)


def _is_logged_in(request: HttpRequest | None) -> bool:
    """Look the session up: a cookie alone can be anybody's invention."""
    if request is None:
        return True  # not from outside
    session = getattr(request, "session", None)
    return session is not None and SESSION_KEY in session


def _folder() -> str | None:
    from django.conf import settings

    return settings.FILE_UPLOAD_TEMP_DIR
