import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import ProblemError
from backups.errors import ArchiveError
from backups.one_patient.receipts import erased_since
from backups.services.refusing import LATER
from backups.services.restoring import KIND, Restored, Target, restore_account
from backups.services.verifying import is_sha256

GAP, BAD_ARGUMENTS, STOPPED = 1, 2, 130


class Command(BaseCommand):
    help = (
        "Verify a backup and, with --apply, make a new clinic of it. Never touches one that"
        " exists. Exit code 0: whole (and restored); 1: the archive is not whole or does not fit,"
        " or the store or the database is away; 2: bad arguments; 130: Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path, help="a backup: a tar file or a folder")
        parser.add_argument("--schema", required=True, help="of the new clinic, e.g. north2")
        parser.add_argument("--domain", required=True, help="e.g. north2.clinic.example")
        parser.add_argument("--name", default="", help="else as it was")
        parser.add_argument("--sha256", default="", help="which the manifest must have")
        parser.add_argument(
            "--incomplete", action="store_true", help="though bytes of documents are missing"
        )
        parser.add_argument("--apply", action="store_true", help="do it; else it is only verified")
        parser.add_argument("--json", action="store_true", help="one object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sha256"] and not is_sha256(options["sha256"]):
            raise CommandError("sha256: Give 64 hexadecimal digits.", returncode=BAD_ARGUMENTS)
        if not options["archive"].exists():
            raise CommandError("archive: There is no such file.", returncode=BAD_ARGUMENTS)
        try:
            restored = self._restore(options)
        except ArchiveError as error:
            self._fail(error, options)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped: there is no new clinic. The same command goes on with its objects.",
                returncode=STOPPED,
            ) from None
        except ProblemError as error:
            if error.code in LATER:
                raise CommandError(error.detail, returncode=GAP) from error
            named = f"{error.field}: " if error.field else ""
            raise CommandError(f"{named}{error.detail}", returncode=BAD_ARGUMENTS) from error
        else:
            self._tell(restored, options)

    def _restore(self, options: dict[str, Any]) -> Restored:
        return restore_account(
            path=options["archive"],
            target=Target(options["schema"], options["domain"], options["name"]),
            sha256=options["sha256"],
            incomplete=options["incomplete"],
            apply=options["apply"],
            say=self.stderr.write,
        )

    def _fail(self, error: ArchiveError, options: dict[str, Any]) -> None:
        if options["json"]:
            failure = {"source_id": "archive", "code": error.code, "detail": error.detail}
            self.stdout.write(json.dumps(report(options, [failure])))
            sys.exit(GAP)
        raise CommandError(f"{error.code}: {error.detail}", returncode=GAP) from error

    def _tell(self, restored: Restored, options: dict[str, Any]) -> None:
        if options["json"]:
            erased = [str(pk) for pk in self._erased(restored, options)]
            found = {**report(options, [], restored), **restored.report(), "erased_since": erased}
            self.stdout.write(json.dumps(found))
            return
        found, verb = restored.report(), "Restored" if restored.applied else "Whole"
        self.stdout.write(
            f"{verb}: {found['rows']} rows of {found['tables']} tables and {found['objects']}"
            f" objects of {found['from']}, {found['taken_at']}."
        )
        if found["missing"]:
            self.stdout.write(f"The bytes of {found['missing']} documents are missing in it.")
        self.stdout.write(f"SHA-256 of its manifest: {found['sha256']}")
        if restored.made:
            self.stdout.write(
                f"{restored.made.memberships} members: {restored.made.known_users} have logins"
                f" here already, {restored.made.users} logins were made."
            )
        else:
            self.stdout.write("Nothing was written. Add --apply to make the clinic.")
        for pk in self._erased(restored, options):
            self.stdout.write(
                f"Patient {pk} was erased after this backup was made. Type erase_patient again."
            )

    @staticmethod
    def _erased(restored: Restored, options: dict[str, Any]) -> list[UUID]:
        if not restored.applied:
            return []
        return erased_since(
            was=restored.manifest.account["schema_name"],
            now=options["schema"],
            taken_at=datetime.fromisoformat(restored.manifest.taken_at),
        )


def report(
    options: dict[str, Any], failures: list[dict[str, str]], restored: Restored | None = None
) -> dict[str, Any]:
    """Return what all commands print with `--json`."""
    objects = restored.manifest.objects if restored else None
    return {
        "kind": KIND,
        "tenant": options["schema"],
        "dry_run": not options["apply"],
        "state": "failed" if failures else "succeeded",
        "counts": {
            "total": objects.count + objects.gaps if objects else 0,
            "done": objects.count - restored.objects_there if objects and restored else 0,
            "skipped": restored.objects_there if restored else 0,
            "failed": objects.gaps if objects else len(failures),
        },
        "failures": failures,
    }
