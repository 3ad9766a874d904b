"""How fast FileMaker may be asked: one limit for all threads of a process."""

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Lets at most `rate` requests a second begin, evenly spaced; None is no limit.

    `clock` and `pause` are seconds of a monotonic clock and a sleep; tests bring their own.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 1.0 / rate if rate else 0.0
        self._clock, self._pause = clock, pause
        self._lock = threading.Lock()
        self._next = 0.0  # when the next request may begin

    def wait(self) -> None:
        """Return when this thread's turn has come."""
        if not self._gap:
            return
        with self._lock:
            now = self._clock()
            begins = max(now, self._next)
            self._next = begins + self._gap
        if begins > now:
            self._pause(begins - now)
