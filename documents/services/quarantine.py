"""What staff do with a quarantined document: have it scanned again, release it, delete it.

quarantined → available: after a scan that finds nothing, or by force, with who, when, why and
against which finding. quarantined → purging → purged: `purging.py`. available → quarantined: when
a later scan finds something in what was let in.

Nobody waits for the scanner with a lock in hand: the bytes of a key never change, so what was found
is written where the row is still in the state in which it was looked at.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.encodings import EncodingError, original
from documents.errors import DocumentStateError, StoreUnavailableError
from documents.models import Document, DocumentQuerySet, DocumentState
from documents.reasons import checked_reason
from documents.retention import FOR_EVER, kept_until
from documents.scanning import UNSCANNABLE, Verdict, is_connected, scan
from documents.services.purging import QUARANTINE, purge_document
from documents.storage import StoreError, object_store

ABILITY = "documents.quarantine"
FOUND_CLEAN = "A later scan found nothing."


class DamagedBytesError(DocumentStateError):
    """What the store gives out is not what was stored: nobody may be told that it is clean."""

    code = "hash_differs"
    detail = "The bytes in the store are not those of the document. Bring them back from a backup."


class NoScannerError(DocumentStateError):
    code = "no_scanner"
    detail = (
        "No scanner is connected (CLAMAV_SOCKET). Connect one, or release the document by force."
    )


def not_scanned() -> DocumentQuerySet:
    """Return what waits because the scanner was away, and not because of what it holds."""
    return Document.objects.filter(state=DocumentState.QUARANTINED, state_reason=UNSCANNABLE)


def rescan_document(*, membership: Membership, document: Document) -> Document:
    """Scan a quarantined document again; one in which nothing is found becomes available.

    Otherwise it stays, with what was found now. Raises `NotPermittedError`, `NoScannerError`,
    `DamagedBytesError`, `StoreUnavailableError`, `DocumentStateError` when somebody was faster.
    """
    _require(membership)
    verdict = verdict_of(document)
    return settle(document, verdict)


def release_quarantined(
    *, membership: Membership, document: Document, reason: str, force: bool = False
) -> Document:
    """Let a quarantined document be seen: after another scan, or by force without one.

    Raises `ProblemError` (field `reason`) without a reason, `DocumentStateError` (`not_clean`)
    when the scanner still finds something, and what `rescan_document` does.
    """
    _require(membership)
    reason = checked_reason(reason)
    if not force:
        verdict = verdict_of(document)
        if not verdict.is_clean:
            settle(document, verdict)
            raise DocumentStateError(
                f"The scanner still says {verdict.reason!r}; the document stays in quarantine."
                " Release it by force if you know better.",
                code="not_clean",
                extra={"state_reason": verdict.reason},
            )
    with transaction.atomic():
        row = _locked(document)
        if force:
            row.accepted_finding = row.state_reason
        else:
            row.scanned_at, row.accepted_finding = timezone.now(), ""
        row.state, row.state_reason = DocumentState.AVAILABLE, ""
        row.released_by_id, row.released_at = membership.user_id, timezone.now()
        row.release_reason = reason
        row.save()
    return row


def delete_quarantined(*, membership: Membership, document: Document) -> Document:
    """Remove a quarantined document's bytes for good; its row stays as the receipt.

    Raises `DocumentStateError` with the code `legal_hold`, or `kept` for one that must be kept
    until some day: by `keep_document`, or by its retention class once it has been available.
    Raises `StoreUnavailableError`; then it is `purging`, and the next purge goes on with it.
    Must not run inside a transaction.
    """
    _require(membership)
    with transaction.atomic():
        _require_deletable(_locked(document))
    today = timezone.now().date()
    deletable = Q(state=DocumentState.QUARANTINED, legal_hold=False) & (
        Q(retain_until=None) | Q(retain_until__lt=today)
    )
    if not purge_document(document, allowed=deletable, whence=QUARANTINE):
        raise changed_meanwhile()
    return Document.objects.get(pk=document.pk)


def verdict_of(document: Document) -> Verdict:
    """Scan the bytes that the store gives out, and make sure that they are the document's.

    Raises `NoScannerError`, `DamagedBytesError`, `StoreUnavailableError`.
    """
    if not is_connected():
        raise NoScannerError
    digest = hashlib.sha256()
    unread = True

    def read(chunks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal unread
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        unread = False

    try:
        with object_store().read(document.s3_key) as stored:
            verdict = scan(read(original(stored, document.encoding)))
    except StoreError as error:
        raise StoreUnavailableError("The bytes cannot be read now. Try again later.") from error
    except EncodingError as error:
        raise DamagedBytesError from error
    if verdict.is_clean and (unread or digest.hexdigest() != document.sha256):
        raise DamagedBytesError
    return verdict


def settle(document: Document, verdict: Verdict) -> Document:
    """Write down what another scan of a quarantined document has found.

    Of two scans at once the one that found something wins. Raises `DocumentStateError` when
    somebody has released or deleted it meanwhile.
    """
    if verdict.is_infected and quarantine_document(document, verdict):
        return Document.objects.get(pk=document.pk)
    with transaction.atomic():
        row = _locked(document)
        row.scanned_at = timezone.now()
        if verdict.is_clean:
            row.state, row.state_reason = DocumentState.AVAILABLE, ""
            row.released_by, row.released_at = None, timezone.now()
            row.release_reason, row.accepted_finding = FOUND_CLEAN, ""
        else:
            row.state_reason = verdict.reason
        row.save()
    return row


def quarantine_document(document: Document, verdict: Verdict) -> bool:
    """Take an available document that is infected out of everybody's sight.

    Returns False where it is not available any more, or somebody has accepted this very finding.
    """
    with transaction.atomic():
        row = (
            Document.objects.select_for_update()
            .filter(pk=document.pk, state=DocumentState.AVAILABLE)
            .exclude(accepted_finding=verdict.reason)
            .first()
        )
        if row is None:
            return False
        row.state, row.state_reason = DocumentState.QUARANTINED, verdict.reason
        row.scanned_at = timezone.now()
        row.save()
    return True


def changed_meanwhile() -> DocumentStateError:
    return DocumentStateError("Somebody has changed this document meanwhile; load it again.")


def _require(membership: Membership) -> None:
    if not membership.may(ABILITY):
        raise NotPermittedError


def _locked(document: Document) -> Document:
    found = (
        Document.objects.select_for_update()
        .filter(pk=document.pk, state=DocumentState.QUARANTINED)
        .first()
    )
    if found is None:
        raise changed_meanwhile()
    return found


def _require_deletable(row: Document) -> None:
    if row.legal_hold:
        raise DocumentStateError("The document is under a legal hold.", code="legal_hold")
    kept = row.retain_until or date.min
    if _was_available(row):
        kept = max(kept, kept_until(row))
    if kept >= timezone.now().date():
        until = "for ever" if kept == FOR_EVER else f"until {kept}"
        raise DocumentStateError(f"The document must be kept {until}.", code="kept")


def _was_available(row: Document) -> bool:
    """Say whether people have had it: then it is a part of the record, whatever is found in it."""
    events: Any = row.events  # type: ignore[attr-defined]  # of pghistory
    return bool(events.filter(state=DocumentState.AVAILABLE).exists())
