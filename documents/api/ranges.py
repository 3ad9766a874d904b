"""HTTP ranges: RFC 9110, section 14. One range is answered; several are answered as a whole."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class UnsatisfiableRangeError(Exception):
    """The range begins behind the end of the file."""


@dataclass(frozen=True)
class Span:
    """Bytes from `start` to `end`, both inclusive."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


def parse_range(header: str | None, size: int) -> Span | None:
    """Return the span a client asks for, or None where the whole is to be sent."""
    match = _RANGE.match((header or "").strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        if not length:
            raise UnsatisfiableRangeError
        return Span(size - length, size - 1)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableRangeError
    return Span(int(first), min(int(last), size - 1) if last else size - 1)
