"""The files that go out with a message."""

from collections.abc import Sequence

from accounts.errors import ConflictError, ProblemError
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from documents.services.locking import lock_owners
from sms_integration.errors import FilesNotReadyError
from sms_integration.gateways.base import GatewayClient
from sms_integration.models import Message

MOST_BYTES = 5_000_000  # of all files of a message together: Twilio's 5 MB for MMS
COMING = (DocumentState.PENDING, DocumentState.VERIFYING)


def lock_files(message: Message) -> None:
    """Let whoever adds a file to the message wait until our transaction ends, and we for them."""
    lock_owners([(policy_for_model(Message).content_type_id, message.pk)])


def sendable_files(message: Message, client: type[GatewayClient]) -> list[Document]:
    """Return the files of a message in their order, each of them fit to be sent.

    What was rejected or deleted is no part of it any more. Raises `FilesNotReadyError`,
    `ConflictError` for one in quarantine, `ProblemError` for what the gateway does not carry. The
    caller holds `lock_files`.
    """
    rows = Document.objects.of(
        content_type_id=policy_for_model(Message).content_type_id, object_ids=[message.pk]
    )
    there = rows.filter(
        state__in=(*COMING, DocumentState.AVAILABLE, DocumentState.QUARANTINED)
    ).order_by("pk")
    files = list(there[: client.most_media + 1])
    if any(file.state in COMING for file in files):
        raise FilesNotReadyError
    if any(file.state == DocumentState.QUARANTINED for file in files):
        raise ConflictError(
            "A file of this message is in quarantine. It has to be released or removed first.",
            code="file_quarantined",
        )
    _require_carried(files, client)
    return files


def _require_carried(files: Sequence[Document], client: type[GatewayClient]) -> None:
    if not files:
        return
    if not client.carries_media:
        raise ProblemError(
            "The gateway carries no files. Remove them, or switch to a gateway that does.",
            code="no_media",
        )
    if len(files) > client.most_media:
        raise ProblemError(f"At most {client.most_media} files go with a message.", code="too_many")
    for file in files:
        if file.file_type not in client.media_types:
            known = ", ".join(sorted(client.media_types))
            raise ProblemError(
                f"The gateway does not carry {file.file_type}. It carries {known}.",
                code="media_type",
            )
    size = sum(file.file_size for file in files)
    if size > MOST_BYTES:
        raise ProblemError(
            f"The files have {size:,} bytes together; a message carries {MOST_BYTES:,}.",
            code="too_large",
        )
