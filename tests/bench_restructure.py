"""What restructuring a bucket costs, by a bare loop that copies, hashes and deletes the same bytes.

`python -m tests.bench_restructure` measures in servers of its own; `restructure_cost` in a clinic
that is there. The bare loop reads each object, hashes it, writes it to its new key through the same
store and removes the old one. The command does that too, and keeps a second copy, reads back both,
reads all three again before it deletes, and keeps rows and ledger.
"""

import hashlib
import io
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

KB, MB = 1024, 1024 * 1024
SIZE = 20 * KB
DOCUMENTS, SERVED = 1_000, 200  # in a folder; in an S3 server, where each takes long
TURNS = 3  # each side in turn: a machine is not equally fast all the time
MOST_MEMORY, LARGE = 150, 60 * MB  # MB; bytes
LIMIT, FOLDER = 6.0, 6.0  # times; it makes 14 calls of the store where the loop makes five
Report = Callable[..., None]


def restructure_cost(folder: Path, report: Report) -> None:
    from django.conf import settings
    from django.test import override_settings
    from django_tenants.utils import tenant_context

    from tests.bench_files import clinic
    from tests.s3_server import serve, storage

    account = clinic("restructured")
    with tenant_context(account):
        ratio = turns(DOCUMENTS)
        report(f"restructuring {DOCUMENTS:,} objects in a folder, by a bare loop", ratio, FOLDER)
        fill(DOCUMENTS)
        fill(1, LARGE)
    peak = memory(account.schema_name)
    report(f"peak memory of restructuring {DOCUMENTS:,}", peak, MOST_MEMORY, "MB")
    place = folder / "restructured"
    place.mkdir()
    with (
        serve(place) as address,
        override_settings(STORAGES={**settings.STORAGES, "documents": storage(address)}),
        tenant_context(clinic("restructureds3")),
    ):
        ratio = turns(SERVED)
    report(f"restructuring {SERVED:,} objects in S3, by a bare loop", ratio, LIMIT)


def fill(number: int, size: int = SIZE) -> None:
    """Make documents whose rows name old keys, and the objects there."""
    from accounts.fields import uuid7
    from documents.models import Document
    from documents.registry import policy_for_slug
    from patients.models import Patient

    policy = policy_for_slug("patients")
    assert policy is not None
    patient = Patient.objects.create(first_name="A", last_name="B")
    rng, rows = random.Random(2), []
    for _ in range(number):
        pk, content = uuid7(), rng.randbytes(size)
        key = f"documents/{pk}.pdf"
        put_raw(key, content)
        rows.append(
            Document(
                id=pk,
                content_type_id=policy.content_type_id,
                object_id=patient.pk,
                patient=patient,
                original_filename="scan.pdf",
                file_type="application/pdf",
                file_size=size,
                sha256=hashlib.sha256(content).hexdigest(),
                s3_key=key,
                category=policy.default_category,
                state="available",
                retention="clinical",
            )
        )
    Document.objects.bulk_create(rows, batch_size=1_000)


def put_raw(key: str, content: bytes) -> None:
    from documents.storage import object_store
    from documents.storage.filesystem import FileSystemObjectStore

    store = object_store()
    if isinstance(store, FileSystemObjectStore):
        path = Path(store.location) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    else:
        store.client.put_object(Bucket=store.bucket_name, Key=key, Body=content)  # type: ignore[attr-defined]


def turns(number: int) -> float:
    """Return how many times longer the two phases work than the bare loop: the median of turns."""
    found = []
    for turn in range(TURNS):
        bare = bare_loop(number, turn)
        fill(number)
        ours = restructured(number)
        print(
            f"    {ours / number * 1e6:.0f} us by {bare / number * 1e6:.0f} us an object",
            flush=True,
        )
        found.append(ours / bare)
    return statistics.median(found)


def bare_loop(number: int, turn: int) -> float:
    from accounts.tenancy import current_schema
    from documents.storage import object_store

    rng, store = random.Random(turn), object_store()
    keys = [f"{current_schema()}/bare/{turn}-{n}.pdf" for n in range(number)]
    for key in keys:
        put_raw(key, rng.randbytes(SIZE))
    begun = time.perf_counter()
    for key in keys:
        with store.read(key) as chunks:
            content = b"".join(chunks)
        digest = hashlib.sha256(content).hexdigest()
        told = {"content_type": "application/pdf", "tags": {"retention": "clinical"}}
        store.put(key + "-new", io.BytesIO(content), size=len(content), sha256=digest, **told)  # type: ignore[arg-type]
        store.remove(key)
    return time.perf_counter() - begun


def restructured(number: int) -> float:
    from tests.bench_files import run

    moved, first = run("restructure_bucket", {}, concurrency=1)
    if moved.state != "succeeded" or moved.counts != {"moved": number}:
        raise RuntimeError(f"{moved.state}: {moved.counts}")
    gone, second = run("restructure_delete_old", {"job": str(moved.pk)}, concurrency=1)
    if gone.state != "succeeded" or gone.counts != {"deleted": number}:
        raise RuntimeError(f"{gone.state}: {gone.counts}")
    return first + second


def memory(schema: str) -> float:
    """Return the most MB that a process takes which does nothing else."""
    command = [sys.executable, "-m", "tests.bench_restructure", "alone", schema]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told.splitlines()[-1])


def alone(schema: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import peak

    call_command("restructure_bucket", "--tenant", schema, "--apply")
    print(peak(os.getpid()) / MB)


def main() -> None:
    if sys.argv[1:2] == ["alone"]:
        alone(sys.argv[2])
        return
    from tests import bench

    with bench.servers_of_its_own() as data:
        restructure_cost(data, bench.report)


if __name__ == "__main__":
    main()
