"""Old invites get their patients: found by e-mail or made; conflicts are people's to decide."""

import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from invites.models import Invite
from jobs.models import JobItem
from jobs.services.control import start_job
from jobs.services.running import run_job
from legacy.models import OldRow
from patients.models import Patient
from tests.conftest import member
from tests.legacy.helpers import codes, failures, links, rollback
from tests.legacy.old_system import OldClinic, connected

COLUMNS = (
    "id INTEGER PRIMARY KEY, email VARCHAR, first_name VARCHAR, last_name VARCHAR, phone VARCHAR,"
    " status VARCHAR, clinician_email VARCHAR, token VARCHAR, created_at TIMESTAMP"
)


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


@pytest.fixture
def old(tmp_path, source_url):
    """A system that has nothing but invites."""
    clinic = OldClinic(source_url or f"sqlite:///{tmp_path / 'old.db'}", tmp_path)
    with connected(clinic.url) as run:
        run(f"CREATE TABLE invites ({COLUMNS})")
    return clinic


def invite(clinic, pk, email, first="Ana", last="Silva", *, status="pending", phone="", by=""):
    clinic.execute(
        "INSERT INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(pk, email, first, last, phone, status, by, "old-secret-token", None),
    )


def move(clinic, *, dry_run=False):
    parameters = {"source": clinic.url, "source_name": "old"}
    job = start_job(kind="legacy_invites", parameters=parameters, dry_run=dry_run)
    return run_job(job, concurrency=1)


def people():
    return sorted(f"{one.full_name} {one.email}" for one in Patient.objects.all())


def test_each_invite_gets_its_patient(old):
    known = Patient.objects.create(first_name="Zoë", last_name="Okafor", email="zoe@mail.test")
    invite(old, 1, "ana@mail.test", phone="0412 345 678", by="priya@alpha.test")
    invite(old, 2, "ZOE@mail.test", "ZOE", "Okafor", status="accepted")
    invite(old, 3, " ben@mail.test ", "Ben", "Tran", by="stranger@elsewhere.test")
    job = move(old)
    assert (job.state, codes(job)) == ("succeeded", {"patient_made": 2, "patient_found": 1})
    assert people() == [
        "Ana Silva ana@mail.test",
        "Ben Tran ben@mail.test",
        "Zoë Okafor zoe@mail.test",
    ]
    assert links()["invites:2"].target_id == known.pk
    ana, ben = (Patient.objects.get(first_name=name) for name in ("Ana", "Ben"))
    assert (str(ana.phone), ana.clinician_id, ben.clinician_id) == (
        "+61412345678",
        member("priya").pk,
        None,
    )
    assert job.report["statuses"] == {"pending": 2, "accepted": 1}
    assert job.report["to_invite_patients"] == [str(ana.pk), str(ben.pk)]


def test_nobody_is_invited_or_written_to_by_it(old):
    invite(old, 1, "ana@mail.test")
    move(old)
    assert (Invite.objects.count(), mail.outbox) == (0, [])
    content = json.loads(OldRow.objects.get().content)["row"]
    assert (content["email"], content["status"]) == ("ana@mail.test", "pending")
    assert "token" not in content


def test_the_same_person_invited_twice_is_one_patient(old):
    invite(old, 1, "ana@mail.test", status="expired")
    invite(old, 2, "Ana@Mail.test", " ana ", "SILVA")
    invite(old, 3, "ana@mail.test", None, None)
    job = move(old)
    assert codes(job) == {"patient_made": 1, "patient_found": 2}
    assert len({link.target_id for link in links().values()}) == Patient.objects.count() == 1


CONFLICTS = {
    "other-name": ([("ana@mail.test", "Other", "Name")], {"invites:1": "name_differs"}),
    "several": (
        [("x@mail.test", "Kid", "One"), ("X@mail.test", "Kid", "Two")],
        {"invites:1": "several_names", "invites:2": "several_names"},
    ),
    "no-address": (
        [(None, "A", "B"), ("  ", "C", "D")],
        {"invites:1": "no_email", "invites:2": "no_email"},
    ),
    "no-such-address": ([("not an address", "A", "B")], {"invites:1": "invalid_email"}),
}


