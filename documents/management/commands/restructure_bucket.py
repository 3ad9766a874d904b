import csv
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from documents.job_kinds.deleting_old import RestructureDeleteOld
from documents.job_kinds.restructuring import item_name
from documents.services.restructuring.claims import SOURCE
from documents.services.restructuring.unowned import unowned_objects
from documents.storage import StoreError
from jobs.commands import BAD_ARGUMENTS, GAP, JobCommand
from jobs.errors import JobParametersError
from jobs.models import Job, JobItem
from jobs.services.reporting import report_of

MB = 1024 * 1024
EXAMPLES, MOST_SHOWN = 3, 1_000  # of moves, by layout; of unowned objects, in one answer


class Command(JobCommand):
    help = (
        "Bring old objects (documents/, images/, mms/, files in the root) and documents that lie in"
        " the wrong place to where they belong. Without --apply it only shows what it would do."
        " Exit code 1 where something cannot be moved or belongs to nobody."
    )
    kind = SOURCE
    removes = True

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--map", metavar="FILE", help="the old system's attachments, as CSV or JSON lines"
        )
        parser.add_argument(
            "--backup-to",
            metavar="PLACE",
            help="keep the copies in this bucket (or folder), not in the clinic's own archive/",
        )
        parser.add_argument(
            "--unowned", metavar="FILE", help="write the old objects that nobody names as CSV"
        )
        parser.add_argument(
            "--delete-old", metavar="JOB", help="delete the old objects of what this job has moved"
        )
        parser.add_argument("--rollback", metavar="JOB", help="take back what a job has moved")
        parser.add_argument("--concurrency", type=int, metavar="N", help="threads (default 2)")

    def kind_of(self, options: dict[str, Any]) -> str:
        return RestructureDeleteOld.name if options["delete_old"] else SOURCE

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["delete_old"]:
            return {"job": options["delete_old"]}
        named = {name: options[name] for name in ("map", "backup_to") if options[name]}
        return {**named, "fresh": not options["apply"]}

    def _run(self, options: dict[str, Any]) -> Job:
        _check(options)
        return super()._run(options)

    def _tell(self, job: Job, options: dict[str, Any]) -> None:
        if job.kind != SOURCE or options["background"]:
            super()._tell(job, options)
            return
        shown, number = self._unowned(job, options["unowned"])
        if options["json"]:
            said = {**report_of(job), "unowned": shown, "unowned_found": number}
            self.stdout.write(json.dumps(said, ensure_ascii=False, default=str))
            return
        super()._tell(job, options)
        for row in job.report.get("layouts", []):
            self._tell_layout(job, row)
        if number:
            self.stdout.write(f"Nobody names {number:,} old objects; they stay as they are:")
            for one in shown[:20]:
                self.stdout.write(f"  {one['old_key']}  {one['bytes']:,} bytes")
            if number > 20:  # noqa: PLR2004  as many as are shown
                self.stdout.write(f"  … and {number - 20:,} more; --unowned FILE writes them all.")
        if job.dry_run:
            self.stdout.write("Nothing was changed. Add --apply to do it.")
        elif job.done:
            self.stdout.write(
                f"The old objects are still there. After verify_documents: --delete-old {job.pk}"
            )

    def _tell_layout(self, job: Job, row: dict[str, Any]) -> None:
        size = row["bytes"] / MB
        self.stdout.write(
            f"{row['layout']:<12} {row['code']:<14} {row['files']:>8,} files {size:>12,.2f} MB"
        )
        items = JobItem.objects.filter(job=job, code=row["code"], result__layout=row["layout"])
        for item in items.order_by("id")[:EXAMPLES]:
            self.stdout.write(f"    {item.result['old_key']} → {item.result['new_key']}")

    def _unowned(self, job: Job, path: str | None) -> tuple[list[dict[str, Any]], int]:
        """Return the first of what nobody names, and how many there are; write all to a file."""
        try:
            if path:
                _write_unowned(job, path)
            return self._first_unowned(job)
        except (StoreError, OSError) as error:
            raise CommandError(
                f"The old objects that nobody names cannot be listed. {error} Job {job.pk}.",
                returncode=GAP,
            ) from error

    @staticmethod
    def _first_unowned(job: Job) -> tuple[list[dict[str, Any]], int]:
        shown: list[dict[str, Any]] = []
        number = 0
        if not any(gap["code"] == "no_owner" for gap in job.report.get("gaps", [])):
            return shown, number
        for layout, one in unowned_objects(job, item_name):
            number += 1
            if len(shown) < MOST_SHOWN:
                shown.append({"old_key": one.key, "layout": layout, "bytes": one.size})
        return shown, number


def _write_unowned(job: Job, path: str) -> None:
    with Path(path).open("x", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("old_key", "size"))
        out.writerows((one.key, one.size) for _, one in unowned_objects(job, item_name))


def _check(options: dict[str, Any]) -> None:
    modes = [name for name in ("delete_old", "rollback") if options[name]]
    if len(modes) > 1:
        raise JobParametersError("Either --delete-old or --rollback.", field="rollback")
    if modes:
        for name in ("map", "backup_to", "unowned"):
            if options[name]:
                flag = modes[0].replace("_", "-")
                raise JobParametersError(f"It goes without --{flag}.", field=name)
    if options["unowned"] and options["background"]:
        raise JobParametersError("It goes without --background.", field="unowned")
    if options["unowned"] and Path(options["unowned"]).exists():
        raise JobParametersError("The file is there already; choose another.", field="unowned")
    if options["unowned"] and not Path(options["unowned"]).absolute().parent.is_dir():
        raise JobParametersError("Its folder is not there.", field="unowned")
    if options["concurrency"] is not None and not 1 <= options["concurrency"] <= 16:  # noqa: PLR2004
        raise CommandError("--concurrency: from 1 to 16.", returncode=BAD_ARGUMENTS)
