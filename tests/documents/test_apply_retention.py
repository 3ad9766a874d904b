"""Temporary files go when their days are over, messages when somebody has looked, nothing else."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from documents.job_kinds import retaining
from documents.models import Document
from documents.services import retiring
from documents.services.holds import hold_document
from documents.services.purging import to_purge
from documents.services.retiring import retire_document
from documents.tasks import apply_retention
from jobs.models import Job
from jobs.services.running import run_job
from tests.conftest import member
from tests.documents.helpers import objects, upload

YEAR = 366  # days, or more than a year has


def aged(world, retention, days, **fields):
    document = upload(world, owner=world.amal, slug="patients")
    came = timezone.now() - timedelta(days=days)
    Document.objects.filter(pk=document.pk).update(
        retention=retention, uploaded_at=came, updated_at=came, created_at=came, **fields
    )
    document.refresh_from_db()
    return document


def command(*arguments):
    out, code = io.StringIO(), 0
    try:
        call_command("apply_retention", "--tenant", "alpha", "--json", *arguments, stdout=out)
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


def states(*documents):
    found = Document.objects.in_bulk([one.pk for one in documents])
    return [found[one.pk].state for one in documents]


@pytest.fixture
def some(world):
    tomorrow = timezone.now().date() + timedelta(days=1)
    return {
        "temp": aged(world, "temp", 9),
        "young temp": aged(world, "temp", 6),
        "held temp": aged(world, "temp", 9, legal_hold=True),
        "kept temp": aged(world, "temp", 9, retain_until=tomorrow),
        "message": aged(world, "message", 2 * YEAR + 1),
        "young message": aged(world, "message", 700),
        "held message": aged(world, "message", 2 * YEAR + 1, legal_hold=True),
        "clinical": aged(world, "clinical", 8 * YEAR),
        "image": aged(world, "image", 8 * YEAR),
        "at-report": aged(world, "at-report", 8 * YEAR),
        "filemaker": aged(world, "filemaker", 90 * YEAR),
    }


def test_only_what_is_temporary_and_over_goes(some):
    there = objects()
    code, report = command()
    assert (code, report["dry_run"], report["codes"]) == (0, True, {"purged": 1, "to_review": 1})
    assert (objects(), set(states(*some.values()))) == (there, {"available"})
    code, report = command("--apply")
    assert (code, report["codes"]) == (0, {"purged": 1, "to_review": 1})
    others = [one for name, one in some.items() if name != "temp"]
    assert states(some["temp"], *others) == ["purged"] + ["available"] * 10
    assert objects() == there - {some["temp"].s3_key}
    told = report["report"]
    assert told["to_review"] == [str(some["message"].pk)]
    assert told["classes"]["temp"] == {"documents": 3, "past": 2, "held": 1, "kept_until": 1}
    assert told["classes"]["message"] == {"documents": 3, "past": 2, "held": 1, "kept_until": 0}
    assert told["classes"]["clinical"] == {"documents": 1, "past": 1, "held": 0, "kept_until": 0}
    assert told["classes"]["filemaker"]["past"] == 0
    assert command("--apply")[1]["codes"] == {"to_review": 1}


def test_a_message_goes_when_somebody_has_looked_at_it(some):
    reviewed = ("--reviewed", str(some["message"].pk))
    assert command(*reviewed)[1]["codes"] == {"purged": 1}
    assert states(some["message"]) == ["available"]
    assert command(*reviewed, "--apply")[1]["codes"] == {"purged": 1}
    assert states(some["message"], some["temp"]) == ["purged", "available"]
    for name in ("held message", "young message", "clinical", "temp"):
        with pytest.raises(CommandError, match=r"^reviewed: "):
            command("--reviewed", str(some[name].pk), "--apply")
    for wrong in ("seven", "0190a3c4-0000-7000-8000-000000000000"):
        with pytest.raises(CommandError, match=r"^reviewed: "):
            command("--reviewed", wrong, "--apply")
    assert states(some["held message"], some["clinical"]) == ["available"] * 2


class Killed(BaseException):
    """Not an Exception: nothing may catch it, as nothing catches a SIGKILL."""


def die(*_, **__):
    raise Killed


@pytest.mark.parametrize("target", ["purge_document", "kept_by_people"])
def test_a_death_is_gone_on_with(target, some, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(retiring, target, die)
        with pytest.raises(Killed):
            retire_document(some["temp"])
    left = states(some["temp"])
    assert left == (["trashed"] if target == "purge_document" else ["available"])
    if left == ["trashed"]:
        assert to_purge().filter(pk=some["temp"].pk).exists()  # the trash goes on with it
        assert retire_document(some["temp"])
    assert command("--apply")[0] == 0
    assert states(some["temp"]) == ["purged"]


def test_a_hold_that_comes_in_between_wins(some, monkeypatch):
    process = retaining.ApplyRetention.process

    def hold_first(self, item):
        if item.source_id == str(some["temp"].pk):
            hold_document(membership=member("ada"), document=some["temp"], reason="A claim")
        return process(self, item)

    monkeypatch.setattr(retaining.ApplyRetention, "process", hold_first)
    code, report = command("--apply")
    assert (code, report["codes"]) == (0, {"kept": 1, "to_review": 1})
    assert states(some["temp"]) == ["available"]


def test_beat_applies_it_each_week(some):
    job = Job.objects.get(pk=apply_retention())
    assert (job.background, job.dry_run) == (True, False)
    assert run_job(job).state == "succeeded"
    assert states(some["temp"], some["message"]) == ["purged", "available"]


def test_an_administrator_purges_after_review_in_the_list(some, ada, priya):
    def act(client, *documents):
        chosen = [str(one.pk) for one in documents]
        body = {"action": "purge_reviewed_selected", "_selected_action": chosen}
        return client.post("/admin/documents/document/", body)

    act(priya, some["message"])
    act(ada, some["message"], some["clinical"])
    assert not Job.objects.filter(kind="apply_retention").exists()
    answer = act(ada, some["message"])
    job = Job.objects.get(kind="apply_retention")
    assert answer["Location"] == f"/admin/jobs/job/{job.pk}/change/"
    assert run_job(job).state == "succeeded"
    assert states(some["message"], some["clinical"]) == ["purged", "available"]
