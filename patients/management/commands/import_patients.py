from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jobs.commands import JobCommand
from jobs.errors import JobParametersError
from jobs.models import Job
from jobs.services.reporting import failures_of
from patients.imports.columns import MAX_MAPPING, read_mapping
from patients.imports.reading import DATE_ORDERS, Recipe
from patients.imports.rejects import write_rejects
from patients.imports.sources import KIND, check_place, source_file, store_source
from patients.services.imports import OnDuplicate


class Command(JobCommand):
    help = "Import patients from a CSV or Excel file of any size (docs/imports.md)."
    kind = KIND

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="CSV or .xlsx")
        parser.add_argument("--mapping", metavar="FILE", help="which column is which field")
        parser.add_argument(
            "--on-duplicate",
            choices=OnDuplicate.values,
            default=OnDuplicate.SKIP.value,
            help="what to do with patients who are there already (default: skip)",
        )
        parser.add_argument("--rejects", metavar="FILE", help="write the rejected rows here")
        parser.add_argument("--encoding", default="", help="such as cp850; else it is found out")
        parser.add_argument("--delimiter", default="", help="one character, or tab")
        parser.add_argument("--sheet", default="", help="of a workbook; else the first")
        parser.add_argument("--date-order", choices=DATE_ORDERS, default="", help="of 1/3/2015")

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        if not options["file"]:
            raise JobParametersError("Name the file to import.", field="file")
        place = check_place({"file": options["file"]})
        if options["rejects"]:
            self._check_rejects(Path(options["rejects"]), options)
        if options["background"]:
            with source_file(place) as file:
                place = {"object": store_source(file)}
        delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        names = ("on_duplicate", "encoding", "sheet", "date_order")
        return {
            **place,
            **{name: options[name] for name in names},
            "delimiter": delimiter,
            "mapping": _mapping(options["mapping"]),
        }

    @staticmethod
    def _check_rejects(path: Path, options: dict[str, Any]) -> None:
        """Refuse before the work what would go wrong after it."""
        if options["background"]:
            raise JobParametersError(
                "The workers cannot write here; see the job's failures instead.", field="rejects"
            )
        if path.exists():
            raise JobParametersError(f"{path} exists; name another file.", field="rejects")
        if not path.absolute().parent.is_dir():
            raise JobParametersError(f"{path.parent} is no folder.", field="rejects")

    def _tell(self, job: Job, options: dict[str, Any]) -> None:
        super()._tell(job, options)
        if job.kind != KIND or not options["rejects"]:
            return
        path = Path(options["rejects"]).absolute()
        recipe = Recipe.of_json(job.parameters["recipe"])
        number = write_rejects(
            path,
            titles=recipe.header.titles,
            mended=recipe.header.mended,
            delimiter=recipe.delimiter or ",",
            rows=rejects_of(job),
        )
        told = f"{number} rejected rows are in {path}." if number else "No rows were rejected."
        self.stderr.write(told)


def rejects_of(job: Job) -> Iterator[tuple[Mapping[str, str], str]]:
    """Yield each rejected row as it stood in the file, with what is wrong."""
    for item in failures_of(job):
        yield item.payload["row"], f"{item.source_id}: {item.detail}"


def _mapping(path: str | None) -> dict[str, str]:
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            return read_mapping(file.read(MAX_MAPPING + 1))
    except OSError as error:
        raise JobParametersError(f"{path} cannot be read.", field="mapping") from error
