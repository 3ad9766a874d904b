"""The base of commands: options, output for people and machines, exit codes."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from patients.models import Company
from tests.jobs.command import Command


class Remover(Command):
    removes = True


def call(*arguments, command=Command):
    """Return the exit code, and what was said on both outputs."""
    out, err = StringIO(), StringIO()
    try:
        call_command(command(stdout=out, stderr=err), *arguments)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _alpha(in_alpha):
    pass


def test_what_it_says_to_people():
    code, out, _ = call("--tenant", "alpha", "--number", "4")
    job = Job.objects.get()
    assert (code, out) == (
        0,
        f"Succeeded: 4 done, 0 skipped, 0 failed of 4. Job {job.pk}.\n  made: 4\n",
    )


def test_what_it_says_to_machines():
    code, out, _ = call("--tenant", "alpha", "--number", "4", "--bad", "2", "--json")
    report = json.loads(out)
    assert code == 1
    assert report == {
        "job": str(Job.objects.get().pk),
        "kind": "make_companies",
        "tenant": "alpha",
        "dry_run": False,
        "state": "failed",
        "phase": "over",
        "counts": {"total": 4, "done": 3, "skipped": 0, "failed": 1},
        "codes": {"made": 3, "bad_company": 1},
        "stop": {"code": "items_failed", "detail": "1 items failed; each has its reason."},
        "failures": [
            {
                "source_id": "c2",
                "code": "bad_company",
                "detail": "It is bad.",
                "remedy": "Mend it.",
                "attempts": 1,
            }
        ],
        "failures_shown": 1,
        "gaps": [],
        "report": {"companies": 3, "gone": 0, "gaps_found": 0},
    }


def test_a_dry_run_says_that_it_was_one_and_writes_nothing():
    code, out, _ = call("--tenant", "alpha", "--number", "4", "--dry-run")
    assert code == 0
    assert "Succeeded (dry run: nothing was written): 4 done" in out
    assert not Company.objects.exists()


def test_a_rollback_shows_first_and_acts_with_apply():
    call("--tenant", "alpha", "--number", "3")
    job = str(Job.objects.get().pk)
    code, out, _ = call("--tenant", "alpha", "--rollback", job)
    assert (code, Company.objects.count()) == (0, 3)
    assert "dry run" in out
    code, out, _ = call("--tenant", "alpha", "--rollback", job, "--apply")
    assert (code, Company.objects.count()) == (0, 0)
    assert "Succeeded: 3 done" in out


def test_what_removes_acts_only_with_apply():
    assert call("--tenant", "alpha", "--number", "2", command=Remover)[0] == 0
    assert not Company.objects.exists()
    assert call("--tenant", "alpha", "--number", "2", "--apply", command=Remover)[0] == 0
    assert Company.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tenant", "nowhere", "--number", "1"), "There is no clinic with the schema 'nowhere'."),
        (("--tenant", "alpha"), "number: Send a number."),
        (("--tenant", "alpha", "--rollback", "x"), "job: A job's id is a UUID."),
    ],
)
def test_bad_arguments_are_2_and_make_no_job(arguments, words):
    assert call(*arguments) == (2, "", words)
    assert not Job.objects.exists()
    assert call("--tenant", "alpha", "--number", "1")[0] == 0


def test_in_the_background_it_only_sends(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(
        "jobs.tasks.advance_job.apply_async", lambda args, **options: sent.append(args)
    )
    with django_capture_on_commit_callbacks(execute=True):
        code, out, _ = call("--tenant", "alpha", "--number", "4", "--background")
    job = Job.objects.get()
    assert (code, out) == (0, f"Job {job.pk} is running.\n")
    assert (sent, job.background, job.done) == ([(str(job.pk), 0)], True, 0)
