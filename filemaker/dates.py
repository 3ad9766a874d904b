"""Dates as FileMaker writes them, with what is unreadable left unread rather than guessed."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")  # the Data API's own form: MM/DD/YYYY
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")  # dateformats=2, and text fields
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp][Mm]))?\Z")


def read_date(text: str) -> date | None:
    """Return the day of a date or timestamp, or None.

    `13/02/2019` is None and not the 13th of February: whoever writes days first there writes
    `03/02/2019` too, which would be read as another day.
    """
    return _split(text)[0]


def read_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a timestamp, in UTC; FileMaker's have no zone, so it is a setting.

    A date without a time of day is None: it is no moment. Of the hour that happens twice when
    summer time ends, the first is taken.
    """
    day, clock = _split(text)
    if day is None or clock is None:
        return None
    try:
        return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _split(text: str) -> tuple[date | None, time | None]:
    head, _, tail = text.strip().replace("T", " ", 1).partition(" ")
    day = _day(head)
    clock = _clock(tail.strip()) if tail.strip() else None
    if tail.strip() and clock is None:
        return None, None
    return day, clock


def _day(text: str) -> date | None:
    if match := _US.match(text):
        month, day, year = map(int, match.groups())
    elif match := _ISO.match(text):
        year, month, day = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    match = _TIME.match(text)
    if not match:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004  a clock's face
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
