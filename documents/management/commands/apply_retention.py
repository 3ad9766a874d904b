from argparse import ArgumentParser
from typing import Any

from documents.job_kinds.retaining import ApplyRetention
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Look through the retention classes: what is temporary and older than seven days goes,"
        " messages older than two years are listed for review, everything else is counted. Without"
        " --apply it only shows what that would be."
    )
    kind = ApplyRetention.name
    removes = True

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--reviewed",
            nargs="+",
            metavar="ID",
            help="messages that somebody has looked at and that may go",
        )

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"reviewed": options["reviewed"] or []}
