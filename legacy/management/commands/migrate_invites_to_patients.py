from argparse import ArgumentParser
from typing import Any

from jobs.commands import JobCommand
from legacy.management.source_arguments import add_source_arguments, source_parameters


class Command(JobCommand):
    help = "Give each invite of an old system its patient: found by e-mail, else made."
    kind = "legacy_invites"

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        add_source_arguments(parser)

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return source_parameters(options)
