"""What beat sends: tasks that exist, at times that can be."""

from datetime import UTC, datetime

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.celery import app
from config.schedule import ALWAYS, beat_schedule

BACKUPS = "back-up-all-accounts"


def test_each_task_exists_and_goes_through_the_clinics_by_itself():
    app.loader.import_default_modules()
    for entry in beat_schedule(backup_at="16:30").values():
        assert app.tasks[entry["task"]].in_public is True, entry["task"]


def test_backups_are_made_at_half_past_four_unless_the_operator_says_otherwise():
    assert settings.CELERY_BEAT_SCHEDULE[BACKUPS] == beat_schedule(backup_at="16:30")[BACKUPS]


def test_no_time_means_no_backups():
    assert beat_schedule(backup_at="") == ALWAYS
    assert BACKUPS not in ALWAYS


@pytest.mark.parametrize(("text", "hour", "minute"), [("16:30", 16, 30), ("00:05", 0, 5)])
def test_backups_are_made_once_a_day_at_the_time(text, hour, minute):
    schedule = beat_schedule(backup_at=text)
    assert {name: schedule[name] for name in ALWAYS} == ALWAYS
    assert set(schedule) - set(ALWAYS) == {BACKUPS}
    entry = schedule[BACKUPS]
    assert entry["task"] == "backups.tasks.back_up_everywhere"
    at = entry["schedule"]
    assert isinstance(at, crontab)
    assert (at.hour, at.minute) == ({hour}, {minute})
    assert [len(days) for days in (at.day_of_week, at.day_of_month, at.month_of_year)] == [
        7,
        31,
        12,
    ]


def test_the_time_is_in_utc():
    assert app.conf.timezone == "UTC"
    at = beat_schedule(backup_at="16:30")[BACKUPS]["schedule"]
    at.app = app
    last = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    at.nowfun = lambda: datetime(2026, 3, 5, 16, 29, 59, tzinfo=UTC)
    assert at.is_due(last).is_due is False
    at.nowfun = lambda: datetime(2026, 3, 5, 16, 30, tzinfo=UTC)
    assert at.is_due(last).is_due is True


@pytest.mark.parametrize(
    "text", ["24:00", "16:60", "1630", "4:30", "16:30:00", "noon", " ", "16:30 ", "١٦:٣٠", "-1:00"]
)
def test_a_time_that_cannot_be_is_refused_by_name(text):
    with pytest.raises(ImproperlyConfigured, match="BACKUP_AT"):
        beat_schedule(backup_at=text)
