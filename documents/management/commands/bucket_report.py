import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from accounts.models import Account
from documents.services.reporting import Amount, BucketReport, report_on_bucket
from documents.storage import StoreError, object_store

GAP, BAD_ARGUMENTS = 1, 2
MB = 1024 * 1024


class Command(BaseCommand):
    help = (
        "Count what a clinic keeps in the store: files and MB by folder and by retention class, and"
        " what belongs to nobody. Exit code 0 also with orphans: verify_documents judges them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the clinic's schema")
        parser.add_argument("--json", action="store_true", help="one object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(schema_name=options["tenant"]).first()
        if account is None:
            raise CommandError(
                f"There is no clinic with the schema {options['tenant']!r}.",
                returncode=BAD_ARGUMENTS,
            )
        with tenant_context(account):
            try:
                found = report_on_bucket()
            except StoreError as error:
                raise CommandError(
                    f"{error} Try again when the store can be reached.", returncode=GAP
                ) from error
        if options["json"]:
            said = {"tenant": account.schema_name, "bucket": object_store().bucket_name}
            self.stdout.write(json.dumps(said | found.report(), ensure_ascii=False))
            return
        self._tell(found)

    def _tell(self, found: BucketReport) -> None:
        self._table("folder", found.folders)
        self.stdout.write("")
        self._table("kept as", found.kept)
        self.stdout.write("")
        self.stdout.write(_line("all", found.total))
        self.stdout.write(_line("orphans", found.orphans))

    def _table(self, title: str, amounts: Mapping[str, Amount]) -> None:
        self.stdout.write(f"{title:<52} {'files':>10} {'MB':>12}")
        for name, amount in sorted(amounts.items()):
            self.stdout.write(_line(name, amount))


def _line(name: str, amount: Amount) -> str:
    return f"{name:<52} {amount.files:>10,} {amount.size / MB:>12,.2f}"
