from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import ProblemError
from accounts.models import User
from accounts.second_factor.operators import new_secret, set_up
from accounts.second_factor.switching_off import switch_off_for_login


class Command(BaseCommand):
    help = (
        "Set up a second factor for somebody who runs the platform and is no member of a clinic,"
        " or take anybody's off when no operator can."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--off", action="store_true", help="the password alone is enough then")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError("There is no login with this address.")
        if options["off"]:
            switch_off_for_login(user=user, by=None)
            self.stdout.write(f"{user.email} logs in with the password alone now.")
            return
        try:
            secret, address = new_secret(user)
            self.stdout.write(f"Enter this in your authenticator app:\n{secret}\nor\n{address}")
            codes = set_up(user=user, secret=secret, code=input("The code that it shows: "))
        except ProblemError as error:
            raise CommandError(error.detail) from error
        self.stdout.write("Done. Keep these recovery codes; each is good once:")
        self.stdout.write("\n".join(codes))
