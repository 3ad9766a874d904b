"""A job from start to end in one process: counts, reasons, retries, dry runs, wishes, rollback."""

import threading
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection

from jobs.errors import JobParametersError, JobStateError
from jobs.kinds import NewItem, kind_of
from jobs.models import Job, JobItem, SourceLink
from jobs.services import ledger, running
from jobs.services.control import cancel_job, pause_job, resume_job, start_job
from jobs.services.reporting import report_of
from jobs.services.running import run_job
from patients.models import Company
from tests.conftest import member
from tests.jobs import kinds

ONE_BY_ONE = "make_companies"


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


def made(kind="", *, dry_run=False, **parameters):
    return start_job(kind=kind or ONE_BY_ONE, parameters=parameters, dry_run=dry_run)


def run(job, **options):
    return run_job(job, concurrency=1, **options)


def names():
    return sorted(Company.objects.values_list("name", flat=True))


def counts(job):
    return (job.total, job.done, job.skipped, job.failed)


def expected(number):
    return sorted(f"Company {n}" for n in range(number))


def test_every_item_is_done_once_and_accounted_for():
    job = run(made(number=13))
    assert (job.state, job.phase, counts(job)) == ("succeeded", "over", (13, 13, 0, 0))
    assert names() == expected(13)
    assert job.counts == {"made": 13}
    assert job.report["companies"] == 13
    assert set(kinds.links()) == {f"c{n}" for n in range(13)}
    assert {link.job_id for link in kinds.links().values()} == {job.pk}


def test_nothing_to_do_is_a_success():
    job = run(made(number=0))
    assert (job.state, counts(job)) == ("succeeded", (0, 0, 0, 0))


def test_a_second_job_finds_everything_there():
    run(made(number=4))
    again = run(made(number=4))
    assert (again.state, counts(again)) == ("succeeded", (4, 0, 4, 0))
    assert again.counts == {"already_there": 4}
    assert names() == expected(4)


def test_what_people_removed_is_not_brought_back():
    run(made(number=3))
    Company.objects.get(name="Company 1").delete()
    again = run(made(number=3))
    assert (again.state, again.counts) == ("succeeded", {"already_there": 2, "removed_here": 1})
    assert names() == ["Company 0", "Company 2"]


def test_a_dry_run_does_everything_but_write():
    job = run(made(number=5, faults={"2": "permanent:9"}, dry_run=True))
    assert (job.state, counts(job), names()) == ("failed", (5, 4, 0, 1), [])
    assert not SourceLink.objects.exists()
    assert report_of(job)["dry_run"] is True
    assert report_of(job)["failures"][0]["code"] == "bad_company"


FAULTS = {
    "permanent:9": ("bad_company", "It is bad.", "Mend it.", 1),
    "transient:9": ("busy", "The other side is busy.", "", 5),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_item_that_fails_has_its_reason_and_the_others_go_on(fault):
    job = run(made(number=6, faults={"3": fault}))
    assert (job.state, job.stop_code, counts(job)) == ("failed", "items_failed", (6, 5, 0, 1))
    item = JobItem.objects.get(job=job, state="failed")
    assert (item.source_id, item.code, item.detail, item.remedy, item.attempts) == (
        "c3",
        *FAULTS[fault],
    )
    assert names() == [name for name in expected(6) if name != "Company 3"]


def test_a_transient_failure_is_tried_again():
    job = run(made(number=4, faults={"1": "transient:3"}))
    assert (job.state, counts(job), names()) == ("succeeded", (4, 4, 0, 0), expected(4))
    assert JobItem.objects.get(job=job, source_id="c1").attempts == 4


def test_what_nobody_foresaw_is_tried_again_and_logged(caplog, monkeypatch):
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)
    job = run(made(number=3, faults={"1": "surprise:9"}))
    item = JobItem.objects.get(job=job, state="failed")
    assert (item.code, item.detail, item.attempts) == ("unexpected", "RuntimeError", 5)
    assert sum("unexpectedly" in record.message for record in caplog.records) == 5


def test_failed_items_are_retried_when_the_job_is_started_again():
    job = run(made(number=5, faults={"2": "permanent:1", "4": "permanent:1"}))
    assert counts(job) == (5, 3, 0, 2)
    JobItem.objects.filter(job=job, state="failed").update(payload={"name": "Mended", "fault": ""})
    again = run(made(number=5, faults={"2": "permanent:1", "4": "permanent:1"}))
    assert again.pk == job.pk
    assert (again.state, counts(again)) == ("succeeded", (5, 5, 0, 0))
    assert names().count("Mended") == 2
    assert again.counts == {"made": 5}  # nothing is counted twice


def test_a_run_stops_by_itself_when_too_many_fail():
    faults = {str(n): "permanent:9" for n in range(0, 100, 2)}
    job = run(made(number=100, faults=faults))
    assert (job.state, job.stop_code) == ("failed", "too_many_failures")
    assert job.done + job.failed == 10  # two chunks: it does not even try the rest
    assert "5 of 10" in job.stop_detail
    few = run(made(number=100, faults={str(n): "permanent:9" for n in range(0, 100, 10)}))
    assert (few.done, few.skipped, few.failed) == (85, 5, 10)


