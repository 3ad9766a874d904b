"""Imports as jobs: what becomes of each row, duplicates, running twice, trying again."""

import pghistory
import pytest
from django.db import connection

from jobs.models import Job, JobItem
from jobs.services.control import begin, start_job
from jobs.services.running import run_job, run_slice
from patients import job_kinds
from patients.models import Patient
from tests.conftest import member

HEAD = "first_name,last_name,email,external_id,date_of_birth,phone,notes\n"


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


@pytest.fixture
def write(tmp_path):
    def put(text, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return put


def start(path, *, dry_run=False, **parameters):
    return start_job(
        kind="import_patients", parameters={"file": path, **parameters}, dry_run=dry_run
    )


def run(path, **options):
    return run_job(start(path, **options))


def counts(job):
    return (job.total, job.done, job.skipped, job.failed)


def failures(job):
    return [
        (item.source_id, item.code)
        for item in JobItem.objects.filter(job=job, state="failed").order_by("id")
    ]


def stored(*fields):
    names = fields or ("first_name", "last_name")
    rows = Patient.objects.order_by("id").values_list(*names)
    return [" ".join(map(str, row)) for row in rows]


def events():
    return pghistory.models.Events.objects.count()


def snapshot():
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_patient ORDER BY id")
        rows = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM patients_patientevent")
        return rows, cursor.fetchall()


def test_rows_become_patients_by_the_common_rules(write):
    job = run(
        write(
            HEAD + "Zoë,Okafor,Zoe@Mail.test,7,1/3/2015,0412 345 678,likes cats\n"
            "Sam,Oh,,8,2015-13-01,12,\n,Nameless,,9,,,\nA,B,C,D,E,F,G,H\nKim,Oh,,10,,,\n"
        )
    )
    assert (job.state, job.stop_code, counts(job)) == ("failed", "items_failed", (5, 2, 0, 3))
    assert job.counts == {"imported": 2, "invalid": 1, "blank": 1, "bad_line": 1}
    assert failures(job) == [("line 3", "invalid"), ("line 4", "blank"), ("line 5", "bad_line")]
    zoe = Patient.objects.get(external_id="7")
    assert (zoe.full_name, zoe.email, zoe.notes) == ("Zoë Okafor", "zoe@mail.test", "likes cats")
    assert (zoe.phone.as_e164, str(zoe.date_of_birth)) == ("+61412345678", "2015-03-01")
    assert stored() == ["Zoë Okafor", "Kim Oh"]


def test_a_failure_names_each_column_and_nobody(write):
    job = run(write(HEAD.replace("phone", "Handy") + "Sam,Oh,x,8,2015-13-01,12,\n"))
    item = JobItem.objects.get(job=job)
    assert item.detail.startswith("Handy: Write a phone number")
    assert "; date_of_birth: Write dates as" in item.detail
    assert "; email: Enter a valid email address." in item.detail
    assert not any(word in item.detail for word in ("Sam", "Oh", "2015-13-01"))
    assert item.payload["row"]["date_of_birth"] == "2015-13-01"


def test_history_says_which_job_it_was(write):
    job = run(write(HEAD + "A,B,,7,,,\n"))
    event = Patient.objects.get().events.get()
    assert event.pgh_context == {"job": f"import_patients {job.pk}"}


AGAIN = {
    "ids": HEAD + "A,B,,7,,,\nC,D,,8,,,\n",
    "e-mails": HEAD + "A,B,a@x.test,,,,\nC,D,c@x.test,,,,\n",
    "names-and-days": HEAD + "A,B,,,1990-01-01,,\nA,B,,,1991-01-01,,\n",
    "names-only": HEAD + "A,B,,,,,\nC,D,,,,0412345678,hello\n",
    "one-patient-twice": HEAD + "A,B,,7,,,\nA,B,,7,,,x\n",
    "without-key-then-with": HEAD + "A,B,,,1990-01-01,,\nA,B,a@x.test,,1990-01-01,,\n",
}


@pytest.mark.parametrize("text", AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize("manner", ["skip", "update"])
def test_importing_twice_changes_nothing(write, text, manner):
    first = run(write(text), on_duplicate=manner)
    before = snapshot()
    again = run(write(text), on_duplicate=manner)
    assert (again.state, again.pk != first.pk) == ("succeeded", True)
    if manner == "skip" or "x\n" not in text:
        assert counts(again) == (2, 0, 2, 0)
        assert snapshot() == before
    else:  # each of its two rows says something else, every time
        assert len(before[0]) == len(snapshot()[0])


DUPLICATES = [
    # stored (first, last, email, external id, born), row, verdict
    ("A,B,a@x.test,7,1990-01-01", "A,B,,7,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,Married,,7,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "X,Y,,7,1980-01-01,,", "other_person"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,A@X.test,,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "a,Married,a@x.test,,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "Ben,B,a@x.test,,,,", "other_person"),
    ("A,B,a@x.test,7,1990-01-01", "Ben,B,a@x.test,,1990-01-01,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,a@x.test,,1991-01-01,,", "other_person"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,a@x.test,8,,,", "other_person"),
    ("A,B,a@x.test,,1990-01-01", "A,B,a@x.test,8,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,b@x.test,7,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,b@x.test,8,,,", "new"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,,,1990-01-01,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,,,1991-01-01,,", "new"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,,,,,", "same"),
    ("A,B,a@x.test,7,1990-01-01", "A,B,,,,0412345678,", "possible_duplicate"),
    ("A,B,,,", "A,B,,,1990-01-01,,", "possible_duplicate"),
    ("A,B,,,", "A,B,,,,,", "same"),
    ("A,B,,,", "A,C,,,,,", "new"),
]


@pytest.mark.parametrize(("there", "row", "expected"), DUPLICATES)
@pytest.mark.parametrize("where", ["database", "same-batch", "earlier-batch", "dry-run"])
def test_who_is_the_same_person(write, there, row, expected, where, monkeypatch):
    lines = [f"{there},,", row]
    if where == "database":
        run(write(HEAD + lines.pop(0) + "\n"))
    if where in {"earlier-batch", "dry-run"}:
        monkeypatch.setattr(job_kinds, "ROWS", 1)
    text = HEAD + "\n".join(lines) + "\n"
    job = run(write(text), dry_run=where == "dry-run")
    codes = {"imported": 1} if where != "database" else {}
    codes[{"same": "already_there", "new": "imported"}.get(expected, expected)] = 1
    if expected == "new":
        codes = {"imported": len(lines)}
    assert job.counts == codes
    assert len(stored()) == (0 if where == "dry-run" else 1 + (expected == "new"))


def test_two_keys_of_two_patients_are_a_conflict(write):
    run(write(HEAD + "A,B,a@x.test,7,,,\nC,D,c@x.test,8,,,\n"))
    for manner in ("skip", "update", "report"):
        job = run(write(HEAD + "A,B,c@x.test,7,,,\n"), on_duplicate=manner)
        assert failures(job) == [("line 2", "conflict")]


def test_an_update_changes_only_what_is_given_and_keeps_a_history_row(write):
    run(write(HEAD + "A,B,a@x.test,7,1990-01-01,0412345678,old\nC,D,,8,,,\n"))
    before = {p.pk: p.updated_at for p in Patient.objects.all()}
    text = (
        "external_id,first_name,last_name,notes,status,phone\n7,A,Married,new,inactive,\n8,C,D,,,\n"
    )
    job = run(write(text), on_duplicate="update")
    assert (job.state, job.counts) == ("succeeded", {"updated": 1, "already_there": 1})
    a, c = Patient.objects.order_by("id")
    assert (a.last_name, a.notes, a.status, a.email) == ("Married", "new", "inactive", "a@x.test")
    assert (str(a.phone), str(a.date_of_birth)) == ("+61412345678", "1990-01-01")
    assert [event.pgh_label for event in a.events.order_by("pgh_id")] == ["insert", "update"]
    assert a.events.last().pgh_context == {"job": f"import_patients {job.pk}"}
    assert (c.updated_at, c.events.count()) == (before[c.pk], 1)
    assert a.updated_at > before[a.pk]


def test_an_update_goes_through_the_common_rules(write):
    run(write(HEAD + "A,B,a@x.test,7,,,\nC,D,c@x.test,8,,,\n"))
    before = snapshot()
    text = HEAD + "A,B,nothing,7,,,\nC,D,a@x.test,8,,,\nC,D,,8,2999-01-01,,\n"
    job = run(write(text), on_duplicate="update")
    assert failures(job) == [
        ("line 2", "invalid"),
        ("line 3", "conflict"),
        ("line 4", "out_of_range"),
    ]
    assert snapshot() == before


def test_rows_of_one_batch_build_upon_each_other(write):
    text = (
        HEAD + "A,B,a@x.test,7,,,\nA,B,new@x.test,7,,,\nZ,B,a@x.test,,,,\nZ,B,new@x.test,8,,,\n"
        "A,B,,,,,\nZ,B,z@x.test,,,,\n"
    )
    job = run(write(text), on_duplicate="update")
    assert failures(job) == [("line 5", "other_person")]
    assert job.counts == {"imported": 3, "updated": 1, "already_there": 1, "other_person": 1}
    assert stored("first_name", "email", "external_id") == [
        "A new@x.test 7",
        "Z a@x.test ",
        "Z z@x.test ",
    ]


def test_two_patients_exchange_their_addresses_and_a_new_one_gets_an_old_one(write):
    run(write(HEAD + "A,B,a@x.test,7,,,\nC,D,c@x.test,8,,,\nE,F,e@x.test,9,,,\n"))
    text = HEAD + "E,F,new@x.test,9,,,\nG,H,e@x.test,10,,,\nA,B,x@x.test,7,,,\nC,D,a@x.test,8,,,\n"
    job = run(write(text), on_duplicate="update")
    assert (job.state, job.counts) == ("succeeded", {"imported": 1, "updated": 3})
    assert stored("first_name", "email") == [
        "A x@x.test",
        "C a@x.test",
        "E new@x.test",
        "G e@x.test",
    ]


def test_a_row_that_the_database_alone_refuses_costs_nobody_else_their_place(write, monkeypatch):
    Patient.objects.create(first_name="X", last_name="Y", external_id="8")
    real = job_kinds.import_rows.__globals__["look_up"]

    def blind(rows, **options):  # as if the other one had come between the look and the write
        return real([row for row in rows if row.external_id != "8"], **options)

    monkeypatch.setitem(job_kinds.import_rows.__globals__, "look_up", blind)
    job = run(write(HEAD + "A,B,,7,,,\nX,Y,,8,,,\nE,F,,9,,,\n"))
    assert (counts(job), failures(job)) == ((3, 2, 0, 1), [("line 3", "changed_meanwhile")])
    assert stored() == ["X Y", "A B", "E F"]


def test_reported_duplicates_are_listed_all_of_them(write):
    run(write(HEAD + "A,B,,7,,,\n"))
    pk = Patient.objects.get().pk
    text = (
        HEAD + "A,B,,7,,,\nC,D,,8,,,\nC,D,,8,,,\n" + "".join(f"A,B,,7,,,{n}\n" for n in range(97))
    )
    job = run(write(text), on_duplicate="report")
    assert counts(job) == (100, 1, 0, 99)
    items = JobItem.objects.filter(job=job).order_by("id")
    assert items[0].detail == f"This patient is here: {pk}."
    assert items[1].detail == "Line 3 has this patient."
    assert {item.code for item in items} == {"duplicate_patient"}


def test_a_dry_run_says_what_the_run_does_and_writes_nothing(write, monkeypatch):
    monkeypatch.setattr(job_kinds, "ROWS", 2)
    run(write(HEAD + "A,B,a@x.test,7,,,\n", "before.csv"))
    text = (
        HEAD
        + "A,B,a@x.test,7,,,new\nC,D,c@x.test,8,,,\nC,D,,8,1990-01-01,0412345678,\nC,D,x,8,,,\n"
        "E,F,,,1990-01-01,,\nE,F,,,1990-01-01,,\nG,H,c@x.test,,,,\n"
    )
    for manner in ("skip", "update", "report"):
        before = snapshot()
        trial = run(write(text), dry_run=True, on_duplicate=manner)
        assert snapshot() == before
        with_rollback = run_and_undo(write(text), manner)
        assert (counts(trial), trial.counts, failures(trial)) == with_rollback


def run_and_undo(path, manner):
    from django.db import transaction

    with transaction.atomic():
        job = run(path, on_duplicate=manner)
        found = counts(job), job.counts, failures(job)
        transaction.set_rollback(True)
    return found


def test_a_provider_imports_their_own_and_changes_no_patient_of_others(write):
    theirs = Patient.objects.create(
        first_name="A", last_name="B", external_id="7", clinician=member("paul")
    )
    text = HEAD + "A,B,,7,,,new\nC,D,,8,,,\n"
    job = run(write(text), on_duplicate="update", membership=str(member("priya").pk))
    assert failures(job) == [("line 2", "duplicate_patient")]
    assert Patient.objects.get(external_id="8").clinician_id == member("priya").pk
    theirs.refresh_from_db()
    assert theirs.notes == ""
    job = run(write(text), on_duplicate="update", membership=str(member("paul").pk))
    assert job.counts["updated"] == 1


@pytest.mark.parametrize("name", ["pat", "bea"])
def test_who_may_not_import_here_any_more_ends_the_run(write, name):
    job = run(write(HEAD + "A,B,,7,,,\n"), membership=str(member(name).pk))
    assert (job.state, job.stop_code, stored()) == ("interrupted", "not_permitted", [])


def test_a_background_job_goes_on_slice_by_slice(write, monkeypatch):
    monkeypatch.setattr(job_kinds, "ROWS", 2)
    job = start(write(HEAD + "".join(f"A,B,,{n},,,\n" for n in range(7))))
    begin(job)
    slices = 0
    while job.state == "running":
        slices += 1
        run_slice(job, seconds=0.0 if slices > 3 else 0.02)
        job.refresh_from_db()
        if slices > 3:  # a slice without time does nothing; then one with enough ends it
            assert job.state in {"running", "succeeded"}
            run_slice(job, seconds=60)
            job.refresh_from_db()
    assert (job.state, counts(job), len(stored())) == ("succeeded", (7, 7, 0, 0), 7)


def test_failed_rows_are_tried_again_where_the_job_is_started_again(write):
    other = Patient.objects.create(first_name="X", last_name="Y", email="a@x.test")
    path = write(HEAD + "A,B,a@x.test,7,,,\nC,D,,8,,,\nE,F,,9,bad,,\n")
    job = run(path)
    assert failures(job) == [("line 2", "other_person"), ("line 4", "invalid")]
    other.delete()
    again = run(path)
    assert again.pk == job.pk
    assert (again.state, counts(again)) == ("failed", (3, 2, 0, 1))
    assert failures(again) == [("line 4", "invalid")]
    assert stored() == ["C D", "A B"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_run_goes_on_where_it_ended(write, monkeypatch, dry_run):
    monkeypatch.setattr(job_kinds, "ROWS", 2)
    path = write(HEAD + "".join(f"A,B,,{n % 5},,,\n" for n in range(9)))
    real, calls = job_kinds.import_rows, []

    def breaks(**options):
        calls.append(len(options["records"]))
        if len(calls) == 3:
            raise job_kinds.StopRunError("pulled", "The plug was pulled.")
        return real(**options)

    monkeypatch.setattr(job_kinds, "import_rows", breaks)
    job = run(path, dry_run=dry_run)
    assert (job.state, job.processed, job.position["line"]) == ("interrupted", 4, 6)
    again = run(path, dry_run=dry_run)
    assert again.pk == job.pk
    assert (again.state, counts(again)) == ("succeeded", (9, 5, 4, 0))
    assert len(stored()) == (0 if dry_run else 5)
    # the run itself reads nothing twice; a trial must remember what it would have made
    assert calls == [2, 2, 2, *([2, 2] if dry_run else []), 2, 2, 1]


def test_another_file_under_the_same_name_is_other_work(write):
    job = start(write(HEAD + "A,B,,7,,,\n"))
    write(HEAD + "C,D,,8,,,\n")
    done = run_job(job)
    assert (done.state, done.stop_code, stored()) == ("failed", "file_changed", [])
    assert run(write(HEAD + "C,D,,8,,,\n")).pk != job.pk
    assert stored() == ["C D"]


def test_who_vanishes_while_it_runs_is_found_missing(write, monkeypatch):
    path = write(HEAD + "A,B,,7,,,\nC,D,,8,,,\n")
    real = job_kinds.ImportPatients.reconcile

    def loses(self):
        Patient.objects.get(external_id="7").delete()
        return real(self)

    monkeypatch.setattr(job_kinds.ImportPatients, "reconcile", loses)
    job = run(path)
    assert (job.state, job.stop_code) == ("failed", "gaps")
    assert job.report["gaps"] == [{"source_id": "line 2", "code": "missing", "detail": ""}]


def test_the_report_says_how_the_file_was_read(write):
    job = run(write("Vorname;Nachname;Blut\nZoë;Müller;0\n".encode("cp1252")))
    assert job.report["file"]["encoding"] == "cp1252"
    assert (job.report["columns"], job.report["unknown_columns"]) == (
        {"Vorname": "first_name", "Nachname": "last_name"},
        ["Blut"],
    )
    assert (job.report["rows"], job.report["patients_found"]) == (1, 1)


@pytest.mark.parametrize("manner", ["skip", "update", "report"])
def test_the_other_clinic_is_not_touched(write, beta, manner):
    from django_tenants.utils import tenant_context

    path = write(HEAD + "A,B,a@x.test,7,,,\n")
    run(path)
    with tenant_context(beta):
        Patient.objects.create(first_name="A", last_name="B", email="a@x.test")
        before = snapshot()
    again = run(path, on_duplicate=manner)
    assert again.counts == (
        {"duplicate_patient": 1} if manner == "report" else {"already_there": 1}
    )
    with tenant_context(beta):
        assert (snapshot(), Job.objects.count()) == (before, 0)
