"""Fetching the files of messages that came in.

    waiting ──► stored      a document of the message; it may be in the quarantine
       │  ▲
       │  └── fetch_again   people
       ├────► refused       trying again would end the same: its kind, its size, not there
       └────► failed        tried `MOST_ATTEMPTS` times

A worker takes a file for `LEASE` and notes what became of it; when it dies, the next sweep after
that finds the file due. What it had attached by then is found and not attached twice.
"""

import logging
import random
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.models import Membership
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from sms_integration.gateways.downloading import DownloadError, Network, Permission, download
from sms_integration.gateways.receivers import receiver_for
from sms_integration.models import InboundMedia, MediaState, Message
from sms_integration.services.filing import (
    StillBusyError,
    TypeNotTakenError,
    file_media,
    filed_document,
)
from sms_integration.services.receiving import send_for_media

LEASE = timedelta(minutes=10)  # longer than a download may take
MOST_ATTEMPTS = 10
FIRST_WAIT, LONGEST_WAIT = 60.0, 6 * 3600.0  # seconds; the bounds of the random waits double
SWEPT_EACH = 60  # seconds; what no worker has come to by then, the next sweep sends again
AT_ONCE = 200  # files that one sweep sends for
SPOOL = 256 * 1024  # bytes kept in memory before a file goes to disk
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trouble:
    """Why a file is not stored. `permanent`: trying again would end the same."""

    code: str
    detail: str
    permanent: bool
    retry_after: float | None = None


def fetch_media(*, media_id: UUID, network: Network | None = None) -> MediaState | None:
    """Fetch one file that is due and note what became of it; None where it is not due.

    Must not run inside a transaction. Safe to run twice, and twice at once.
    """
    media = _taken(media_id)
    if media is None:
        return None
    try:
        document = filed_document(media) or _fetched(media, network)
    except DownloadError as error:
        trouble = Trouble(error.code, error.detail, error.permanent, error.retry_after)
    except TypeNotTakenError:
        trouble = Trouble("type_not_taken", "Files of this kind are not kept here.", permanent=True)
    except Message.DoesNotExist:  # its patient was erased meanwhile, and the row with it
        return None
    except StillBusyError:
        trouble = Trouble("busy", "Another worker has it in hand.", permanent=False)
    except (StoreUnavailableError, DocumentStateError) as error:
        trouble = Trouble(error.code, error.detail, permanent=False)
    except ProblemError as error:  # the file is not accepted
        trouble = Trouble(error.code, error.detail, permanent=True)
    else:
        return _note_stored(media, document)
    return _note_trouble(media, trouble)


def due_media() -> int:
    """Send for workers for what is due: lost messages, retries, workers that died. Return how many.

    Safe to run at any time: a file that is in somebody's hand is not due.
    """
    due = InboundMedia.objects.filter(state=MediaState.WAITING, due_at__lte=timezone.now())
    found = list(due.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    for pk in found:
        send_for_media(str(pk), expires=SWEPT_EACH)
    return len(found)


def fetch_again(*, membership: Membership, media: InboundMedia) -> InboundMedia:
    """Let a file that was refused or given up be tried anew.

    Raises `NotPermittedError`, `ConflictError` where there is nothing to be tried.
    """
    if not membership.may("messages.change"):
        raise NotPermittedError
    with transaction.atomic():
        row = InboundMedia.objects.select_for_update().get(pk=media.pk)
        if row.state not in {MediaState.REFUSED, MediaState.FAILED}:
            raise ConflictError("This file is stored or on its way.", code="not_failed")
        if not row.url:
            raise ConflictError(
                "The gateway never said where this file is. Ask the sender to send it again.",
                code="no_address",
            )
        row.state, row.attempts, row.due_at = MediaState.WAITING, 0, timezone.now()
        row.error_code = row.error = ""
        row.save()
        transaction.on_commit(lambda: send_for_media(str(row.pk)))
    return row


def _taken(media_id: UUID) -> InboundMedia | None:
    """Take a file in hand for `LEASE`, if it is due and nobody else takes it."""
    now = timezone.now()
    with transaction.atomic():
        media = (
            InboundMedia.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("message__gateway")
            .filter(pk=media_id, state=MediaState.WAITING, due_at__lte=now)
            .first()
        )
        if media is None:
            return None
        if media.attempts >= MOST_ATTEMPTS:  # and not one of them came to an end
            media.state, media.due_at = MediaState.FAILED, None
            media.error_code, media.error = "worker_died", "Each try to fetch it broke off."
            media.save()
            return None
        media.attempts += 1
        media.due_at = now + LEASE
        media.save(update_fields=["attempts", "due_at", "updated_at"])
    return media


def _fetched(media: InboundMedia, network: Network | None) -> Document:
    gateway = media.message.gateway
    if gateway is None:
        raise DownloadError("no_gateway", "The gateway of this message is gone.", permanent=True)
    receiver = receiver_for(gateway)
    most = policy_for_model(Message).size_limit
    with tempfile.SpooledTemporaryFile(SPOOL, dir=settings.FILE_UPLOAD_TEMP_DIR) as spooled:
        content = cast("BinaryIO", spooled)
        made = receiver.local_media(media.url)
        if made is not None:
            content.write(made)
            size, content_type = len(made), ""
        else:
            permission = Permission(
                hosts=receiver.media_hosts,
                api_hosts=receiver.api_hosts,
                headers=receiver.media_headers(),
                most_bytes=most,
            )
            got = download(media.url, content, permission=permission, network=network)
            size, content_type = got.size, got.content_type
        return file_media(media, content, size=size, content_type=content_type)


def _note_stored(media: InboundMedia, document: Document) -> MediaState:
    held = document.state == DocumentState.QUARANTINED
    InboundMedia.objects.filter(pk=media.pk).exclude(state=MediaState.STORED).update(
        state=MediaState.STORED,
        document=document,
        due_at=None,
        error_code="quarantined" if held else "",
        error="The scanner held it back; see the quarantine." if held else "",
        updated_at=timezone.now(),
    )
    return MediaState.STORED


def _note_trouble(media: InboundMedia, trouble: Trouble) -> MediaState | None:
    now = timezone.now()
    state, due_at = MediaState.WAITING, None
    if trouble.permanent:
        state = MediaState.REFUSED
    elif media.attempts >= MOST_ATTEMPTS:
        state = MediaState.FAILED
    else:
        due_at = now + timedelta(seconds=_wait(media.attempts, trouble.retry_after))
    # Only what we still have in hand: after the lease another worker may have gone on.
    ours = InboundMedia.objects.filter(
        pk=media.pk, state=MediaState.WAITING, attempts=media.attempts
    )
    noted = ours.update(
        state=state,
        due_at=due_at,
        error_code=trouble.code[:40],
        error=trouble.detail[:300],
        updated_at=now,
    )
    log.info("Media %s: attempt %d: %s", media.pk, media.attempts, trouble.code)
    return state if noted else None


def _wait(attempts: int, retry_after: float | None) -> float:
    """Return seconds: a random share of a bound that doubles; not less than was asked for."""
    bound = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    least = min(retry_after or 0.0, LONGEST_WAIT)
    return max(random.uniform(0, bound), least)  # noqa: S311
