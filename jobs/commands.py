"""The base of commands that run a job: the same options, progress and exit codes for each.

Exit codes: 0 nothing is missing, 1 a gap (failed items, an interruption), 2 bad arguments.
"""

import json
import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django_tenants.utils import tenant_context
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts.errors import ProblemError
from accounts.models import Account
from jobs.kinds import kind_of
from jobs.models import Job, JobState
from jobs.services.background import start_in_background
from jobs.services.control import start_job
from jobs.services.reporting import report_of
from jobs.services.running import run_job

GAP, BAD_ARGUMENTS = 1, 2
LOOK = 0.5  # seconds between two looks at the job


class JobCommand(BaseCommand):
    """A subclass names its `kind`, adds its arguments and makes parameters of them."""

    kind: ClassVar[str]
    removes: ClassVar[bool] = False  # then it only shows what it would do, unless --apply
    requires_migrations_checks = True

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        """Add what this kind of work needs to be told."""

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the job's parameters; the kind's `clean` checks them."""
        return {}

    def kind_of(self, options: dict[str, Any]) -> str:
        """Return the kind of job; for commands that have several."""
        return self.kind

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the clinic's schema")
        parser.add_argument("--json", action="store_true", help="one object on standard output")
        parser.add_argument("--background", action="store_true", help="leave it to the workers")
        if self.removes:
            parser.add_argument("--apply", action="store_true", help="do it; else it is only shown")
        else:
            parser.add_argument("--dry-run", action="store_true", help="everything but write")
            parser.add_argument("--rollback", metavar="JOB", help="take back what a job made")
            parser.add_argument("--apply", action="store_true", help="with --rollback: do it")
        self.add_kind_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(schema_name=options["tenant"]).first()
        if account is None:
            raise CommandError(
                f"There is no clinic with the schema {options['tenant']!r}.",
                returncode=BAD_ARGUMENTS,
            )
        with tenant_context(account):
            try:
                job = self._run(options)
            except ProblemError as error:
                named = f"{error.field}: " if error.field else ""
                raise CommandError(f"{named}{error.detail}", returncode=BAD_ARGUMENTS) from error
            self._tell(job, options)
        if not options["background"] and job.state != JobState.SUCCEEDED:
            sys.exit(GAP)

    def _run(self, options: dict[str, Any]) -> Job:
        rollback = options.get("rollback")
        wanted: dict[str, Any] = {
            "kind": "rollback" if rollback else self.kind_of(options),
            "parameters": {"job": rollback} if rollback else self.parameters(options),
            "dry_run": not options["apply"] if self.removes or rollback else options["dry_run"],
        }
        if options["background"]:
            return start_in_background(**wanted)
        job = start_job(**wanted)
        with _interruptible() as over, _progress(job, over) as say:
            return run_job(job, say=say, concurrency=options.get("concurrency"), over=over)

    def _tell(self, job: Job, options: dict[str, Any]) -> None:
        report = report_of(job)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, default=str))
            return
        if options["background"]:
            self.stdout.write(f"Job {job.pk} is {JobState(job.state).label.lower()}.")
            return
        counts = report["counts"]
        mode = " (dry run: nothing was written)" if job.dry_run else ""
        self.stdout.write(
            f"{JobState(job.state).label}{mode}: "
            f"{counts['done']} done, {counts['skipped']} skipped,"
            f" {counts['failed']} failed of {counts['total'] or 0}. Job {job.pk}."
        )
        for code, number in sorted(job.counts.items()):
            self.stdout.write(f"  {code}: {number}")
        for failure in report["failures"][:20]:
            self.stdout.write(f"  {failure['source_id']}: {failure['code']} {failure['detail']}")
        if counts["failed"] > 20:  # noqa: PLR2004  as many as are shown
            self.stdout.write(f"  … and {counts['failed'] - 20} more; --json has them.")
        for gap in report["gaps"][:20]:
            self.stdout.write(f"  {kind_of(job.kind).gap}: {gap['source_id']} {gap['code']}")
        if job.stop_detail:
            self.stdout.write(job.stop_detail)


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set; a second Ctrl-C ends at once."""
    over = threading.Event()

    def stop(signum: int, _frame: Any) -> None:
        if over.is_set():
            raise KeyboardInterrupt
        over.set()
        print("Stopping after the items in hand …", file=sys.stderr, flush=True)  # noqa: T201

    if threading.current_thread() is not threading.main_thread():
        yield over
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(job: Job, over: threading.Event) -> Iterator[Any]:
    """Show a bar on standard error, fed by a thread with a connection of its own."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]} failed"),
    )
    ended, account = threading.Event(), connection.tenant  # type: ignore[attr-defined]
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(job.kind, total=None, failed=0)

        def watch() -> None:
            try:
                with tenant_context(account):
                    while not ended.wait(LOOK):
                        now = Job.objects.get(pk=job.pk)
                        bar.update(
                            task, total=now.total, completed=now.processed, failed=now.failed
                        )
            finally:
                connection.close()

        watcher = threading.Thread(target=watch, daemon=True)
        if console.is_terminal:
            watcher.start()
        try:
            yield lambda line: console.print(line, markup=False, highlight=False)
        finally:
            ended.set()
            if watcher.is_alive():
                watcher.join(LOOK * 4)
