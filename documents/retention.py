"""How long documents are kept: the one table, for the trash, for lifecycle rules and for people.

A class says how long a document is kept at least, counted from the day it came in (or was made in
the system it came from). Until then nothing removes its bytes, whoever put it into the trash.
"""

from datetime import UTC, date, datetime

from django.db.models import Q
from django.utils import timezone

from documents.models import Document, DocumentState, Retention

DAY, YEAR = "days", "years"
KEPT: dict[str, tuple[int, str] | None] = {  # None: for ever
    Retention.CLINICAL: (7, YEAR),
    Retention.IMAGE: (7, YEAR),
    Retention.AT_REPORT: (7, YEAR),
    Retention.MESSAGE: (2, YEAR),
    Retention.FILEMAKER: None,
    Retention.TEMP: (7, DAY),
}
FOR_EVER = date.max


def kept_until(document: Document) -> date:
    """Return the last day on which a document must still be there; `FOR_EVER` for some."""
    rule = KEPT[document.retention]
    since = document.uploaded_at or document.created_at
    by_class = FOR_EVER if rule is None else _later(since.date(), *rule)
    return max(by_class, document.retain_until or date.min)


def recorded_until(since: date) -> date:
    """Return the last day on which what was recorded in a chart must still be there."""
    return _later(since, *(KEPT[Retention.CLINICAL] or (0, DAY)))


def purged_on(document: Document) -> date | None:
    """Return the day on which a document in the trash is purged; None where something forbids it.

    A hold has no end that is known; some classes are kept for ever.
    """
    if document.purge_after is None or document.legal_hold:
        return None
    kept = kept_until(document)
    return None if kept == FOR_EVER else max(kept, document.purge_after.date())


def purgeable(now: datetime | None = None) -> Q:
    """Return the condition of documents whose bytes may go now: the same rules, for a query."""
    now = now or timezone.now()
    today = now.date()
    kept = Q()
    for retention, rule in KEPT.items():
        if rule is not None:
            number, unit = rule
            start = _later(today, -number, unit)
            end_of_day = datetime(start.year, start.month, start.day, tzinfo=UTC)
            kept |= Q(retention=retention, uploaded_at__lt=end_of_day)
    return (
        kept
        & Q(state=DocumentState.TRASHED, legal_hold=False, purge_after__lte=now)
        & (Q(retain_until=None) | Q(retain_until__lt=today))
    )


def past(retention: str, now: datetime | None = None) -> Q:
    """Return the condition of a class's documents whose time is over; none of those kept for ever.

    Holds and days to keep until are asked beside it (`kept_by_people`).
    """
    rule = KEPT[retention]
    if rule is None:
        return Q(pk__in=[])
    start = _later((now or timezone.now()).date(), -rule[0], rule[1])
    end_of_day = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return Q(retention=retention, uploaded_at__lt=end_of_day)


def kept_by_people(now: datetime | None = None) -> Q:
    """Return the condition of documents that a hold or a day to keep until keeps."""
    today = (now or timezone.now()).date()
    return Q(legal_hold=True) | Q(retain_until__isnull=False, retain_until__gte=today)


def _later(day: date, number: int, unit: str) -> date:
    if unit == DAY:
        return date.fromordinal(day.toordinal() + number)
    try:
        return day.replace(year=day.year + number)
    except ValueError:  # 29 February
        return day.replace(year=day.year + number, day=28)
