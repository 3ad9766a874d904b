"""What operators and beat start: the commands, the scheduled backups, and letting old ones go."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from accounts.errors import ProblemError
from accounts.models import Account
from accounts.tenancy import current_schema
from backups.services.rotation import rotate
from backups.services.verifying import verify_archive
from backups.tasks import back_up_everywhere, backup_account
from documents.models import Document
from documents.storage import object_store
from jobs.errors import JobParametersError
from jobs.kinds import kind_of
from jobs.models import Job, JobEvent, JobItem
from jobs.services.control import start_job
from jobs.tasks import advance_job
from tests.backups.helpers import archive_of, backup, command, is_restored


def test_there_and_back_by_command(clinic, folder):
    made, code = command("backup_account", tenant="saved")
    assert (code, made["state"], made["tenant"]) == (0, "succeeded", "saved")
    assert made["counts"] == {"total": 6, "done": 6, "skipped": 0, "failed": 0}
    archive, noted = made["report"]["archive"], made["report"]["sha256"]
    assert Path(archive).parent == folder
    options = {"schema": "restored", "domain": "restored.localhost", "sha256": noted}
    shown, code = command("restore_account", archive, **options)
    assert (code, shown["state"], shown["dry_run"], shown["people"]) == (0, "succeeded", True, None)
    assert not is_restored()
    done, code = command("restore_account", archive, apply=True, name="Twin", **options)
    assert (code, done["dry_run"], done["counts"]["done"]) == (0, False, 6)
    assert done["people"] == {"users": 0, "known_users": 3, "memberships": 3}
    assert done["sha256"] == noted
    assert Account.objects.get(schema_name="restored").name == "Twin"


def test_people_are_told_in_words(clinic):
    path = str(archive_of(backup()))
    out = StringIO()
    with schema_context("public"):
        call_command(
            *("restore_account", path),
            schema="restored",
            domain="restored.localhost",
            stdout=out,
            stderr=StringIO(),
        )
    sha = verify_archive(Path(path)).sha256
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Whole: ")
    assert lines[1:] == [
        f"SHA-256 of its manifest: {sha}",
        "Nothing was written. Add --apply to make the clinic.",
    ]


def test_a_gap_exits_with_1(clinic):
    document = Document.objects.get(original_filename="result 1.pdf")
    object_store().remove(document.s3_key)
    made, code = command("backup_account", tenant="saved")
    assert (code, made["state"], made["counts"]["failed"]) == (1, "failed", 1)
    assert [(one["source_id"], one["code"]) for one in made["failures"]] == [
        (str(document.pk), "missing")
    ]
    options = {"schema": "restored", "domain": "restored.localhost"}
    archive = made["report"]["archive"]
    refused, code = command("restore_account", archive, apply=True, **options)
    assert (code, refused["state"]) == (1, "failed")
    assert refused["failures"][0]["code"] == "incomplete"
    done, code = command("restore_account", archive, apply=True, incomplete=True, **options)
    assert (code, done["counts"]) == (0, {"total": 6, "done": 5, "skipped": 0, "failed": 1})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"schema": "alpha"}, "schema: There is an account alpha already."),
        ({"domain": "alpha.localhost"}, "domain: alpha.localhost belongs to another account."),
        ({"sha256": "abc"}, "sha256: Give 64 hexadecimal digits."),
        ({"archive": "/nowhere"}, "archive: There is no such file."),
    ],
)
def test_bad_arguments_exit_with_2(saved, options, said):
    given = {"archive": str(saved), "schema": "restored", "domain": "restored.localhost"}
    given.update(options)
    archive = given.pop("archive")
    with pytest.raises(CommandError) as refused, schema_context("public"):
        call_command("restore_account", archive, apply=True, **given)
    assert (str(refused.value), refused.value.returncode) == (said, 2)
    assert not is_restored()


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"to": "relative/folder"}, "to"),
        ({"to": "/proc/backups"}, "to"),
        ({"layout": "zip"}, "layout"),
        ({"keep": 0}, "keep"),
        ({"keep": "x"}, "keep"),
    ],
)
def test_parameters_that_cannot_be(in_alpha, folder, parameters, field):
    with pytest.raises(ProblemError) as refused:
        start_job(kind="backup_account", parameters=parameters)
    assert refused.value.field == field
    assert not Job.objects.exists()
    start_job(kind="backup_account", parameters={})


def test_a_restore_cannot_be_started_as_a_job(in_alpha):
    with pytest.raises(JobParametersError):
        start_job(kind="restore_account", parameters={})
    assert kind_of("restore_account").title == "Restore"


def test_nobody_else_can_read_a_backup(clinic, folder):
    path = archive_of(backup())
    assert path.stat().st_mode & 0o777 == 0o600
    other = archive_of(backup(layout="folder"))
    modes = {one.stat().st_mode & 0o077 for one in [other, *other.rglob("*")]}
    assert modes == {0}


def test_beat_starts_one_backup_a_clinic(clinic, folder, monkeypatch):
    sent = []
    monkeypatch.setattr(backup_account, "delay", lambda: sent.append(current_schema()))
    with schema_context("public"):
        back_up_everywhere()
    assert sorted(sent) == ["alpha", "beta", "saved"]


def test_a_scheduled_backup_runs_in_slices_and_lets_old_ones_go(clinic, folder, settings):
    settings.BACKUP_KEEP = 2
    made = []
    for _ in range(4):
        job = backup_account()
        assert backup_account() == job  # twice is once
        advance_job(job)
        made.append(archive_of(Job.objects.get(pk=job)).name)
    assert sorted(one.name for one in folder.iterdir()) == sorted(made[-2:])
    assert Job.objects.get(pk=job).report["rotated"] == [made[1]]


def test_a_scheduled_backup_goes_on_with_one_that_was_interrupted(clinic, folder):
    first = backup_account()
    Job.objects.filter(pk=first).update(state="interrupted", stop_code="folder")
    assert backup_account() == first
    advance_job(first)
    assert archive_of(Job.objects.get(pk=first)).exists()


@pytest.mark.parametrize("state", ["interrupted", "failed", "paused"])
def test_a_scheduled_backup_begins_anew_after_one_of_another_day(clinic, folder, state):
    """Rows of yesterday's moment are no backup of today, and documents may have gone since."""
    stale = backup_account()
    job = Job.objects.get(pk=stale)
    left = folder / f".backup-saved-{stale}"
    left.mkdir(parents=True)
    began = timezone.now() - timedelta(hours=21)
    Job.objects.filter(pk=stale).update(state=state, started_at=began)
    new = backup_account()
    assert new != stale
    assert backup_account() == new
    advance_job(new)
    archive_of(Job.objects.get(pk=new))
    assert not left.exists()
    later = backup_account()
    assert later not in {stale, new}
    job.refresh_from_db()
    assert job.state == state


