"""Items that are done a chunk at a stroke: all that holds of one by one, and what is their own."""

import pytest

from jobs.models import JobItem
from tests.jobs import kinds, test_running
from tests.jobs.test_running import (  # noqa: F401  they run here once more
    FAULTS,
    _inside,
    counts,
    expected,
    made,
    names,
    run,
    test_a_dry_run_does_everything_but_write,
    test_a_run_stops_by_itself_when_too_many_fail,
    test_a_second_job_finds_everything_there,
    test_a_stop_interrupts_and_going_on_ends_it,
    test_a_transient_failure_is_tried_again,
    test_an_item_that_fails_has_its_reason_and_the_others_go_on,
    test_every_item_is_done_once_and_accounted_for,
    test_failed_items_are_retried_when_the_job_is_started_again,
    test_what_nobody_foresaw_is_tried_again_and_logged,
    test_what_people_removed_is_not_brought_back,
)


@pytest.fixture(autouse=True)
def together(monkeypatch):
    monkeypatch.setattr(test_running, "ONE_BY_ONE", kinds.MakeCompaniesTogether.name)


@pytest.fixture
def asked(monkeypatch):
    """The chunks that were done at a stroke, and the items that were done alone."""
    found = {"chunks": [], "alone": []}
    kind = kinds.MakeCompaniesTogether
    chunk, one = kind.process_together, kind.process

    def process_together(self, items):
        found["chunks"].append([item.source_id for item in items])
        return chunk(self, items)

    def process(self, item):
        found["alone"].append((item.source_id, item.attempt))
        return one(self, item)

    monkeypatch.setattr(kind, "process_together", process_together)
    monkeypatch.setattr(kind, "process", process)
    return found


def test_chunks_are_done_at_a_stroke(asked):
    job = run(made(number=11))
    assert (job.state, counts(job), job.counts) == ("succeeded", (11, 11, 0, 0), {"made": 11})
    assert asked["chunks"] == [[f"c{n}" for n in range(at, at + 5)] for at in (0, 5)]
    assert asked["alone"] == [("c10", 1)]  # the last chunk is one item
    items = JobItem.objects.filter(job=job).order_by("pk")
    assert [(one.state, one.code, one.attempts) for one in items] == [("done", "made", 1)] * 11
    assert all(set(one.result) == {"company"} for one in items)


def test_what_has_failed_is_tried_alone(asked):
    job = run(made(number=5, faults={"1": "transient:2"}))
    assert (job.state, counts(job), names()) == ("succeeded", (5, 5, 0, 0), expected(5))
    assert asked["chunks"] == [["c0", "c1", "c2", "c3", "c4"]]
    assert asked["alone"] == [("c1", 2), ("c1", 3)]


def test_an_unforeseen_error_is_blamed_on_its_own_item(asked, monkeypatch):
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.001)
    job = run(made(number=5, faults={"3": "surprise:9"}))
    assert counts(job) == (5, 4, 0, 1)
    assert names() == [name for name in expected(5) if name != "Company 3"]
    failed = JobItem.objects.get(job=job, state="failed")
    assert (failed.source_id, failed.code, failed.attempts) == ("c3", "unexpected", 5)
    assert sorted(asked["alone"]) == sorted(
        [("c0", 1), ("c1", 1), ("c2", 1), ("c4", 1), *(("c3", n) for n in range(1, 6))]
    )


def test_what_was_done_before_a_stop_is_noted():
    job = run(made(number=5, faults={"2": "stop:1"}))
    assert (job.state, job.stop_code, job.done) == ("interrupted", "quota", 2)
    states = JobItem.objects.filter(job=job).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["done", "done", "waiting", "waiting", "waiting"]
