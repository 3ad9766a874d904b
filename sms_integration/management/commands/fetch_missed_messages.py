"""Fetch messages that came to a gateway while nobody here answered its calls."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import Account
from sms_integration.services.catching_up import catch_up

MOST_DAYS = 400  # longer ago Twilio has forgotten


class Command(BaseCommand):
    help = (
        "Ask the clinic's gateways for messages that came in and are not here. It happens each hour"
        " for the last three days; this is for longer outages. Exits 1 where a gateway could not be"
        " asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the clinic's schema")
        parser.add_argument("--days", type=int, default=3, help="how far back to look")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(schema_name=options["tenant"]).first()
        if account is None:
            raise CommandError("There is no clinic with this schema.", returncode=2)
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"Look from 1 to {MOST_DAYS} days back.", returncode=2)
        with tenant_context(account):
            kept, failed = catch_up(since=timezone.now() - timedelta(days=options["days"]))
        self.stdout.write(f"{kept} missed messages came in.")
        if failed:
            raise CommandError(f"{failed} gateways or messages failed; the log says why.")
