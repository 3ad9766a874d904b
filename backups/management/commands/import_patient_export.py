from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from accounts.models import Membership
from accounts.policies import current_account
from accounts.roles import Role
from backups.one_patient.job_kinds import IMPORT
from jobs.commands import JobCommand


class Command(JobCommand):
    help = (
        "Take in what export_patient wrote: the same patient, records and documents. Typed twice it"
        " changes nothing; a damaged file is refused before anything is written."
    )
    kind = IMPORT

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", metavar="FILE")
        parser.add_argument(
            "--as",
            dest="importer",
            metavar="EMAIL",
            help="the administrator who stands for clinicians that are no members of this clinic;"
            " else the one who has been so the longest",
        )

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        found = Membership.objects.filter(
            account_id=current_account().pk, role=Role.ADMIN, is_active=True, user__is_active=True
        )
        if options["importer"]:
            found = found.filter(user__email__iexact=options["importer"])
        importer = found.order_by("pk").values_list("user_id", flat=True).first()
        return {"export": str(Path(options["export"]).resolve()), "importer": str(importer or "")}
