from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.demo import LOGINS, PASSWORD, build_all


class Command(BaseCommand):
    help = "Build the two demo clinics, with logins that anybody can read. While DEBUG is on only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Demo logins have a known password; they are made while DEBUG is on."
            )
        platform = LOGINS[-1][0]
        if not User.objects.filter(email=platform).exists():
            User.objects.create_superuser(platform, PASSWORD, name="Platform administrator")
        for plan, found in build_all():
            read = f"; {found.verified} read back and hash-checked" if found.verified else ""
            self.stdout.write(
                f"{plan.name}: {found.patients} patients, {found.lab_results} lab results,"
                f" {found.documents} documents of {found.types} types{read}."
            )
            if found.verified and found.verified != found.documents:
                raise CommandError(f"{plan.name}: not every document could be read back.")
