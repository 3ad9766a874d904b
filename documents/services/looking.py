"""Looking at many documents, several at a time, and believing only what a second look finds too."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection

from accounts.tenancy import current_tenant
from documents.services.store_answers import require_store
from documents.services.verifying import (
    LEFT,
    UNREADABLE,
    WITH_BYTES,
    WITHOUT_BYTES,
    Expected,
    expected,
    finding,
    look_at,
)
from documents.storage import StoreError, object_store
from jobs.errors import ItemError

READS, GROUP = 4, 8  # objects of S3 at a time; as many for each between two looks at the clock
TURN = 5.0  # seconds after which what has been looked at is noted
LOOKS = 4  # at what cannot be read or is being changed, before that is what is said of it
PAUSE = 0.05  # seconds after the first of these looks, and more after each
GONE, ON_ITS_WAY = "gone_meanwhile", "on_its_way"
Seen = str | ItemError  # what became of a document: a code, or what is wrong with it


class Looker:
    """Looks at documents for one job. `reads` objects at a time; 0: as many as the store likes."""

    def __init__(self, *, read_bytes: bool, reads: int = 0) -> None:
        # A folder answers at once: threads would only wait for each other.
        self._reads = reads or (READS if object_store().bucket_name else 1)
        self._read_bytes = read_bytes
        self._over = threading.Event()
        self._readers: ThreadPoolExecutor | None = None
        if self._reads > 1:
            enter = partial(_enter, current_tenant())
            self._readers = ThreadPoolExecutor(self._reads, "verify", initializer=enter)

    def close(self) -> None:
        self._over.set()
        if self._readers is not None:
            self._readers.shutdown(cancel_futures=True)

    def look_at_all(self, ones: Sequence[Expected]) -> list[tuple[Expected, Seen]]:
        """Look at some documents, in their order, for `TURN` seconds; say what became of each.

        Those that are left are for the next call. Raises `StopRunError` where the store is away.
        """
        seen: list[tuple[Expected, Seen]] = []
        end = time.monotonic() + TURN
        for start in range(0, len(ones), self._reads * GROUP):
            few = ones[start : start + self._reads * GROUP]
            found = self._looks(few)
            again = [one for one, code in zip(few, found, strict=True) if code]
            settled = self._look_again(again) if again else {}
            for one, code in zip(few, found, strict=True):
                seen.append((one, settled[one.pk] if code else self._fine(code)))
            if time.monotonic() > end:
                break
        return seen

    def _looks(self, ones: Sequence[Expected]) -> list[str | StoreError | None]:
        look: Any = self._readers.map if self._readers is not None else map
        return list(look(self._look, ones))

    def _look(self, one: Expected) -> str | StoreError | None:
        """Return a code, "" where all is right, None where there is nothing to judge."""
        if one.state not in (*WITH_BYTES, *WITHOUT_BYTES):
            return None
        try:
            return look_at(one, read_bytes=self._read_bytes)
        except StoreError as error:
            return error

    def _look_again(self, suspects: Sequence[Expected]) -> dict[Any, Seen]:
        """Say what a further look finds of documents whose rows are still as they were then.

        What is unreadable or being changed is looked at some more times, with waits between.
        """
        said: dict[Any, Seen] = {}
        for attempt in range(1, LOOKS + 1):
            found = self._looks(suspects)
            rows = expected(one.pk for one in suspects)
            left: list[Expected] = []
            for one, code in zip(suspects, found, strict=True):
                said[one.pk], now = self._judged(one, code, rows.get(str(one.pk)))
                if now is not None:
                    left.append(now)
            if not left:
                break
            if any(isinstance(code, StoreError) for code in found):
                require_store()
            suspects = left
            if attempt < LOOKS:
                self._over.wait(PAUSE * attempt)
        return said

    def _judged(
        self, one: Expected, code: str | StoreError | None, now: Expected | None
    ) -> tuple[Seen, Expected | None]:
        """Return what is to be said, and the row as it is now where another look is worth it."""
        if isinstance(code, StoreError):
            return (finding(UNREADABLE, str(code)), now) if now else (GONE, None)
        if not code or code == LEFT:
            return (finding(LEFT) if code else self._fine(code)), None
        if now is None or now.state not in WITH_BYTES:
            return GONE, None
        if not one.says_the_same(now):
            return ItemError("changed_meanwhile", "The document is being changed."), now
        return finding(code), None

    def _fine(self, code: str | StoreError | None) -> str:
        if code is None:
            return ON_ITS_WAY
        return "verified" if self._read_bytes else "compared"


def _enter(account: Any) -> None:
    """Let a reading thread know its clinic; it asks the database nothing."""
    connection.set_tenant(account)  # type: ignore[attr-defined]
