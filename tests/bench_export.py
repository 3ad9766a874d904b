"""What memory exporting a patient takes, however many and however large the documents are.

`python -m tests.bench_export` measures in servers of its own; `export_cost` in a clinic that is there.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

MB = 1024 * 1024
DOCUMENTS, LARGE = 2_000, 60 * MB
MOST_MEMORY = 150  # MB
Report = Callable[..., None]


def export_cost(report: Report) -> None:
    from django_tenants.utils import tenant_context

    from patients.models import Patient
    from tests.bench_files import clinic
    from tests.bench_verify import fill

    account = clinic("exported")
    with tenant_context(account):
        fill(DOCUMENTS)
        patient = Patient.objects.latest("id")
        fill(1, LARGE, patient)
    peak = memory(account.schema_name, str(patient.pk))
    report(f"peak memory of exporting {DOCUMENTS:,} documents", peak, MOST_MEMORY, "MB")


def memory(schema: str, patient: str) -> float:
    """Return the most MB that a process takes which does nothing else."""
    command = [sys.executable, "-m", "tests.bench_export", "alone", schema, patient]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(told.splitlines()[-1])


def alone(schema: str, patient: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tests.bench import peak

    with tempfile.TemporaryDirectory(dir=os.environ["DATA_DIR"]) as folder:
        target = Path(folder, "patient.zip")
        call_command(
            *("export_patient", "--tenant", schema, "--patient", patient, "--to", str(target))
        )
        if target.stat().st_size < LARGE:
            raise RuntimeError("The export lacks the large document.")
    print(peak(os.getpid()) / MB)


def main() -> None:
    if sys.argv[1:2] == ["alone"]:
        alone(*sys.argv[2:4])
        return
    from tests import bench

    with bench.servers_of_its_own():
        export_cost(bench.report)


if __name__ == "__main__":
    main()
