"""The operators' commands: one object, exit codes, and errors that name the argument."""

import json

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from jobs.models import Job
from legacy.address import PASSWORD_VARIABLE
from patients.models import Patient
from tests.legacy.helpers import assert_moved, documents
from tests.legacy.old_system import build


def command(clinic, *more, tenant="alpha"):
    arguments = ("--source", clinic.url, "--uploads", str(clinic.folder), "--source-name", "old")
    call_command("migrate_lab_result_files", "--tenant", tenant, *arguments, *more)


def answer(capsys):
    captured = capsys.readouterr()
    return json.loads(captured.out), captured.err


def test_it_moves_everything_and_exits_with_0(tmp_path, alpha, capsys):
    clinic = build(tmp_path / "old")
    command(clinic, "--json")
    body, told = answer(capsys)
    assert (body["kind"], body["tenant"], body["dry_run"], body["state"]) == (
        "legacy_lab_result_files",
        "alpha",
        False,
        "succeeded",
    )
    assert body["counts"]["failed"] == 0
    assert body["counts"]["done"] == body["counts"]["total"]
    assert "=== PRE-MIGRATION ANALYSIS ===" in told
    assert "User 1: ✓ 4 files verified (1 patient)" in told
    with tenant_context(alpha):
        assert_moved(clinic)


def test_a_gap_exits_with_1_and_names_each_file(tmp_path, alpha, capsys):
    clinic = build(tmp_path / "old", damage=("symlink", "size_mismatch"))
    with pytest.raises(SystemExit) as ended:
        command(clinic, "--json")
    body, _ = answer(capsys)
    assert ended.value.code == 1
    assert {one["source_id"]: one["code"] for one in body["failures"]} == clinic.bad
    with tenant_context(alpha):
        assert_moved(clinic)


def test_a_dry_run_says_so_and_moves_nothing(tmp_path, alpha, capsys):
    clinic = build(tmp_path / "old")
    command(clinic, "--dry-run")
    assert "dry run: nothing was written" in capsys.readouterr().out
    with tenant_context(alpha):
        assert not Patient.objects.exists()


def test_a_rollback_is_shown_first_and_done_with_apply(tmp_path, alpha, capsys):
    clinic = build(tmp_path / "old")
    command(clinic, "--json")
    job = answer(capsys)[0]["job"]
    call_command("migrate_lab_result_files", "--tenant", "alpha", "--rollback", job)
    with tenant_context(alpha):
        assert_moved(clinic)
    call_command("migrate_lab_result_files", "--tenant", "alpha", "--rollback", job, "--apply")
    with tenant_context(alpha):
        assert documents() == {}
        assert Job.objects.get(pk=job).rolled_back_at is not None


BAD = {
    "no-source": ({"--source": ""}, "source: "),
    "no-such-file": ({"--source": "sqlite:////no/such.db"}, "source: There is no such SQLite"),
    "no-uploads": ({"--uploads": ""}, "uploads: Give the old system's folder"),
    "no-folder": ({"--uploads": "/no/such/folder"}, "uploads: The folder of files"),
    "batch": ({"--batch-size": "0"}, "batch_size: "),
    "zone": ({"--time-zone": "Mars/Olympus"}, "time_zone: "),
    "name": ({"--source-name": "Old System!"}, "source_name: "),
    "tenant": ({"--tenant": "nowhere"}, "There is no clinic"),
    "job": ({"--rollback": "nonsense"}, "job: "),
}


@pytest.mark.parametrize(("wrong", "text"), BAD.values(), ids=BAD)
def test_a_bad_argument_exits_with_2_names_it_and_leaves_nothing(tmp_path, alpha, wrong, text):
    clinic = build(tmp_path / "old")
    given = {"--tenant": "alpha", "--source": clinic.url, "--uploads": str(clinic.folder), **wrong}
    with pytest.raises(CommandError) as error:
        call_command("migrate_lab_result_files", *[part for pair in given.items() for part in pair])
    assert (error.value.returncode, str(error.value).startswith(text)) == (2, True), error.value
    with tenant_context(alpha):
        assert not Job.objects.exists()


def test_a_system_that_lacks_tables_is_refused_by_their_names(tmp_path, alpha):
    clinic = build(tmp_path / "old")
    clinic.execute("DROP TABLE lab_results")
    with pytest.raises(CommandError, match="lacks the table lab_results") as error:
        command(clinic)
    assert error.value.returncode == 2


def test_a_password_in_the_url_is_used_and_not_kept(
    tmp_path, alpha, capsys, postgres_url, monkeypatch
):
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    clinic = build(tmp_path / "old", url=postgres_url)
    clinic.url = postgres_url.replace("postgres@", "postgres:hush@")
    command(clinic, "--json")
    body, told = answer(capsys)
    assert body["state"] == "succeeded"
    with tenant_context(alpha):
        assert "hush" not in json.dumps(Job.objects.get().parameters)
    assert "hush" not in json.dumps(body) + told


def test_workers_are_not_given_a_password_in_a_url(tmp_path, alpha):
    clinic = build(tmp_path / "old")
    clinic.url = "postgresql://me:hush@host/db"
    with pytest.raises(CommandError, match=PASSWORD_VARIABLE) as error:
        command(clinic, "--background")
    assert error.value.returncode == 2
    assert "hush" not in str(error.value)
