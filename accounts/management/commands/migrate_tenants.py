import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from accounts.models import Account
from accounts.services.schemas import SchemaResult, migrate_all_schemas

FAILED, BAD_ARGUMENTS = 1, 2


def processes(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:  # noqa: PLR2004  more help nobody
        raise ArgumentTypeError("give a number from 1 to 64")
    return int(text)


class Command(BaseCommand):
    help = (
        "Migrate the shared schema, the template and every clinic that has something pending."
        " Exit code 0: all are up to date; 1: some failed; 2: bad arguments."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="this clinic's schema, besides shared and template")
        parser.add_argument("--parallel", type=processes, default=1, metavar="N", help="processes")
        parser.add_argument("--dry-run", action="store_true", help="say what is pending")
        parser.add_argument("--json", action="store_true", help="one object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_tenant(options["tenant"])
        results = []
        for result in self._results(options):
            results.append(result)
            self._tell(result, options)
        failed = [result for result in results if result.error]
        if options["json"]:
            self.stdout.write(json.dumps(report(results, options)))
            if failed:
                sys.exit(FAILED)
        elif failed:
            names = ", ".join(result.schema for result in failed)
            raise CommandError(f"Not migrated: {names}. Run again after mending.")

    def _check_tenant(self, tenant: str | None) -> None:
        if tenant is None:
            return
        try:
            known = Account.objects.filter(schema_name=tenant).exists()
        except ProgrammingError:  # a database that nobody has migrated yet knows none
            known = False
        if not known:
            raise CommandError(
                f"There is no clinic with the schema {tenant!r}.", returncode=BAD_ARGUMENTS
            )

    def _results(self, options: dict[str, Any]) -> Iterator[SchemaResult]:
        return migrate_all_schemas(
            only=options["tenant"], parallel=options["parallel"], dry_run=options["dry_run"]
        )

    def _tell(self, result: SchemaResult, options: dict[str, Any]) -> None:
        if result.error:
            after = f" (after {result.applied} migrations)" if result.applied else ""
            self.stderr.write(f"{result.schema}: {result.error}{after}")
            if options["traceback"] and result.trace:
                self.stderr.write(result.trace)
        elif result.applied and not options["json"]:
            what = "pending" if options["dry_run"] else "applied"
            self.stdout.write(f"{result.schema}: {result.applied} migrations {what}")


def report(results: list[SchemaResult], options: dict[str, Any]) -> dict[str, Any]:
    """Return what `--json` prints: the object that all commands print, and each schema's result."""
    failed = [result for result in results if result.error]
    done = [result for result in results if result.applied and not result.error]
    return {
        "kind": "migrate_tenants",
        "tenant": options["tenant"],
        "dry_run": options["dry_run"],
        "state": "failed" if failed else "succeeded",
        "counts": {
            "total": len(results),
            "done": len(done),
            "skipped": len(results) - len(done) - len(failed),
            "failed": len(failed),
        },
        "failures": [
            {"source_id": result.schema, "code": "not_migrated", "detail": result.error}
            for result in failed
        ],
        "schemas": {result.schema: result.applied for result in results},
    }
