"""The long work on patients: importing them from a file of any size."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pghistory

from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from jobs.errors import ItemError, JobParametersError, StopRunError
from jobs.kinds import Batch, BatchResult, Gap, Reconciliation, RowFailure, StreamKind, register
from jobs.models import ItemState, JobItem
from patients.imports.columns import checked_mapping
from patients.imports.delimited import Record
from patients.imports.earlier import Earlier
from patients.imports.presence import missing_of
from patients.imports.reading import Recipe, Source, Told, opened, position_behind, survey
from patients.imports.sources import KIND, check_place, require_unchanged, source_file
from patients.services.imports import Manner, OnDuplicate, Verdict, import_rows

ROWS = 1_000  # in a transaction
TEXT = 8 * 1024 * 1024  # characters in a transaction, should rows be that long


@register
class ImportPatients(StreamKind):
    """Takes in the patients of a CSV or Excel file; see docs/imports.md.

    Parameters: `file` (a path) or `object` (a key); `on_duplicate`; `membership` (the id of the
    member who imports; none is the operator); `encoding`, `delimiter`, `sheet`, `date_order` and
    `mapping` where they are not to be found out. Kept is a recipe of all that with the file's
    hash, so a mended file is other work, and the same one goes on where it ended.
    """

    name = KIND
    title = "Import of patients"
    # Each row gets its verdict in one run, so that the file of rejected rows is whole. What a bad
    # file would do is said by the dry run.
    max_failed_share = 1.0

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        place = check_place(parameters)
        manner = str(parameters.get("on_duplicate") or OnDuplicate.SKIP)
        if manner not in OnDuplicate.values:
            raise JobParametersError(
                f"Choose one of {', '.join(OnDuplicate.values)}.", field="on_duplicate"
            )
        told = Told(
            mapping=checked_mapping(parameters.get("mapping") or {}),
            **{
                name: str(parameters.get(name) or "")
                for name in ("encoding", "delimiter", "sheet", "date_order")
            },
        )
        try:
            with source_file(place) as file:
                recipe = survey(file, told)
        except ItemError as error:
            raise JobParametersError(error.detail, field="file") from error
        membership = str(parameters.get("membership") or "")
        return {
            **place,
            "on_duplicate": manner,
            "membership": membership,
            "recipe": recipe.as_json(),
        }

    def start(self) -> None:
        self.recipe = Recipe.of_json(self.parameters["recipe"])
        self.manner = Manner(
            on_duplicate=OnDuplicate(self.parameters["on_duplicate"]),
            membership=self._membership(),
            earlier=Earlier() if self.dry_run else None,
        )
        self._open = contextlib.ExitStack()
        if self.manner.earlier is not None:
            self._open.callback(self.manner.earlier.close)
        file = self._open.enter_context(source_file(self.parameters))
        require_unchanged(file, self.recipe.sha256)
        self.table: Source = self._open.enter_context(opened(file, vars(self.recipe)))
        if not self.job.position:
            self._introduce()

    def close(self) -> None:
        if hasattr(self, "_open"):
            self._open.close()

    def _membership(self) -> Membership | None:
        """Return who imports; one who may no longer do so ends the run."""
        pk = self.parameters["membership"]
        if not pk:
            return None
        members = memberships_of(current_account().pk).select_related("user", "account")
        membership = members.filter(pk=pk, user__is_active=True).first()
        if membership is None or not membership.may("patients.add"):
            raise StopRunError("not_permitted", "Who began this import may not import any more.")
        return membership

    def _introduce(self) -> None:
        recipe = self.recipe
        how = {"guess": " (a guess: look at the names)", "told": " (as told)"}.get(recipe.how, "")
        if recipe.format == "xlsx":
            self.say(f"Sheet {recipe.sheet}, {recipe.rows} rows.")
        else:
            self.say(
                f"{recipe.encoding}{how}, delimiter {recipe.delimiter!r}, {recipe.rows} rows,"
                f" dates {recipe.date_order}."
            )
        if recipe.header.unknown:
            self.say(f"Not imported: {', '.join(recipe.header.unknown)[:300]}.")

    def count(self) -> int:
        return self.recipe.rows

    def read(self, position: dict[str, Any]) -> Iterator[Batch]:
        if position:
            yield from self._go_back(position)
        for records in _batches(self.table.rows(position)):
            yield Batch(list(records), position_behind(records[-1]))

    def _go_back(self, position: dict[str, Any]) -> Iterator[Batch]:
        """Yield the rows that failed and are to be tried again; tell a dry run of the others."""
        waiting = JobItem.objects.filter(job=self.job, state=ItemState.WAITING)
        if not self.dry_run and not waiting.exists():
            return
        for records in _batches(self._behind_us(position)):
            names = set(
                waiting.filter(source_id__in=map(_name_of, records)).values_list(
                    "source_id", flat=True
                )
            )
            if self.dry_run:
                self._import([record for record in records if _name_of(record) not in names])
            again = [record for record in records if _name_of(record) in names]
            if again:
                yield Batch(again, position)

    def _behind_us(self, position: dict[str, Any]) -> Iterator[Record]:
        for record in self.table.rows():
            yield record
            if record.offset >= position["offset"]:
                return

    def process_batch(self, batch: Batch) -> BatchResult:
        records: list[Record] = batch.rows
        names = [_name_of(record) for record in records]
        JobItem.objects.filter(job=self.job, source_id__in=names, state=ItemState.WAITING).delete()
        counts: dict[str, int] = {}
        failures = []
        for verdict in self._import(records):
            if verdict.faults:
                failures.append(self._failure(verdict))
            else:
                counts[verdict.code] = counts.get(verdict.code, 0) + 1
        skipped = counts.get("already_there", 0)
        return BatchResult(sum(counts.values()) - skipped, skipped, tuple(failures), counts)

    def _import(self, records: Sequence[Record]) -> list[Verdict]:
        who = {"user": str(self.job.requested_by_id)} if self.job.requested_by_id else {}
        with pghistory.context(**who, job=f"{self.name} {self.job.pk}"):
            return import_rows(records=records, recipe=self.recipe, manner=self.manner)

    def _failure(self, verdict: Verdict) -> RowFailure:
        first, *others = verdict.faults
        title = self.recipe.header.title_of
        more = [f"; {title(fault.field)}: {fault.message}" for fault in others]
        return RowFailure(
            source_id=_name_of(verdict.record),
            code=first.code,
            detail=first.message + "".join(more),
            column=title(first.field) if first.field else "",
            row=self.recipe.row_of(verdict.record),
        )

    def reconcile(self) -> Reconciliation:
        """Read the file again: each row is in the list of failures or its patient is there."""
        gaps: list[Gap] = []
        rows = failed = 0
        for records in _batches(self.table.rows()):
            rows += len(records)
            listed = set(
                JobItem.objects.filter(
                    job=self.job, source_id__in=map(_name_of, records), state=ItemState.FAILED
                ).values_list("source_id", flat=True)
            )
            failed += len(listed)
            taken = [record for record in records if _name_of(record) not in listed]
            if not self.dry_run:
                missing = missing_of(taken, self.recipe)
                gaps += [Gap(_name_of(record), "missing") for record in missing]
        if rows != self.job.processed or failed != self.job.failed:
            gaps.append(Gap("file", "count", f"{rows} rows, {failed} of them listed as failed"))
        return Reconciliation(tuple(gaps), self._report(rows, rows - failed - len(gaps)))

    def _report(self, rows: int, found: int) -> dict[str, Any]:
        recipe = self.recipe
        facts = ("format", "encoding", "how", "delimiter", "sheet", "date_order")
        header = recipe.header
        return {
            "file": {name: getattr(recipe, name) for name in facts},
            "columns": {
                title: name
                for title, name in zip(header.titles, header.fields, strict=True)
                if name
            },
            "unknown_columns": list(header.unknown),
            "rows": rows,
            "patients_found": 0 if self.dry_run else found,
        }


def _name_of(record: Record) -> str:
    return f"line {record.line}"


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Yield a thousand records at a time, fewer where they are long."""
    batch: list[Record] = []
    text = 0
    for record in records:
        batch.append(record)
        text += sum(map(len, record.cells))
        if len(batch) >= ROWS or text >= TEXT:
            yield batch
            batch, text = [], 0
    if batch:
        yield batch
