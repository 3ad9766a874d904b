import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountRefusedError
from accounts.password_links import password_link
from accounts.services.accounts import create_account


class Command(BaseCommand):
    help = "Make a clinic: its schema, host name and first administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="e.g. north")
        parser.add_argument("--name", required=True, help='e.g. "North Clinic"')
        parser.add_argument("--domain", required=True, help="e.g. north.clinic.example")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--time-zone", default="Australia/Sydney")
        parser.add_argument(
            "--port",
            default=os.environ.get("PORT", "8000") if settings.DEBUG else "",
            help="port in the printed link, where it is not the scheme's own",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            account = create_account(
                schema_name=options["schema"],
                name=options["name"],
                domain=options["domain"],
                admin_email=options["admin_email"],
                time_zone=options["time_zone"],
            )
        except AccountRefusedError as error:
            name = f"--{error.field.replace('_', '-')}: " if error.field else ""
            raise CommandError(f"{name}{error.detail}") from error
        membership = account.memberships.select_related("user").get()
        user = membership.user
        self.stdout.write(f"Made {account.name} (schema {account.schema_name}).")
        if not user.has_usable_password():
            link = password_link(
                membership,
                scheme="https" if settings.HTTPS else "http",
                port=options["port"],
            )
            self.stdout.write(f"{user.email} chooses a password within 24 hours at\n{link}")