def test_one_clinic_that_fails_does_not_hold_up_the_others(clinic, folder, alpha_committed):
    """Each has a task of its own, and its own job says what is missing."""
    object_store().remove(Document.objects.get(original_filename="result 1.pdf").s3_key)
    states = {}
    for schema in ("saved", "alpha"):
        with tenant_context(Account.objects.get(schema_name=schema)):
            job = backup_account()
            advance_job(job)
            states[schema] = Job.objects.get(pk=job).state
    assert states == {"saved": "failed", "alpha": "succeeded"}


@pytest.fixture
def alpha_committed(database):
    yield
    with schema_context("alpha"):
        for model in (JobItem, JobEvent, Job):
            model.objects.all().delete()


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def lay(folder, *parts):
    """Make files that are called like backups; `x.tar` of `north`, day by day."""
    folder.mkdir(exist_ok=True)
    found = []
    for day, kind in enumerate(parts, start=1):
        schema, _, tail = kind.partition(":")
        path = folder / f"{schema}-202601{day:02}T000000Z-0123456789ab{tail}"
        if tail.endswith("tar"):
            path.touch()
        else:
            (path / "tables").mkdir(parents=True)
        found.append(path.name)
    return found


def test_rotation_never_lets_the_last_complete_one_go(tmp_path):
    folder = tmp_path / "r"
    found = lay(
        folder, "north:.tar", "north:.incomplete.tar", "north:.incomplete", "north:.incomplete.tar"
    )
    for keep in (1, 0, -5):
        assert rotate(folder, schema="north", keep=keep) == []
        assert names(folder) == sorted(found)


def test_rotation_keeps_the_newest_and_what_is_not_its_own(tmp_path):
    folder = tmp_path / "r"
    found = lay(
        folder,
        *("north:.tar", "north:.incomplete.tar", "north:", "south:.tar", "north:.tar"),
        *("north:.incomplete", "north:.tar", "north2:.tar"),
    )
    strangers = ["north-notes.tar", ".backup-x", "north-20260101T000000Z-0123456789ab.tar.part"]
    for name in strangers:
        (folder / name).touch()
    assert rotate(folder, schema="north", keep=2) == found[:3]
    assert names(folder) == sorted([*found[3:], *strangers])
    assert rotate(folder, schema="north", keep=2) == []
    assert rotate(folder, schema="east", keep=1) == []


def test_rotation_leaves_the_new_one_though_a_wrong_clock_has_named_others_newer(tmp_path):
    folder = tmp_path / "r"
    new, *others = lay(folder, "north:.tar", "north:.tar", "north:.tar")
    assert rotate(folder, schema="north", keep=1, new=new) == others[:1]
    assert names(folder) == [new, others[1]]


def test_rotation_ends_what_a_killed_one_began(tmp_path):
    folder = tmp_path / "r"
    found = lay(folder, "north:", "north:.tar")
    (folder / found[0]).rename(folder / f".deleting-{found[0]}")
    (folder / ".deleting-south-20260101T000000Z-0123456789ab").mkdir()
    rotate(folder, schema="north", keep=1)
    assert names(folder) == sorted([".deleting-south-20260101T000000Z-0123456789ab", found[1]])


def test_an_incomplete_backup_lets_nothing_go(clinic, folder):
    first = archive_of(backup(keep=1))
    object_store().remove(Document.objects.get(original_filename="result 1.pdf").s3_key)
    job = backup(keep=1)
    assert (job.state, job.report["rotated"]) == ("failed", [])
    assert names(folder) == sorted([first.name, Path(job.report["archive"]).name])


def test_a_clinic_backs_up_itself_only(clinic, folder, alpha):
    with tenant_context(alpha):
        assert not Job.objects.filter(kind="backup_account").exists()
    assert verify_archive(archive_of(backup())).manifest.account["schema_name"] == "saved"