def test_a_stop_interrupts_and_going_on_ends_it():
    job = run(made(number=8, faults={"3": "stop:1"}))
    assert (job.state, job.stop_code, job.stop_detail) == (
        "interrupted",
        "quota",
        "The quota is used up.",
    )
    assert names() == expected(3)
    JobItem.objects.filter(job=job, source_id="c3").update(
        payload={"name": "Company 3", "fault": ""}
    )
    again = run(made(number=8, faults={"3": "stop:1"}))
    assert (again.pk, again.state, counts(again)) == (job.pk, "succeeded", (8, 8, 0, 0))
    assert names() == expected(8)


def test_interrupted_by_the_operator():
    over = threading.Event()
    job = made(number=20)

    class Impatient(type(kind_of("make_companies"))):
        pass

    original, seen = kinds.MakeCompanies.process, []

    def process(self, item):
        seen.append(item)
        if len(seen) == 7:
            over.set()
        return original(self, item)

    kinds.MakeCompanies.process = process
    try:
        run(job, over=over)
    finally:
        kinds.MakeCompanies.process = original
    job.refresh_from_db()
    assert (job.state, job.stop_code, job.done) == ("interrupted", "stopped", 7)
    assert not JobItem.objects.filter(job=job, state="leased").exists()
    again = run(made(number=20))
    assert (again.pk, again.state, names()) == (job.pk, "succeeded", expected(20))


@pytest.mark.parametrize(("wish", "state"), [(pause_job, "paused"), (cancel_job, "cancelled")])
def test_a_wish_is_heard_after_the_item_in_hand(wish, state):
    job, original = made(number=20), kinds.MakeCompanies.process

    def process(self, item):
        if item.source_id == "c6":
            wish(membership=member("ada"), job=Job.objects.get(pk=job.pk))
        return original(self, item)

    kinds.MakeCompanies.process = process
    try:
        run(job)
    finally:
        kinds.MakeCompanies.process = original
    job.refresh_from_db()
    assert (job.state, job.done, names()) == (state, 7, expected(7))
    assert not JobItem.objects.filter(job=job, state="leased").exists()
    if state == "paused":
        resume_job(membership=member("ada"), job=job)
        assert run(job).state == "succeeded"
        assert names() == expected(20)
    else:
        with pytest.raises(JobStateError, match="cancelled"):
            run(job)
        assert run(made(number=20)).pk != job.pk


def test_the_same_work_is_the_same_job_until_it_ends():
    first = made(number=3)
    assert made(number=3).pk == first.pk
    others = {made(number=4).pk, made(number=3, dry_run=True).pk, made("count_companies").pk}
    assert first.pk not in others
    run(first)
    assert made(number=3).pk != first.pk


