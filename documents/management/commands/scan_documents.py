from argparse import ArgumentParser
from typing import Any

from documents.job_kinds.scanning import ScanDocuments
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Scan what waits in the quarantine because it could not be scanned, and release what is"
        " clean. Exit code 1 where something could not be scanned. Interrupted, running it again"
        " goes on."
    )
    kind = ScanDocuments.name

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="every quarantined and available document; what is infected goes to quarantine",
        )

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"all": options["all"]}
