"""Why a document is refused. Each error has a machine code that clients may rely on."""

from accounts.errors import ConflictError, ProblemError

MB = 1024 * 1024
MOST_ARCHIVES = 5  # of one person that are being made at once


class DocumentRefusedError(ProblemError):
    """The file is not accepted; nothing of it is kept. `code` says which check it failed."""

    status = 400
    code = "document_refused"

    def __init__(self, detail: str, *, code: str, field: str = "file") -> None:
        super().__init__(detail, code=code, field=field)


class UnexpectedFileError(ProblemError):
    status = 400
    code = "unexpected_file"


class DocumentTooLargeError(ProblemError):
    status = 413
    code = "too_large"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"The file is larger than {limit / MB:g} MB, the most that is allowed here.",
            field="file",
            extra={"limit": limit},
        )


class TooManyDocumentsError(ConflictError):
    code = "too_many_files"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"This record has its {limit} files already; delete one first.", field="file"
        )


class DocumentStateError(ConflictError):
    code = "wrong_state"


class UploadKeyUsedError(ConflictError):
    """The Idempotency-Key belongs to another upload of the same person."""

    code = "idempotency_key_used"
    detail = (
        "This Idempotency-Key was used for another file. Use a new key for each file, and the same"
        " one only to send the very same file to the very same record again."
    )


class UploadBusyError(ConflictError):
    """The same upload, with the same key, is being received by another request."""

    code = "busy"
    detail = "This very file is being received at this moment. Ask again in a few seconds."
    wait = 2


class StoreUnavailableError(ProblemError):
    status = 503
    code = "store_unavailable"
    detail = "The documents' store cannot be reached. Nothing was kept; try again."


class ArchiveTooLargeError(ProblemError):
    """More than is put into one archive while it is sent; nothing is sent then."""

    status = 422
    code = "archive_too_large"

    def __init__(self, *, files: int, size: int, max_files: int, max_size: int) -> None:
        super().__init__(
            f"These are {files:,} documents of {size / MB:,.0f} MB; an archive takes at most"
            f" {max_files:,} and {max_size / MB:,.0f} MB. Choose fewer at a time.",
            extra={"files": files, "size": size, "max_files": max_files, "max_size": max_size},
        )


class NothingToArchiveError(ProblemError):
    status = 422
    code = "nothing_to_archive"
    detail = "This patient has no documents that could be put into an archive."

    def __init__(self, *, field: str = "patient") -> None:
        named = {"batch": "This batch has no pictures that could be put into an archive."}
        super().__init__(named.get(field), field=field)


class UploadIncompleteError(ConflictError):
    """Bytes of a direct upload have still to come; `missing` names the first parts of them."""

    code = "not_uploaded"

    def __init__(self, *, missing: list[int] | None = None) -> None:
        if missing is None:
            super().__init__("The store has no bytes of this upload. Send them, then complete it.")
        else:
            super().__init__(
                "Parts are missing. Send them, then complete the upload again.",
                code="parts_missing",
                extra={"missing": missing},
            )


class UploadRejectedError(ProblemError):
    """What was sent was refused; nothing of it is kept. `code` is that of the refusal."""

    status = 422
    code = "rejected"

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail, code=code, field="file")


class NoSuchPageError(ProblemError):
    """A page or frame of a document that it does not have, or that no previews are made of."""

    status = 404
    code = "no_such_page"

    def __init__(self, *, pages: int) -> None:
        super().__init__(
            f"Previews of this document go from page 1 to {pages}.",
            field="page",
            extra={"pages": pages},
        )


class NoTextError(ConflictError):
    code = "no_text"
    detail = "There is no text to be shown of this kind of file; ask for its preview."


class TooManyArchivesError(ConflictError):
    code = "too_many_archives"
    detail = f"{MOST_ARCHIVES} ZIPs of yours are being made already. Wait until one is there."


class ArchiveExpiredError(ConflictError):
    """What was made is not given out any more."""

    status = 410
    code = "archive_expired"
    detail = "This archive has expired. Ask for it again."


class ArchiveNotReadyError(ConflictError):
    code = "archive_not_ready"
    detail = "This archive is still being made. Try again later."