@pytest.mark.parametrize(
    ("kind", "parameters", "field"),
    [
        ("make_companies", {}, "number"),
        ("make_companies", {"number": "x"}, "number"),
        ("no_such", {}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_and_makes_no_job(kind, parameters, field):
    with pytest.raises(JobParametersError) as refused:
        start_job(kind=kind, parameters=parameters)
    assert refused.value.field == field
    assert not Job.objects.exists()
    assert start_job(kind="make_companies", parameters={"number": 1}).state == "new"


def test_a_gap_fails_the_job_and_is_named(monkeypatch):
    job = made(number=6)
    original = kinds.MakeCompanies.reconcile

    def lose(self):
        SourceLink.objects.filter(source_id="c4").delete()
        return original(self)

    monkeypatch.setattr(kinds.MakeCompanies, "reconcile", lose)
    job = run(job)
    assert (job.state, job.stop_code) == ("failed", "gaps")
    assert report_of(job)["gaps"] == [{"source_id": "c4", "code": "missing", "detail": ""}]


def test_rollback_takes_back_what_the_job_made_and_nothing_else():
    before = Company.objects.create(name="Ours")
    job = run(made(number=4))
    shown = run(start_job(kind="rollback", parameters={"job": str(job.pk)}, dry_run=True))
    assert (shown.state, shown.done, len(names())) == ("succeeded", 4, 5)
    back = run(start_job(kind="rollback", parameters={"job": str(job.pk)}))
    assert (back.state, back.done, names()) == ("succeeded", 4, ["Ours"])
    job.refresh_from_db()
    assert job.rolled_back_at is not None
    assert not SourceLink.objects.exists()
    assert Company.objects.get().pk == before.pk
    assert run(made(number=4)).done == 4  # and it can be done again


def test_rollback_leaves_what_people_have_worked_on():
    job = run(made(number=3))
    Company.objects.filter(name="Company 1").update(phone="+61412345678")
    back = run(start_job(kind="rollback", parameters={"job": str(job.pk)}))
    assert (back.state, counts(back), names()) == ("failed", (3, 2, 0, 1), ["Company 1"])
    assert JobItem.objects.get(job=back, state="failed").code == "changed_since"
    job.refresh_from_db()
    assert job.rolled_back_at is None


@pytest.mark.parametrize("job", ["", "x", "0190a3c4-0000-7000-8000-000000000000"])
def test_rollback_of_what_is_no_job_is_refused(job):
    with pytest.raises(JobParametersError):
        start_job(kind="rollback", parameters={"job": job})


def test_rollback_needs_a_kind_that_can_and_a_job_that_rests():
    counted = run(made("count_companies"))
    with pytest.raises(JobParametersError, match="cannot be rolled back"):
        start_job(kind="rollback", parameters={"job": str(counted.pk)})
    busy = made(number=1)
    Job.objects.filter(pk=busy.pk).update(state="running")
    with pytest.raises(JobParametersError, match="running"):
        start_job(kind="rollback", parameters={"job": str(busy.pk)})


def test_a_stream_keeps_its_position_and_rows_for_failures_only():
    job = run(made("stream_companies", number=95, bad=[3, 50, 94]))
    assert (job.state, counts(job)) == ("failed", (95, 92, 0, 3))
    assert job.position == {"line": 95}
    assert list(job.items.values_list("source_id", "code", "state")) == [
        ("line 3", "bad_row", "failed"),
        ("line 50", "bad_row", "failed"),
        ("line 94", "bad_row", "failed"),
    ]
    assert len(names()) == 92
    whole = run(made("stream_companies", number=95))
    assert (whole.state, counts(whole)) == ("succeeded", (95, 95, 0, 0))


def test_a_stream_stops_when_too_many_rows_fail():
    job = run(made("stream_companies", number=200, bad=list(range(0, 200, 2))))
    assert (job.state, job.stop_code, job.position) == ("failed", "too_many_failures", {"line": 50})


def test_the_other_clinic_sees_nothing_of_it(beta):
    from django_tenants.utils import tenant_context

    job = run(made(number=2))
    with tenant_context(beta):
        assert not Job.objects.filter(pk=job.pk).exists()
        assert not Company.objects.exists()
        assert run(made(number=2)).done == 2  # what alpha imported is no import of beta's


def test_a_worker_takes_no_more_than_it_asks_for_whatever_the_plan():
    """A plan that looks the next items up again for each row would take them all."""
    job, hindered = made(number=20), ("hashjoin", "hashagg", "mergejoin", "material")
    items = [NewItem(f"c{n}") for n in range(20)]
    list(ledger.add_items(job, items[:1]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_jobitem")  # which has one row, as far as plans know
        list(ledger.add_items(job, items[1:]))
        for one in hindered:
            cursor.execute(f"SET enable_{one} = off")
        try:
            taken = ledger.lease(job, 1, 5)
        finally:
            for one in hindered:
                cursor.execute(f"RESET enable_{one}")
    assert [one.source_id for one in taken] == [f"c{n}" for n in range(5)]


def test_a_phase_whose_beginning_was_lost_on_the_way_back_is_not_done_twice(monkeypatch):
    """The job works already, and who runs it was not told: listing again is not for it to do."""
    entered, listed, real = [], [], running._enter

    def enter(job, phase):
        entered.append(phase)
        if len(entered) == 1:
            Job.objects.filter(pk=job.pk).update(phase=phase)
            raise OperationalError
        real(job, phase)

    def add_items(job, items):
        listed.append(Job.objects.get(pk=job.pk).phase)
        yield from adding(job, items)

    adding = ledger.add_items
    monkeypatch.setattr(running, "_enter", enter)
    monkeypatch.setattr(ledger, "add_items", add_items)
    monkeypatch.setattr(running, "is_lost", lambda: True)
    monkeypatch.setattr(running, "connection", Mock())
    monkeypatch.setattr(ledger, "BASE_WAIT", 0.0)
    job = run(made(number=7))
    assert (job.state, counts(job)) == ("succeeded", (7, 7, 0, 0))
    assert (entered, listed) == (["working", "checking"], ["listing"])


def test_a_listing_that_comes_too_late_says_nothing_of_the_total(monkeypatch):
    monkeypatch.setattr(ledger, "LIST_BATCH", 3)
    job = made(number=7)
    Job.objects.filter(pk=job.pk).update(phase="working", total=7)
    late = running.Shift(threading.Event())
    late.over.set()
    kind = kind_of(job.kind)(job, print)
    assert not running._list(job, kind, late)
    job.refresh_from_db()
    assert job.total == 7


@pytest.mark.parametrize("steady", [True, False])
def test_lost_connections_are_counted_in_a_row(steady, monkeypatch):
    """A run of days outlives any number of them; one that gets nowhere ends."""
    losses = iter(range(running.RECONNECTS + 3))

    def conduct(*_):
        if next(losses, None) is not None:
            raise OperationalError

    monkeypatch.setattr(running, "_conduct", conduct)
    monkeypatch.setattr(running, "is_lost", lambda: True)
    monkeypatch.setattr(running, "connection", Mock())
    monkeypatch.setattr(running, "STEADY", 0.0 if steady else 60.0)
    monkeypatch.setattr(ledger, "BASE_WAIT", 0.0)
    if steady:
        run(made(number=2))
        assert next(losses, None) is None
    else:
        with pytest.raises(OperationalError):
            run(made(number=2))
