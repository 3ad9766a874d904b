"""Imports that members begin, from the API and the admin: at once where small, else as a job."""

from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.errors import DocumentTooLargeError, StoreUnavailableError
from documents.storage import StoreError
from jobs.models import Job
from jobs.services.background import start_in_background
from patients.errors import MAX_CSV_SIZE, MAX_ROWS
from patients.imports.earlier import Earlier
from patients.imports.reading import Recipe, Told, opened, survey
from patients.imports.sources import KIND, known_source, store_source
from patients.services.csv_import import refuse_unknown
from patients.services.imports import Manner, OnDuplicate, Verdict, import_rows

MAX_IMPORT_SIZE = 100 * 1024 * 1024  # bytes over HTTP; the command takes any size
PREVIEWED = 20  # rows


@dataclass(frozen=True)
class Preview:
    """How a file is read, and what would become of its rows; of a large one of the first."""

    recipe: Recipe
    verdicts: list[Verdict]


def preview_import(
    *, membership: Membership, file: BinaryIO, told: Told, on_duplicate: OnDuplicate
) -> Preview:
    """Look at a file without writing anything; columns that nobody knows are told, not refused.

    Raises `NotPermittedError`, `DocumentTooLargeError` and `CsvError`.
    """
    recipe = _survey(membership, file, told)
    rows = MAX_ROWS if recipe.rows <= MAX_ROWS and recipe.size <= MAX_CSV_SIZE else PREVIEWED
    verdicts = preview(
        membership=membership, file=file, recipe=recipe, on_duplicate=on_duplicate, rows=rows
    )
    return Preview(recipe, verdicts)


def look_at(*, membership: Membership, file: BinaryIO, told: Told) -> Recipe:
    """Read a file to its end and say how it is to be read.

    Raises `NotPermittedError`, `DocumentTooLargeError` and `CsvError`, the latter also for columns
    that would be left out: whoever sends a file over HTTP may never look at the job's report.
    """
    recipe = _survey(membership, file, told)
    refuse_unknown(recipe)
    return recipe


def _survey(membership: Membership, file: BinaryIO, told: Told) -> Recipe:
    if not membership.may("patients.add"):
        raise NotPermittedError
    if file.seek(0, 2) > MAX_IMPORT_SIZE:
        raise DocumentTooLargeError(limit=MAX_IMPORT_SIZE)
    return survey(file, told)


def is_small(recipe: Recipe, on_duplicate: OnDuplicate) -> bool:
    """Say whether a file is imported at once, by `import_csv`, which lists duplicates as errors."""
    small = recipe.rows <= MAX_ROWS and recipe.size <= MAX_CSV_SIZE
    return small and on_duplicate == OnDuplicate.REPORT


def preview(
    *,
    membership: Membership,
    file: BinaryIO,
    recipe: Recipe,
    on_duplicate: OnDuplicate,
    rows: int | None = None,
) -> list[Verdict]:
    """Return what would become of the first rows. Writes nothing."""
    limit = PREVIEWED if rows is None else rows
    with opened(file, vars(recipe)) as source:
        records = [record for record, _ in zip(source.rows(), range(limit), strict=False)]
    earlier = Earlier()
    try:
        manner = Manner(on_duplicate=on_duplicate, membership=membership, earlier=earlier)
        return import_rows(records=records, recipe=recipe, manner=manner)
    finally:
        earlier.close()


def keep_for_job(
    *,
    membership: Membership,
    file: BinaryIO,
    recipe: Recipe,
    told: Told,
    on_duplicate: OnDuplicate,
) -> dict[str, Any]:
    """Put a file where the workers find it; return the parameters of its job.

    A file whose job is not over is not kept twice: it goes on with that job. Raises
    `StoreUnavailableError`. What no job takes up is cleared after an hour.
    """
    who = {"on_duplicate": on_duplicate.value, "membership": str(membership.pk)}
    try:
        key = known_source(recipe.sha256, **who) or store_source(file)
    except StoreError as error:
        raise StoreUnavailableError from error
    return {"object": key, **who, **asdict(told)}


def begin_import(
    *, membership: Membership, parameters: dict[str, Any], dry_run: bool = False
) -> Job:
    """Start the job of a file that is kept, or go on with the one that it has; the workers do it.

    Raises `NotPermittedError` and `JobParametersError`.
    """
    if not membership.may("patients.add") or parameters["membership"] != str(membership.pk):
        raise NotPermittedError
    return start_in_background(
        kind=KIND, parameters=parameters, dry_run=dry_run, requested_by=membership.user
    )
