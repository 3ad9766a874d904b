"""How long documents are kept: the rule for one document and the rule for a query are the same."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone

from documents.models import Document, Retention
from documents.retention import FOR_EVER, KEPT, kept_until, purgeable, purged_on
from tests.documents.helpers import row

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_every_class_has_its_rule():
    assert set(KEPT) == set(Retention.values)


@pytest.mark.parametrize(
    ("retention", "came", "until"),
    [
        ("clinical", date(2020, 1, 31), date(2027, 1, 31)),
        ("image", date(2020, 2, 29), date(2027, 2, 28)),
        ("at-report", date(2020, 1, 31), date(2027, 1, 31)),
        ("message", date(2020, 1, 31), date(2022, 1, 31)),
        ("filemaker", date(2020, 1, 31), FOR_EVER),
        ("temp", date(2020, 1, 31), date(2020, 2, 7)),
    ],
)
def test_the_last_day_by_class(retention, came, until):
    document = Document(
        retention=retention, uploaded_at=datetime(came.year, came.month, came.day, 23, tzinfo=UTC)
    )
    assert kept_until(document) == until
    document.retain_until = date(2040, 1, 1)
    assert kept_until(document) == max(until, date(2040, 1, 1))
    document.retain_until = date(2001, 1, 1)
    assert kept_until(document) == until


def test_the_query_finds_what_the_day_says(world):
    """Every class × age × day to keep until × hold × time in the trash, at the edges too."""
    ages = [timedelta(days=days) for days in (0, 6, 7, 8, 729, 730, 731, 2556, 2557, 2558, 4000)]
    kept = [None, NOW.date() - timedelta(days=1), NOW.date(), NOW.date() + timedelta(days=1)]
    trashed = [NOW - timedelta(days=1), NOW, NOW + timedelta(days=1)]
    rows = [
        row(
            world,
            state="trashed",
            trashed_at=NOW,
            retention=retention,
            uploaded_at=NOW - age,
            retain_until=until,
            legal_hold=hold,
            purge_after=after,
        )
        for retention, age, until, hold, after in product(
            Retention.values, ages, kept, (False, True), trashed
        )
    ]
    found = set(Document.objects.filter(purgeable(NOW)).values_list("pk", flat=True))
    for one in rows:
        day = purged_on(one)
        # Up to its last day it is kept; the hour in the trash counts as well.
        due = day is not None and kept_until(one) < NOW.date() and one.purge_after <= NOW
        assert (one.pk in found) == due, (one.retention, one.uploaded_at, one.retain_until)
    assert found
    assert len(found) < len(rows) / 2


@pytest.mark.parametrize("state", ["available", "quarantined", "purged", "pending", "rejected"])
def test_only_the_trash_is_purged(world, state):
    long_ago = timezone.now() - timedelta(days=9000)
    row(world, state=state, uploaded_at=long_ago, purge_after=long_ago, trashed_at=long_ago)
    assert not Document.objects.filter(purgeable()).exists()
