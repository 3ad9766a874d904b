import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import tenant_context

from accounts.errors import ProblemError
from accounts.models import Account
from jobs.commands import BAD_ARGUMENTS
from legacy.services.transition import end_transition


class Command(BaseCommand):
    help = "Let the old system's addresses answer no longer. Without --apply it is only shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the clinic's schema")
        parser.add_argument("--source-name", default="", help="of one old system; else of all")
        parser.add_argument("--apply", action="store_true", help="do it; else it is only shown")
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
                ended = end_transition(source=options["source_name"], apply=options["apply"])
            except ProblemError as error:
                raise CommandError(
                    f"{error.field}: {error.detail}", returncode=BAD_ARGUMENTS
                ) from error
        if options["json"]:
            found = [{"source": one.source, "addresses": one.addresses} for one in ended]
            body = {"tenant": options["tenant"], "applied": options["apply"], "ended": found}
            self.stdout.write(json.dumps(body))
            return
        verb = "answer no longer" if options["apply"] else "would answer no longer (use --apply)"
        for one in ended:
            self.stdout.write(f"{one.source}: {one.addresses} addresses {verb}.")
        if not ended:
            self.stdout.write("No transition is open.")
