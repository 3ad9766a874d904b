from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from filemaker.fields import MOST_BYTES, read_field_map
from filemaker.models import Area
from jobs.commands import JobCommand
from jobs.errors import JobParametersError

NAMES = ("metadata_only", "only_failed", "since", "limit", "concurrency", "rate")


class Command(JobCommand):
    help = "Import documents or images from FileMaker's Data API (see docs/filemaker.md)."

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("area", choices=[area.value for area in Area])
        parser.add_argument("--metadata-only", action="store_true", help="list, download nothing")
        parser.add_argument("--field-map", metavar="FILE", help="other names of layouts and fields")
        parser.add_argument("--since", metavar="DATE", help="records of this day and later")
        parser.add_argument("--limit", type=int, help="at most so many that are not imported yet")
        parser.add_argument(
            "--only-failed", action="store_true", help="what failed or had no patient"
        )
        parser.add_argument("--concurrency", type=int, help="downloads at a time (default: 2)")
        parser.add_argument("--rate", type=float, help="at most so many requests a second")

    def kind_of(self, options: dict[str, Any]) -> str:
        return f"filemaker_{options['area']}"

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        found = {name: options[name] for name in NAMES if options[name] is not None}
        if options["field_map"]:
            found["field_map"] = read_field_map(_content(Path(options["field_map"])))
        return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise JobParametersError(f"{reason}.", field="field_map") from None
