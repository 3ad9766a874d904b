"""One connection to an old database for each thread of a job."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.errors import TransientError
from legacy.address import parse_address
from legacy.errors import SourceError
from legacy.source import OldSystem


class Connections:
    """Opens a connection when a thread first asks, and closes all of them together."""

    def __init__(self, url: str) -> None:
        with away():
            self._address = parse_address(url)
        self._own = threading.local()
        self._opened: list[OldSystem] = []
        self._lock = threading.Lock()

    def mine(self) -> OldSystem:
        """Return this thread's connection; one that has been lost is opened anew."""
        found: OldSystem | None = getattr(self._own, "system", None)
        if found is None or found.lost:
            found = self._own.system = OldSystem(self._address)
            with self._lock:
                self._opened.append(found)
        return found

    def close(self) -> None:
        with self._lock:
            for system in self._opened:
                system.close()
            self._opened.clear()


@contextmanager
def away() -> Iterator[None]:
    """Say of an old database that has gone away that it may come back."""
    try:
        yield
    except SourceError as error:
        raise TransientError("source_away", error.detail) from error
