"""`manage.py import_filemaker`: what it says, to people and to machines, and its exit codes."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from tests.filemaker.emulated_records import File
from tests.filemaker.helpers import available, make_patients, source_id


@pytest.fixture(autouse=True)
def _inside(in_alpha, fm):
    pass


def call(*arguments):
    """Return the exit code, and what was said on both outputs."""
    out, err = StringIO(), StringIO()
    options = ("--concurrency", "1") if "--concurrency" not in arguments else ()
    try:
        call_command("import_filemaker", *arguments, *options, stdout=out, stderr=err)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_what_it_says_to_people(fm):
    make_patients(fm)
    code, out, _ = call("documents", "--tenant", "alpha")
    job = Job.objects.get()
    assert (code, out) == (
        0,
        f"Succeeded: 20 done, 0 skipped, 0 failed of 20. Job {job.pk}.\n  imported: 20\n",
    )


def test_what_it_says_to_machines_and_that_a_gap_exits_with_1(fm):
    make_patients(fm)
    fm.pictures[0].files["image_Full"] = File("x.jpg", "program", "bad")
    fm.pictures[0].files |= dict.fromkeys([k for k in fm.pictures[0].files if k != "image_Full"])
    code, out, _ = call("images", "--tenant", "alpha", "--json")
    report = json.loads(out)
    assert code == 1
    assert {key: report[key] for key in ("kind", "tenant", "dry_run", "state", "counts")} == {
        "kind": "filemaker_images",
        "tenant": "alpha",
        "dry_run": False,
        "state": "failed",
        "counts": {"total": 12, "done": 11, "skipped": 0, "failed": 1},
    }
    (failure,) = report["failures"]
    assert (failure["source_id"], failure["code"]) == (
        source_id(fm.pictures[0], "API_Images"),
        "type_mismatch",
    )


def test_a_dry_run_says_that_it_was_one(fm):
    make_patients(fm)
    code, out, _ = call("documents", "--tenant", "alpha", "--dry-run")
    assert code == 0
    assert out.startswith("Succeeded (dry run: nothing was written): 20 done")
    assert available() == {}


def test_the_options_reach_the_job(fm):
    make_patients(fm)
    code, _, err = call(
        *("documents", "--tenant", "alpha", "--limit", "3", "--since", "2013-05-06"),
        *("--rate", "50", "--concurrency", "1"),
    )
    assert code == 0, err
    kept = Job.objects.get().parameters
    assert kept == {
        "server": fm.url,
        "database": "Clinic Files/ü",
        "limit": 3,
        "concurrency": 1,
        "rate": 50.0,
        "since": "2013-05-06",
    }
    assert len(available()) == 3


def test_metadata_only_then_only_failed(fm):
    assert call("documents", "--tenant", "alpha", "--metadata-only")[0] == 0
    make_patients(fm)
    code, out, _ = call("documents", "--tenant", "alpha", "--only-failed")
    assert (code, len(available())) == (0, 20)
    assert "imported: 20" in out


def test_a_field_map_from_a_file(fm, tmp_path):
    make_patients(fm)
    fm.rows["Papers"] = fm.rows.pop("API_Docs")
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"documents": {"layout": "Papers"}}))
    assert call("documents", "--tenant", "alpha", "--field-map", str(path))[0] == 0
    assert set(available()) == {source_id(row, "Papers") for row in fm.rows["Papers"]}


def test_a_rollback_shows_first_and_acts_with_apply(fm):
    make_patients(fm)
    call("documents", "--tenant", "alpha")
    job = Job.objects.get()
    base = ("documents", "--tenant", "alpha", "--rollback", str(job.pk))
    assert call(*base)[0] == 0
    assert len(available()) == 20
    assert call(*base, "--apply")[0] == 0
    assert available() == {}


BAD = {
    ("--limit", "0"): "limit",
    ("--rate", "0"): "rate",
    ("--rate", "1000"): "rate",
    ("--concurrency", "17"): "concurrency",
    ("--since", "06/07/2020"): "since",
    ("--only-failed", "--metadata-only"): "only_failed",
    ("--only-failed", "--limit", "3"): "limit",
    ("--field-map", "/nowhere/map.json"): "field_map",
}


@pytest.mark.parametrize("arguments", BAD)
def test_bad_arguments_exit_with_2_name_the_field_and_make_no_job(fm, arguments):
    code, _, err = call("documents", "--tenant", "alpha", *arguments)
    assert code == 2
    assert err.startswith(f"{BAD[arguments]}: ")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FILEMAKER_URL", ""),
        ("FILEMAKER_URL", "http://filemaker.clinic.example"),
        ("FILEMAKER_DATABASE", ""),
        ("FILEMAKER_USER", " "),
        ("FILEMAKER_PASSWORD", ""),
        ("FILEMAKER_ZONE", "Mars/Olympus"),
        ("FILEMAKER_CA_FILE", "/nowhere.pem"),
    ],
)
def test_bad_settings_exit_with_2_and_are_named(fm, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    code, _, err = call("documents", "--tenant", "alpha")
    assert (code, err.startswith(f"{name}: ")) == (2, True), err
    assert not Job.objects.exists()


def test_an_unknown_clinic_exits_with_2():
    code, _, err = call("documents", "--tenant", "gamma")
    assert (code, err) == (2, "There is no clinic with the schema 'gamma'.")
