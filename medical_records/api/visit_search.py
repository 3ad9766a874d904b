"""Visits by what people say of them: words of the reason or the place, and of the day."""

import re
import zoneinfo
from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import (
    ExtractDay,
    ExtractHour,
    ExtractMinute,
    ExtractMonth,
    TruncDate,
)
from django.utils import dates
from django.utils.translation import get_supported_language_variant, override

from accounts.folding import fold, folded
from accounts.models import Account
from accounts.policies import current_account

MAX_WORDS = 10
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{1,2}", re.ASCII)
_YEAR = re.compile(r"[1-9]\d{3}", re.ASCII)
_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})", re.ASCII)


def search_visits(visits: QuerySet, text: str) -> QuerySet:
    """Return those of which each word is true: it stands in a text or says something of the start.

    A visit is shown by its day and reason, so it is looked for by either. Days and hours are those
    of the clinic's clock, and months have the names of its language.
    """
    words = [word for word in (word.strip(",.;·") for word in fold(text).split()) if word]
    if not words:
        return visits
    clinic = current_account()
    zone = zoneinfo.ZoneInfo(clinic.time_zone)
    visits = visits.alias(
        said=folded("reason", "location"),
        start_date=TruncDate("started_at", tzinfo=zone),
        start_month=ExtractMonth("started_at", tzinfo=zone),
        start_day=ExtractDay("started_at", tzinfo=zone),
        start_hour=ExtractHour("started_at", tzinfo=zone),
        start_minute=ExtractMinute("started_at", tzinfo=zone),
    )
    for word in words[:MAX_WORDS]:
        visits = visits.filter(Q(said__contains=word) | _of_the_start(word, clinic))
    return visits


def _of_the_start(word: str, clinic: Account) -> Q:
    """Return what a word says of a start; that it says nothing is true of none."""
    found = Q(start_month__in=[*_months(word, clinic)]) | Q(start_date__in=[*_dates(word)])
    if _DAY.fullmatch(word):
        found |= Q(start_day=int(word))
    if _YEAR.fullmatch(word):
        year = int(word)
        found |= Q(start_date__range=(date(year, 1, 1), date(year, 12, 31)))
    if time := _TIME.fullmatch(word):
        hour, minute = map(int, time.groups())
        either = hour in range(1, 13)  # by a clock of twelve hours
        hours = [hour, (hour + 12) % 24] if either else [hour]
        found |= Q(start_hour__in=hours, start_minute=minute)
    if word == "am":
        found |= Q(start_hour__lt=12)
    if word == "pm":
        found |= Q(start_hour__gte=12)
    return found


def _months(word: str, clinic: Account) -> Iterator[int]:
    """Yield the months whose name begins so."""
    try:
        language = get_supported_language_variant(clinic.locale)
    except LookupError:  # a language without names here
        language = None
    with override(language):
        for names in (dates.MONTHS, dates.MONTHS_ALT):
            yield from (month for month, name in names.items() if fold(str(name)).startswith(word))


def _dates(word: str) -> Iterator[date]:
    """Yield what a date in numbers may mean; 3/11 is another day in other countries."""
    if not (numbers := _DATE.fullmatch(word)):
        return
    one, two, three = map(int, numbers.groups())
    for year, month, day in ((one, two, three), (three, two, one), (three, one, two)):
        try:
            yield date(year, month, day)
        except ValueError:
            continue
