from argparse import ArgumentParser
from typing import Any

from backups.job_kinds import BackupAccount
from backups.places import LAYOUTS, TAR
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Write a clinic, its rows and its documents, to one archive that is read back before it"
        " gets its name. Interrupted, running it again goes on."
    )
    kind = BackupAccount.name

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", metavar="FOLDER", help="else BACKUP_DIR")
        parser.add_argument("--layout", choices=LAYOUTS, default=TAR)
        parser.add_argument(
            "--with-logins", action="store_true", help="keep the members' password hashes"
        )
        parser.add_argument(
            "--keep", type=int, metavar="N", help="then leave the newest N complete ones there"
        )

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        return {name: options[name] for name in ("to", "layout", "with_logins", "keep")}
