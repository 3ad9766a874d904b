"""The clinic's own day: what is today in Sydney is yesterday in Perth."""

import zoneinfo
from datetime import date, datetime, time

from django.utils import timezone

from accounts.policies import current_account


def local_day(moment: datetime) -> date:
    """Return the day that a moment falls on at this clinic."""
    return moment.astimezone(zoneinfo.ZoneInfo(current_account().time_zone)).date()


def today() -> date:
    """Return the clinic's own date."""
    return local_day(timezone.now())


def day_begins(day: date) -> datetime:
    """Return the moment at which a day begins at this clinic."""
    zone = zoneinfo.ZoneInfo(current_account().time_zone)
    return datetime.combine(day, time.min, tzinfo=zone)