@pytest.mark.parametrize(("rows", "expected"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_conflict_is_listed_and_stops_nobody_else(old, rows, expected):
    Patient.objects.create(first_name="Ana", last_name="Silva", email="ana@mail.test")
    for pk, row in enumerate(rows, start=1):
        invite(old, pk, *row)
    invite(old, 50, "good@mail.test", "Good", "Person")
    job = move(old)
    assert (job.state, failures(job)) == ("failed", expected)
    assert people() == ["Ana Silva ana@mail.test", "Good Person good@mail.test"]
    for item in JobItem.objects.filter(job=job, state="failed"):
        assert item.remedy
        assert "mail.test" not in item.detail + item.remedy


def test_a_conflict_that_was_decided_goes_through_when_started_again(old):
    invite(old, 1, "x@mail.test", "Kid", "One")
    invite(old, 2, "x@mail.test", "Kid", "Two")
    job = move(old)
    old.execute("UPDATE invites SET email = 'y@mail.test' WHERE id = 2")
    again = move(old)
    assert (again.pk, again.state) == (job.pk, "succeeded")
    assert people() == ["Kid One x@mail.test", "Kid Two y@mail.test"]


def test_a_second_run_does_nothing_and_who_was_removed_stays_away(old):
    invite(old, 1, "ana@mail.test")
    invite(old, 2, "ben@mail.test", "Ben", "Tran")
    move(old)
    Patient.objects.get(first_name="Ben").delete()
    job = move(old)
    assert (job.state, codes(job)) == ("succeeded", {"already_there": 1, "removed_here": 1})
    assert people() == ["Ana Silva ana@mail.test"]


def test_a_dry_run_writes_nothing_and_says_the_same(old):
    invite(old, 1, "ana@mail.test")
    invite(old, 2, "not an address")
    invite(old, 3, "Ana@mail.test")
    trial = move(old, dry_run=True)
    assert (people(), OldRow.objects.count(), links()) == ([], 0, {})
    real = move(old)
    assert (codes(trial), failures(trial)) == (codes(real), failures(real))


def test_a_rollback_takes_back_who_was_made_and_leaves_who_was_there(old):
    there = Patient.objects.create(first_name="Zoë", last_name="Okafor", email="zoe@mail.test")
    before = there.updated_at
    invite(old, 1, "ana@mail.test")
    invite(old, 2, "zoe@mail.test", "Zoe", "Okafor")
    job = move(old)
    assert rollback(job).state == "succeeded"
    assert (people(), links(), OldRow.objects.count()) == (["Zoë Okafor zoe@mail.test"], {}, 0)
    there.refresh_from_db()
    assert there.updated_at == before
    assert move(old).counts == {"patient_made": 1, "patient_found": 1}


def test_who_has_been_worked_on_since_is_not_taken_back(old):
    invite(old, 1, "ana@mail.test")
    job = move(old)
    patient = Patient.objects.get()
    patient.address = "Here 1"
    patient.save()
    undoing = rollback(job)
    assert (undoing.state, set(failures(undoing).values())) == ("failed", {"changed_since"})
    assert people() == ["Ana Silva ana@mail.test"]


def command(*arguments, **options):
    return call_command("migrate_invites_to_patients", "--tenant", "alpha", *arguments, **options)


def test_the_command_answers_with_one_object_and_its_exit_code(old, capsys):
    invite(old, 1, "ana@mail.test")
    command("--source", old.url, "--source-name", "old", "--json")
    body = json.loads(capsys.readouterr().out)
    assert (body["state"], body["counts"], body["failures"]) == (
        "succeeded",
        {"total": 1, "done": 1, "skipped": 0, "failed": 0},
        [],
    )
    invite(old, 2, "nothing")
    with pytest.raises(SystemExit) as ended:
        command("--source", old.url, "--source-name", "old", "--json")
    body = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert [(one["source_id"], one["code"]) for one in body["failures"]] == [
        ("invites:2", "invalid_email")
    ]


def test_a_system_without_invites_is_refused(tmp_path):
    clinic = OldClinic(f"sqlite:///{tmp_path / 'old.db'}", tmp_path)
    with connected(clinic.url) as run:
        run("CREATE TABLE users (id INTEGER)")
    with pytest.raises(CommandError, match="lacks the table invites") as error:
        command("--source", clinic.url)
    assert error.value.returncode == 2
    clinic.execute("CREATE TABLE invites (id INTEGER)")
    with pytest.raises(CommandError, match=r"the column invites\.email"):
        command("--source", clinic.url)
