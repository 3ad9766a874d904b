"""Write to many patients: a text or a template, to those of a status or a clinician."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts.policies import current_account, memberships_of
from jobs.commands import BAD_ARGUMENTS, JobCommand
from sms_integration.models import Template
from sms_integration.services.bulk import KIND


class Command(JobCommand):
    help = __doc__
    kind = KIND

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        text = parser.add_mutually_exclusive_group()
        text.add_argument("--template", help="its name")
        text.add_argument("--body", help="a text; it may have placeholders")
        parser.add_argument("--status", help="patients of this status: active, inactive")
        parser.add_argument("--clinician", help="patients of this clinician: their e-mail")
        parser.add_argument("--patient", action="append", help="a patient's id; may be repeated")
        parser.add_argument("--key", default="", help="a second run with it is the same work")

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["rollback"]:
            return {}
        return {
            "template": _template(options["template"]),
            "body": options["body"] or "",
            "status": options["status"] or "",
            "clinician": _clinician(options["clinician"]),
            "patients": options["patient"],
            "key": options["key"],
        }


def _template(name: str | None) -> str:
    if not name:
        return ""
    found = Template.objects.filter(name__iexact=name, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no template called {name!r}.", returncode=BAD_ARGUMENTS)
    return str(found.pk)


def _clinician(email: str | None) -> str:
    if not email:
        return ""
    found = memberships_of(current_account().pk).filter(user__email__iexact=email).first()
    if found is None:
        raise CommandError(f"Nobody here has the e-mail {email!r}.", returncode=BAD_ARGUMENTS)
    return str(found.pk)
