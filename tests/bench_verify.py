"""What verifying documents costs, by a bare loop that reads and hashes the same objects.

`python -m tests.bench_verify` measures in servers of its own; `verify_cost` in a clinic that is
there. The bare loop reads through the same store, one object after another; it keeps no ledger and reads
no notes beside the objects. It has its list of documents for nothing and looks for no others, so the
search for objects that nobody needs is measured by itself, by a bare listing.
"""

import hashlib
import io
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KB, MB = 1024, 1024 * 1024
SIZE = 100 * KB
DOCUMENTS, SERVED = 10_000, 1_500  # in a folder; in an S3 server, where each takes long
TURNS = 5  # each side in turn: a machine is not equally fast all the time
LIMIT, MOST_MEMORY = 1.3, 150  # times; MB
SEARCH = 3.0  # times; each object is looked up in the database
Report = Callable[..., None]


def verify_cost(folder: Path, report: Report) -> None:
    from django.conf import settings
    from django.test import override_settings
    from django_tenants.utils import tenant_context

    from tests.bench_files import clinic
    from tests.s3_server import serve, storage

    account = clinic("verified")
    with tenant_context(account):
        fill(DOCUMENTS)
        ratio = turns(DOCUMENTS)
        search = search_cost()
    report(f"verifying {DOCUMENTS:,} documents in a folder, by a bare loop", ratio, LIMIT)
    report(f"the search for orphans among {DOCUMENTS:,}, by a bare listing", search, SEARCH)
    report(
        f"peak memory of verifying {DOCUMENTS:,}", memory(account.schema_name), MOST_MEMORY, "MB"
    )
    place = folder / "verified"
    place.mkdir()
    with (
        serve(place) as address,
        override_settings(STORAGES={**settings.STORAGES, "documents": storage(address)}),
        tenant_context(clinic("verifieds3")),
    ):
        fill(SERVED)
        ratio = turns(SERVED)
    report(f"verifying {SERVED:,} documents in S3, by a bare loop", ratio, LIMIT)


def fill(number: int, size: int = SIZE, patient: Any = None) -> None:
    """Make documents of random bytes: objects through the store, rows at a stroke."""
    from accounts.fields import uuid7
    from accounts.tenancy import current_schema
    from documents.models import Document
    from documents.registry import policy_for_slug
    from documents.storage import object_store
    from documents.storage.filesystem import FileSystemObjectStore
    from patients.models import Patient

    policy = policy_for_slug("patients")
    assert policy is not None
    patient = patient or Patient.objects.create(first_name="A", last_name="B")
    rng, rows, store = random.Random(2), [], object_store()
    for n in range(number):
        pk, content = uuid7(), rng.randbytes(size)
        folder = str(uuid7())[:-2] + f"{n % 97:02}"  # some patients' folders
        key = f"{current_schema()}/patients/documents/{folder}/{pk}.pdf"
        digest = hashlib.sha256(content).hexdigest()
        if isinstance(store, FileSystemObjectStore):  # without waiting for the disk
            path = Path(store.location) / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            Path(f"{path}.meta").write_text(json.dumps({"sha256": digest}))
        else:
            facts: dict[str, Any] = {"content_type": "application/pdf", "tags": {}}
            store.put(key, io.BytesIO(content), size=size, sha256=digest, **facts)
        rows.append(
            Document(
                id=pk,
                content_type_id=policy.content_type_id,
                object_id=patient.pk,
                patient=patient,
                original_filename="scan.pdf",
                file_type="application/pdf",
                file_size=size,
                sha256=digest,
                s3_key=key,
                category=policy.default_category,
                state="available",
                retention="clinical",
            )
        )
    Document.objects.bulk_create(rows, batch_size=1_000)


def turns(number: int) -> float:
    """Return how many times longer the job works than the bare loop: the median of turns."""
    found = []
    for _ in range(TURNS):
        bare, ours = bare_loop(number), verified(number)
        print(
            f"    {ours / number * 1e6:.0f} us by {bare / number * 1e6:.0f} us a document",
            flush=True,
        )
        found.append(ours / bare)
    return statistics.median(found)


def search_cost() -> float:
    """Return how many times longer finding whose each object is takes than listing them."""
    from accounts.tenancy import current_schema
    from documents.services.ownership import stored_objects
    from documents.storage import object_store

    found = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        listed = sum(1 for _ in object_store().keys(f"{current_schema()}/"))
        between = time.perf_counter()
        orphans = sum(one.is_orphan for one in stored_objects())
        found.append((time.perf_counter() - between) / (between - begun))
        if (listed, orphans) != (DOCUMENTS, 0):
            raise RuntimeError(f"{listed} objects, {orphans} orphans")
    return statistics.median(found)


def bare_loop(number: int) -> float:
    from documents.models import Document
    from documents.storage import object_store

    rows = list(Document.objects.order_by("pk").values_list("s3_key", "sha256"))
    begun = time.perf_counter()
    right = 0
    for key, sha256 in rows:
        digest = hashlib.sha256()
        with object_store().read(key) as chunks:
            for chunk in chunks:
                digest.update(chunk)
        right += digest.hexdigest() == sha256
    took = time.perf_counter() - begun
    if right != number:
        raise RuntimeError(f"{right} of {number} objects")
    return took


def verified(number: int) -> float:
    from tests.bench_files import run

    # From the first day on: all documents, and no search for other objects.
    done, took = run("documents_verify", {"since": "2000-01-01"}, concurrency=1)
    if done.state != "succeeded" or done.counts != {"verified": number}:
        raise RuntimeError(f"{done.state}: {done.counts}")
    return took


def memory(schema: str) -> float:
    """Return the most MB that a process takes which does nothing else."""
    command = [sys.executable, "-m", "tests.bench_verify", "alone", schema]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told.splitlines()[-1])


def alone(schema: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import peak

    call_command("verify_documents", "--tenant", schema)
    print(peak(os.getpid()) / MB)


def main() -> None:
    if sys.argv[1:2] == ["alone"]:
        alone(sys.argv[2])
        return
    from tests import bench

    with bench.servers_of_its_own() as data:
        verify_cost(data, bench.report)


if __name__ == "__main__":
    main()
