"""What an archive costs, by a bare script that reads the same objects into one ZIP.

`python -m tests.bench_archive` measures in servers of its own; `archive_cost` in a database that is
there. The bare script asks nobody, notes nothing and writes no manifest: it opens each object by its
path, and copies and hashes it, with `zipfile`. Both write to a file on the same disk.
"""

import hashlib
import io
import os
import random
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

KB, MB = 1024, 1024 * 1024
FILES, SIZE = 1_000, 100 * KB
TURNS = 14  # each side in turn, and first in turn: a disk writes late what the other has sent it
LIMIT = 1.5
Report = Callable[..., None]


def archive_cost(report: Report) -> None:
    """Make an archive of 1,000 documents of 100 KB in a folder, several times."""
    from django.conf import settings
    from django_tenants.utils import tenant_context

    from documents.services import archives
    from tests.bench import peak
    from tests.bench_files import clinic, forget_peak

    streamed = archives.MAX_FILES
    archives.MAX_FILES = FILES  # more than is given out at once
    folder = Path(tempfile.mkdtemp(prefix="archive-", dir=os.environ["DATA_DIR"]))
    root = Path(settings.STORAGES["documents"]["OPTIONS"]["location"])
    ours, bare = [], []
    try:
        with tenant_context(clinic("zipped")):
            membership, keys = fill()
            forget_peak()
            before = peak(os.getpid())
            sides = [
                (bare, folder / "bare", lambda to: by_hand([root / key for key in keys], to)),
                (ours, folder / "ours", lambda to: by_us(membership, to)),
            ]
            for turn in range(TURNS + 2):
                for times, target, make in sides if turn % 2 else sides[::-1]:
                    target.unlink(missing_ok=True)
                    times.append(timed(partial(make, target)))
            used = (peak(os.getpid()) - before) / MB
        same(folder / "bare", folder / "ours")
    finally:
        archives.MAX_FILES = streamed
        shutil.rmtree(folder)
    del ours[:2], bare[:2]  # they have warmed up
    ratios = [one / other for one, other in zip(ours, bare, strict=True)]
    for one, other in zip(ours, bare, strict=True):
        print(f"    {one * 1000:.0f} ms by {other * 1000:.0f} ms", flush=True)
    report(f"a ZIP of {FILES:,} documents, by a bare script", statistics.median(ratios), LIMIT)
    report("peak memory of making it, above what there was", used, 20, "MB")


def fill() -> tuple[Any, list[str]]:
    """Store the documents; return who may see them, and their keys."""
    from accounts.models import Membership
    from documents.models import Document
    from documents.registry import policy_for_slug
    from medical_records.models import LabResult
    from patients.models import Patient
    from tests.bench_files import store

    policy = policy_for_slug("lab-results")
    assert policy is not None
    rng, keys = random.Random(1), []
    patient = Patient.objects.create(first_name="Many", last_name="Files")
    results = LabResult.objects.bulk_create(
        [LabResult(patient=patient, test_name="Potassium") for _ in range(FILES // 10)]
    )
    for number in range(FILES):
        body = rng.randbytes(SIZE)
        digest = hashlib.sha256(body).hexdigest()
        document = Document(
            content_type_id=policy.content_type_id,
            object_id=results[number % len(results)].pk,
            patient=patient,
            original_filename="scan.pdf",
            file_type="application/pdf",
            file_size=SIZE,
            sha256=digest,
            category="result",
            state="available",
            retention="clinical",
        )
        document.s3_key = f"zipped/patients/lab-results/{patient.pk}/{document.pk}.pdf"
        document.save(force_insert=True)
        store(document.s3_key, io.BytesIO(body), SIZE, digest)
        keys.append(document.s3_key)
    membership = Membership.objects.select_related("user", "account").get(
        account__schema_name="zipped"
    )
    return membership, keys


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def by_hand(paths: list[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w") as out:
        for number, path in enumerate(paths):
            with path.open("rb") as source, out.open(f"{number}.pdf", "w") as entry:
                digest = hashlib.sha256()
                while chunk := source.read(256 * KB):
                    digest.update(chunk)
                    entry.write(chunk)


def by_us(membership: Any, target: Path) -> None:
    """Choose, note and stream, as the API does."""
    from documents.services.archives import archive_of_patient, give_out_archive
    from patients.models import Patient

    archive = archive_of_patient(membership=membership, patient_id=Patient.objects.get().pk)
    with target.open("wb") as out:
        out.writelines(give_out_archive(archive, membership=membership))


def same(bare: Path, ours: Path) -> None:
    """Make sure that the same was done."""
    crcs = []
    for path in (bare, ours):
        with zipfile.ZipFile(path) as found:
            crcs.append(sorted(one.CRC for one in found.infolist()))
    with zipfile.ZipFile(ours) as found:
        crcs[1].remove(found.getinfo("manifest.json").CRC)
    if crcs[0] != crcs[1]:
        raise RuntimeError("the archives hold different files")


def main() -> None:
    from tests import bench

    with bench.servers_of_its_own():
        archive_cost(bench.report)


if __name__ == "__main__":
    main()
