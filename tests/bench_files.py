"""What moving files in costs, by a bare script that reads, hashes and writes the same files.

`python -m tests.bench_files` measures in servers of its own; `legacy_cost` and `filemaker_cost` in
a clinic that is there. The bare script keeps no ledger, looks at no file and makes no document; it
writes to the same store, with as many threads.
"""

import hashlib
import io
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

KB, MB = 1024, 1024 * 1024
TURNS = 7  # of an old system, each side in turn: a disk is not equally fast all the time
DOCS, PICTURES, CONTACTS = 11_269, 6_664, 900  # as many as the clinic's own FileMaker has
BARE_RECORDS = 3_000  # of FileMaker's; each takes as long as the next
SIZES = (20 * KB, 80 * KB, 200 * KB)
FOLDER = 2.5
SHARE = 0.7  # of the bare script's files a second
PAGE = 100
Report = Callable[..., None]


def clinic(name: str) -> Any:
    from accounts.services.accounts import create_account

    return create_account(
        schema_name=name, name=name, domain=f"{name}.localhost", admin_email="a@bench.test"
    )


def store(key: str, content: BinaryIO, size: int, sha256: str) -> None:
    from documents.storage import object_store

    object_store().put(
        key,
        content,
        size=size,
        content_type="application/pdf",
        sha256=sha256,
        tags={"retention": "clinical"},
    )


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def run(kind: str, parameters: dict[str, Any], *, concurrency: int) -> tuple[Any, float]:
    """Run a job whole; return it and the seconds of its work, without listing and comparing.

    The bare script has its list for nothing and compares nothing.
    """
    from jobs.models import JobPhase
    from jobs.services import running
    from jobs.services.control import start_job

    marks: dict[str, float] = {}
    enter = running._enter

    def note(job: Any, phase: Any) -> None:
        marks[str(phase)] = time.perf_counter()
        enter(job, phase)

    running._enter = note
    try:
        job = start_job(kind=kind, parameters=parameters)
        begun = time.perf_counter()
        done = running.run_job(job, concurrency=concurrency)
        print(f"    {kind}: {time.perf_counter() - begun:.0f} s in all", flush=True)
    finally:
        running._enter = enter
    return done, marks[JobPhase.CHECKING] - marks[JobPhase.WORKING]


# --- The old system's files -----------------------------------------------------------------------


def legacy_cost(folder: Path, report: Report) -> None:
    """Move files of ordinary sizes in, one at a time as the command does."""
    from django.conf import settings
    from django.test import override_settings

    from tests.legacy.old_system import build, connected
    from tests.s3_server import serve, storage

    old = build(folder / "old", users=17, per_user=2, results=2, files=6)
    rng = random.Random(1)
    with connected(old.url) as execute:
        for number, one in enumerate(old.files):
            body = document(rng, SIZES[number % len(SIZES)])
            place = f"{one.place.rpartition('.')[0]}.pdf"
            (old.folder / place).write_bytes(body)
            (old.folder / one.place).unlink()
            execute(
                "UPDATE lab_result_files SET file_path = ?, file_name = ?, file_size = ?"
                " WHERE id = ?",
                (f"uploads/{place}", f"{number}.pdf", len(body), one.id),
            )
    with (
        serve(folder) as address,
        override_settings(STORAGES={**settings.STORAGES, "documents": storage(address)}),
    ):
        ratio, used = move_in(old, "s")
    report("an old system's file moved in, by a bare script", ratio, 1 / SHARE)
    report("peak memory of moving an old system in", used, 200, "MB")
    # A folder's own cost is a few file operations, so that the rows weigh more beside it.
    report("the same with a folder as the store", move_in(old, "f")[0], FOLDER)


def move_in(old: Any, prefix: str) -> tuple[float, float]:
    """Move an old system into several clinics; return how it compares, and the most memory in MB."""
    from django_tenants.utils import tenant_context

    from tests.bench import peak

    number = len(old.files)
    ours, bare, used = [], [], 0.0
    for turn in range(TURNS):
        with tenant_context(clinic(f"{prefix}bare{turn}")):
            bare.append(bare_legacy(old.folder))
        with tenant_context(clinic(f"{prefix}moved{turn}")):
            forget_peak()
            parameters = {
                "source": old.url,
                "uploads": str(old.folder),
                "source_name": "bench",
                "time_zone": "UTC",
            }
            done, _ = run("legacy_lab_result_files", parameters, concurrency=1)
            if done.state != "succeeded" or done.counts.get("file_moved") != number:
                raise RuntimeError(f"{done.state}: {done.counts}")
            used = max(used, peak(os.getpid()) / MB)
            ours.append(seconds_of_files(done) / number)
        print(f"    {ours[-1] * 1000:.2f} ms by {bare[-1] * 1000:.2f} ms a file", flush=True)
    ratios = (one / other for one, other in zip(ours, bare, strict=True))
    return statistics.median(ratios), used


