"""Is there anything bad in these bytes? Asked of clamd, where CLAMAV_SOCKET says how to reach it.

It fails closed: only a scanner that has read everything and says so lets a document through. What
is infected, too large for the scanner, or was not looked at to the end, gets a reason that people
can read (`Verdict.reason`) and waits in the quarantine.
"""

from collections.abc import Iterable

from django.conf import settings

from documents.scanning.clamd import Clamd
from documents.scanning.verdicts import (
    CLEAN,
    INFECTED,
    NOT_SCANNED,
    TOO_LARGE,
    UNSCANNABLE,
    ScannerError,
    Verdict,
)

__all__ = [
    "CLEAN",
    "INFECTED",
    "NOT_SCANNED",
    "TOO_LARGE",
    "UNSCANNABLE",
    "ScannerError",
    "Verdict",
    "is_connected",
    "scan",
    "scanner",
]


def is_connected() -> bool:
    """Say whether there is a scanner at all; without one nothing is scanned."""
    return bool(settings.CLAMAV_SOCKET)


def scanner() -> Clamd:
    """Return the client. Only where `is_connected`."""
    return Clamd(
        settings.CLAMAV_SOCKET,
        connect_timeout=settings.CLAMAV_CONNECT_TIMEOUT,
        timeout=settings.CLAMAV_TIMEOUT,
    )


def scan(chunks: Iterable[bytes]) -> Verdict:
    """Have bytes scanned; `NOT_SCANNED` where there is no scanner. Raises what `chunks` raises."""
    return scanner().scan(chunks) if is_connected() else NOT_SCANNED
