"""The workers' way: in slices, in several processes' time, with nobody's name in the diary."""

import tracemalloc

import pytest

from jobs.models import Job, JobEvent
from jobs.services.control import begin, start_job
from jobs.services.running import run_slice
from tests.legacy.helpers import assert_moved, made, move
from tests.legacy.old_system import build


@pytest.fixture(autouse=True)
def _inside(in_alpha):
    pass


def test_in_slices_it_moves_everything_and_names_nobody_in_the_diary(tmp_path):
    clinic = build(tmp_path / "old", rich=2)
    job = made(clinic)
    Job.objects.filter(pk=job.pk).update(background=True)
    job.refresh_from_db()
    begin(job)
    slices = 0
    while job.state == "running" and slices < 500:
        run_slice(job, seconds=0.05)
        job.refresh_from_db()
        slices += 1
    assert (job.state, job.report["gaps"]) == ("succeeded", [])
    assert slices > 1
    assert_moved(clinic)
    diary = "\n".join(JobEvent.objects.filter(job=job).values_list("text", flat=True))
    assert "User 1 has 1 patient(s)" in diary
    assert "✓ 4 files verified (1 patient)" in diary
    assert "family.test" not in diary
    names = {name for row in rows_of(clinic, "patients") for name in row if name}
    assert not [name for name in names if f"({name}" in diary]


def rows_of(clinic, table):
    from legacy.address import parse_address
    from legacy.source import OldSystem

    with OldSystem(parse_address(clinic.url)) as old:
        return [(row["first_name"], row["last_name"]) for row in old.stream(table)]


def test_many_files_take_no_more_memory_than_few(tmp_path):
    peaks = []
    for at, number in enumerate((30, 150)):
        clinic = build(tmp_path / str(number), users=1, results=number // 3, files=3, seed=at)
        tracemalloc.start()
        job = move(clinic, name=f"old{number}")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (job.state, job.failed) == ("succeeded", 0)
    assert peaks[1] < peaks[0] + 2_000_000  # bytes, for five times as many


def test_the_same_work_is_one_job(tmp_path):
    clinic = build(tmp_path / "old")
    assert made(clinic).pk == made(clinic).pk
    other = start_job(
        kind="legacy_lab_result_files",
        parameters={"source": clinic.url, "uploads": str(clinic.folder), "source_name": "other"},
    )
    assert other.pk != made(clinic).pk
