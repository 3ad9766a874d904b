"""Stopping a run where nothing goes through any more, before all attempts are used up."""

import threading

from jobs.errors import ItemError, StopRunError, TransientError

MOST_IN_A_ROW = 20  # transient failures of FileMaker, after which it is given a rest


class Patience:
    """Counts failures in a row, of all threads together."""

    def __init__(self) -> None:
        self._lock, self._in_a_row = threading.Lock(), 0

    def note(self, error: ItemError | None) -> None:
        """Count how asking FileMaker for a record or a file ended. Raises `StopRunError`."""
        with self._lock:
            self._in_a_row = self._in_a_row + 1 if isinstance(error, TransientError) else 0
            if self._in_a_row < MOST_IN_A_ROW:
                return
            self._in_a_row = 0
        raise StopRunError(
            "filemaker_away",
            f"{MOST_IN_A_ROW} requests in a row failed. Start again when FileMaker is well.",
        )