def seconds_of_files(job: Any) -> float:
    """Return how long the files took, which come after their patients and records."""
    from jobs.models import JobItem

    items = JobItem.objects.filter(job=job).order_by("updated_at")
    files = items.filter(payload__table="lab_result_files")
    rows = items.exclude(payload__table="lab_result_files")
    ends = [found.values_list("updated_at", flat=True).last() for found in (files, rows)]
    return float((ends[0] - ends[1]).total_seconds())


def bare_legacy(folder: Path) -> float:
    """Return seconds a file."""
    from accounts.tenancy import current_schema

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    begun = time.perf_counter()
    for number, path in enumerate(paths):
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()
        store(
            f"{current_schema()}/files/{number // 10}/{number}", io.BytesIO(body), len(body), digest
        )
    return (time.perf_counter() - begun) / len(paths)


def document(rng: random.Random, size: int) -> bytes:
    """Return a PDF, no two alike."""
    from tests.bench import pdf

    return pdf(size).replace(b"%xxxxxxxxxxxxxxxx", f"%{rng.getrandbits(64):016x}".encode(), 1)


# --- FileMaker ------------------------------------------------------------------------------------


def filemaker_cost(report: Report) -> None:
    """Import as many records as the clinic's own FileMaker has, from an emulated one."""
    from django_tenants.utils import tenant_context

    from patients.models import Patient
    from tests.bench import peak

    command = [sys.executable, "-m", "tests.filemaker.serve"]
    command += [str(number) for number in (DOCS, PICTURES, CONTACTS)]
    command += [str(size // KB) for size in SIZES]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            found = dict(
                line.rstrip("\n").split("=", 1) for line in iter(server.stdout.readline, "\n")
            )
            contacts = found.pop("CONTACTS").split(",")
            files = int(found.pop("FILES"))
            os.environ.update(found)
            with tenant_context(clinic("barefm")):
                bare = bare_filemaker(threads=2)
            with tenant_context(clinic("importedfm")):
                Patient.objects.bulk_create(
                    [Patient(first_name="A", last_name="B", filemaker_id=one) for one in contacts]
                )
                forget_peak()
                took, imported = 0.0, 0
                for area in ("documents", "images"):
                    done, seconds = run(f"filemaker_{area}", {}, concurrency=2)
                    if done.state != "succeeded" or done.failed:
                        raise RuntimeError(f"{done.state}: {done.counts}")
                    took, imported = took + seconds, imported + done.counts["imported"]
                used = peak(os.getpid()) / MB
                if imported != files:
                    raise RuntimeError(f"{imported} of {files} files")
        finally:
            server.kill()
    print(f"    {took / imported * 1000:.2f} ms by {bare * 1000:.2f} ms a file", flush=True)
    report("a file imported from FileMaker, by a bare script", took / imported / bare, 1 / SHARE)
    report(f"peak memory of importing {DOCS + PICTURES:,} records", used, 200, "MB")


def bare_filemaker(*, threads: int) -> float:
    """List page by page, get each file, hash it, store it; return seconds a file."""
    import requests

    from accounts.tenancy import current_tenant
    from filemaker.client import Client
    from filemaker.environment import read_settings

    client, own = Client(read_settings()), threading.local()
    account = current_tenant()

    def session() -> requests.Session:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        return own.session

    def get(address: str, token: str) -> bytes:
        headers = {"Authorization": f"Bearer {token}"}
        first = session().get(address, headers=headers, allow_redirects=False)
        cookie = first.headers["Set-Cookie"].partition(";")[0]
        answer = session().get(address, headers={"Cookie": cookie}, allow_redirects=False)
        answer.raise_for_status()
        session().cookies.clear()
        return answer.content

    def page(offset: int) -> int:
        from django_tenants.utils import tenant_context

        with tenant_context(account):
            records = client.page("API_Docs", offset=offset, limit=PAGE, sort="id").records
            number = 0
            for record in records:
                if address := record.fields["Doc"]:
                    body = get(address, client._session.token())
                    digest = hashlib.sha256(body).hexdigest()
                    key = f"barefm/files/{offset}/{record.record_id}"
                    store(key, io.BytesIO(body), len(body), digest)
                    number += 1
            return number

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        number = sum(pool.map(page, range(1, BARE_RECORDS, PAGE)))
    took = time.perf_counter() - begun
    client.close()
    return took / number


def main() -> None:
    from tests import bench

    chosen = sys.argv[1:] or ["legacy", "filemaker"]
    with bench.servers_of_its_own() as data:
        if "legacy" in chosen:
            legacy_cost(data, bench.report)
        if "filemaker" in chosen:
            filemaker_cost(bench.report)


if __name__ == "__main__":
    main()
