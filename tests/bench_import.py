"""What an import of 100,000 patients costs, by a plain loop of saves and by COPY.

`python -m tests.bench_import` measures in servers of its own; `import_cost` in a clinic that is
there. The three write into the same table with the same indexes and triggers, each in a clinic of
its own, so that none finds it fuller than the others.
"""

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 100_000
LOOP = 1_000  # rows; each takes as long as the next
MB = 1024 * 1024
COLUMNS = (
    *("id", "created_at", "updated_at", "email", "phone", "address", "first_name", "last_name"),
    *("date_of_birth", "sex", "external_id", "filemaker_id", "status", "notes", "research_consent"),
)
Report = Callable[..., None]


def person(number: int) -> dict[str, str]:
    return {
        "first_name": "Anna",
        "last_name": f"Muster{number % 1000}",
        "email": f"p{number}@mail.test",
        "phone": f"0412 {number // 1000 % 1000:03} {number % 1000:03}",
        "date_of_birth": f"{1 + number % 28}/{1 + number % 12}/{1930 + number % 90}",
        "external_id": f"X{number}",
        "address": f"{number} High Street, Sydney",
    }


def loop_seconds() -> float:
    """Return seconds a row of `full_clean(); save()`."""
    from patients.imports.dates import day_of
    from patients.models import Patient

    begun = time.perf_counter()
    for number in range(LOOP):
        fields: dict[str, Any] = person(number)
        patient = Patient(**{**fields, "date_of_birth": day_of(fields["date_of_birth"], "DMY")})
        patient.full_clean()
        patient.save()
    return (time.perf_counter() - begun) / LOOP


def copy_seconds() -> float:
    """Return seconds a row of COPY, the rows being ready as text."""
    from django.db import connection

    from accounts.fields import uuid7
    from patients.imports.dates import day_of

    rest = {"sex": "", "filemaker_id": "", "status": "active", "notes": "", "research_consent": "f"}
    out = io.StringIO()
    for number in range(ROWS):
        fields: dict[str, Any] = {**person(number), **rest, "id": uuid7()}
        fields |= dict.fromkeys(("created_at", "updated_at"), "2026-01-01 00:00+00")
        fields["date_of_birth"] = day_of(fields["date_of_birth"], "DMY")
        fields["phone"] = f"+61412{number:06}"
        out.write("\t".join(str(fields[name]) for name in COLUMNS) + "\n")
    out.seek(0)
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        names = ", ".join(COLUMNS)
        cursor.cursor.copy_expert(f"COPY patients_patient ({names}) FROM STDIN", out)
    return (time.perf_counter() - begun) / ROWS


def import_seconds(path: Path) -> float:
    """Return seconds a row of the whole job: survey, import, reconciliation."""
    from jobs.services.control import start_job
    from jobs.services.running import run_job

    begun = time.perf_counter()
    job = start_job(kind="import_patients", parameters={"file": str(path)})
    done = run_job(job)
    took = time.perf_counter() - begun
    if (done.state, done.done) != ("succeeded", ROWS):
        raise RuntimeError(f"{done.state}: {done.done} done, {done.counts}")
    return took / ROWS


def understanding_seconds(path: Path) -> float:
    """Return seconds a row of reading and checking alone."""
    from patients.imports.reading import opened, survey
    from patients.imports.values import understand
    from patients.models import Patient
    from patients.services.checks import check_fields

    with path.open("rb") as file:
        recipe = survey(file)
        begun = time.perf_counter()
        with opened(file, vars(recipe)) as source:
            for record in source.rows():
                found = understand(recipe.cells_of(record), recipe.date_order)
                check_fields(Patient(**found.fields))
    return (time.perf_counter() - begun) / ROWS


def peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say")


def import_cost(folder: Path, report: Report) -> None:
    """Measure in three new clinics."""
    from django_tenants.utils import tenant_context

    from accounts.services.accounts import create_account

    path = folder / "people.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(person(0))
        writer.writerows(person(number).values() for number in range(ROWS))

    def clinic(name: str) -> Any:
        return create_account(
            schema_name=name, name=name, domain=f"{name}.localhost", admin_email="a@bench.test"
        )

    with tenant_context(clinic("importing")):
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        imported = import_seconds(path)
        used = peak() / MB
        understood = understanding_seconds(path)
    with tenant_context(clinic("looping")):
        looped = loop_seconds()
    with tenant_context(clinic("copying")):
        copied = copy_seconds()
    micro = 1_000_000
    print(
        f"    import {imported * micro:.0f} µs, loop {looped * micro:.0f} µs,"
        f" COPY {copied * micro:.0f} µs a row",
        flush=True,
    )
    report("100,000 patients imported, by a loop of saves", imported / looped, 1 / 15)
    report("100,000 patients imported, by COPY", imported / copied, 6)
    report("reading and checking a row, by COPY of one", understood / copied, 1)
    report("peak memory of the import", used, 200, "MB")


def main() -> None:
    from tests import bench

    with bench.servers_of_its_own() as data:
        import_cost(data, bench.report)


if __name__ == "__main__":
    main()
