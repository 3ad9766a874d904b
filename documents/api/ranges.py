"""HTTP ranges: RFC 9110, section 14. One range is answered; several are answered as a whole."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z", re.ASCII)
_DIGITS = 18  # no file has more bytes than that, and int() refuses thousands of them
_BEYOND = 10**_DIGITS


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
    first, last = (_number(text) for text in match.groups())
    if first is None:
        length = min(last or 0, size)
        if not length:
            raise UnsatisfiableRangeError
        return Span(size - length, size - 1)
    if last is not None and last < first:
        return None
    if first >= size:
        raise UnsatisfiableRangeError
    return Span(first, size - 1 if last is None else min(last, size - 1))


def _number(text: str) -> int | None:
    if not text:
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS else _BEYOND
