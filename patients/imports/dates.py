"""Days as people write them. A year has four digits: two leave a century open, which is a life."""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv",
            "february feb februar février fevrier févr",
            "march mar märz maerz mrz mars",
            "april apr avril avr",
            "may mai",
            "june jun juni juin",
            "july jul juli juillet juil",
            "august aug août aout",
            "september sep sept septembre",
            "october oct oktober okt octobre",
            "november nov novembre",
            "december dec dezember dez décembre decembre déc",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ]00?:00(?::00(?:\.0+)?)?)?", re.ASCII
)
_DAY_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|\.)?[ -]?([^\W\d_]+)\.?,?[ -](\d{4})")
_MONTH_NAMED = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
HOW = {
    "DMY": "Write dates as 2015-03-01 or 1/3/2015, day first.",
    "MDY": "Write dates as 2015-03-01 or 3/1/2015, month first.",
    "YMD": "Write dates as 2015-03-01 or 2015/3/1.",
}


def day_of(text: str, order: str) -> date | None:
    """Return the day that is meant, or None. `order` is DMY, MDY or YMD.

    ISO 8601 and dates with the year in front mean the same in any order, as do those with the
    month's name (English, German, French). With YMD, dates that end with the year are not read.
    """
    found = _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if found:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    found = _YEAR_LAST.fullmatch(text)
    if found:
        if order == "YMD":
            return None
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day, month = (second, first) if order == "MDY" else (first, second)
        return _date(year, month, day)
    return _named(text)


def _named(text: str) -> date | None:
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        return None
    if found := _DAY_NAMED.fullmatch(text):
        day, month, year = found.groups()
    elif found := _MONTH_NAMED.fullmatch(text):
        month, day, year = found.groups()
    else:
        return None
    number = MONTHS.get(month.casefold())
    return _date(int(year), number, int(day)) if number else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
