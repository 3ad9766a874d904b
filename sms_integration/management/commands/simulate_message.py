"""Let a message come in that nobody sent, over a console gateway."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import tenant_context

from accounts.errors import ProblemError
from accounts.models import Account
from sms_integration.models import Gateway, Provider
from sms_integration.services.simulating import simulate_inbound


class Command(BaseCommand):
    help = (
        "Simulate a message that comes in, with invented pictures: for demos, and to try out what"
        " becomes of it. Only over a console gateway."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the clinic's schema")
        parser.add_argument("--sender", required=True, help="a number such as +61491570006")
        parser.add_argument("--text", default="")
        parser.add_argument("--pictures", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(schema_name=options["tenant"]).first()
        if account is None:
            raise CommandError("There is no clinic with this schema.", returncode=2)
        with tenant_context(account):
            gateway = Gateway.objects.filter(provider=Provider.CONSOLE).first()
            if gateway is None:
                raise CommandError("This clinic has no console gateway; make one first.")
            try:
                message = simulate_inbound(
                    gateway=gateway,
                    sender=options["sender"],
                    body=options["text"],
                    pictures=options["pictures"],
                )
            except ProblemError as error:
                raise CommandError(error.detail, returncode=2) from error
        whose = "its patient's" if message.patient_id else "nobody's yet"
        self.stdout.write(f"Message {message.pk} came in; its conversation is {whose}.")
