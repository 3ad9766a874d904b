from argparse import ArgumentParser
from typing import Any

from jobs.commands import JobCommand
from legacy.management.source_arguments import add_source_arguments, source_parameters


class Command(JobCommand):
    help = "Move an old single-clinic system in: patients, records and every file."
    kind = "legacy_lab_result_files"

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)
        parser.add_argument("--uploads", default="", help="its folder of files, `uploads`")
        parser.add_argument("--batch-size", type=int, default=100, help="files between two lines")

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            **source_parameters(options),
            "uploads": options["uploads"],
            "batch_size": options["batch_size"],
        }
