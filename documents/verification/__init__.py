"""Is this file what it says it is? One way in for uploads, imports and direct uploads alike.

Order: size, extension, type by content, declared type, structure. Memory stays flat: everything
works on the open file. Sources of the rules: OWASP ASVS 5.0, 5.2 and 5.3.
"""

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from documents.errors import DocumentRefusedError, DocumentTooLargeError
from documents.keys import extension_of
from documents.registry import DocumentPolicy
from documents.verification.kinds import KINDS, FileKind, sniff
from documents.verification.polyglots import is_hidden_in, refuse_polyglot
from documents.verification.refusals import mismatch, polyglot

GENERIC = {"", "application/octet-stream", "binary/octet-stream", "application/x-download"}

# Kinds of document that are written in characters, yet are no text.
PRINTABLE = (b"%PDF-", b"%!PS", b"{\\rtf")


@dataclass(frozen=True)
class Verified:
    """`file_type` is the MIME type that the bytes have; `metadata` what was learnt on the way."""

    file_type: str
    extension: str
    metadata: dict[str, Any] = field(default_factory=dict)


def verify_file(
    content: BinaryIO, *, filename: str, size: int, declared_type: str, policy: DocumentPolicy
) -> Verified:
    """Check a file against a policy. Raises `DocumentRefusedError` with the code of what failed."""
    kind, extension = _kind(filename=filename, size=size, policy=policy)
    _check_declared(declared_type, kind, extension)
    _check_content(content, kind, extension, size)
    content.seek(0)
    metadata = kind.check(content, size)
    if not kind.is_text:
        refuse_polyglot(content, size=size, zipped=kind.is_zip, pdf=extension == ".pdf")
    content.seek(0)
    return Verified(kind.mime, extension, metadata)


def expected(*, filename: str, size: int, policy: DocumentPolicy) -> Verified:
    """Return what a file will be whose bytes are not here yet; raises what `verify_file` does."""
    kind, extension = _kind(filename=filename, size=size, policy=policy)
    return Verified(kind.mime, extension)


def _kind(*, filename: str, size: int, policy: DocumentPolicy) -> tuple[FileKind, str]:
    if size == 0:
        raise DocumentRefusedError("The file is empty.", code="empty")
    if size > policy.size_limit:
        raise DocumentTooLargeError(limit=policy.size_limit)
    extension = extension_of(filename)
    kind = KINDS.get(extension)
    if extension not in policy.extensions or kind is None:
        allowed = ", ".join(policy.extensions)
        raise DocumentRefusedError(
            f"Files of this kind are not accepted here. Accepted: {allowed}.",
            code="extension_not_allowed",
        )
    return kind, extension


def _check_declared(declared_type: str, kind: FileKind, extension: str) -> None:
    declared = declared_type.split(";", maxsplit=1)[0].strip().lower()
    if declared not in GENERIC and declared not in kind.declared:
        raise DocumentRefusedError(
            f"The file was sent as {declared[:80]!r}, which does not agree with {extension}.",
            code="type_mismatch",
        )


def _check_content(content: BinaryIO, kind: FileKind, extension: str, size: int) -> None:
    found = sniff(content)
    content.seek(0)
    head = content.read(kind.starts_at + 16)
    if kind.is_text:  # text is told by decoding it, which the kind's own check does
        if head.startswith(PRINTABLE):
            raise mismatch(f"it is {found}")
        return
    if found in kind.sniffed:
        return
    if kind.starts and head[kind.starts_at :].startswith(kind.starts):
        return  # the right beginning, the rest unreadable: its structure's check says what is wrong
    if is_hidden_in(content, size=size, zipped=kind.is_zip, pdf=extension == ".pdf"):
        raise polyglot(f"{found[:80]} and {kind.mime}")
    raise DocumentRefusedError(
        f"The content is {found}, which does not agree with {extension}.", code="type_mismatch"
    )
