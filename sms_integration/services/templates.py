"""Texts that are sent often. One that is not wanted any more is switched off, never deleted."""

from accounts.errors import NotPermittedError
from accounts.models import Membership
from sms_integration.models import Template
from sms_integration.services.placeholders import check_placeholders
from sms_integration.services.texts import checked_text


def save_template(
    *,
    membership: Membership,
    template: Template | None = None,
    name: str,
    body: str,
    is_active: bool = True,
) -> Template:
    """Make or change a template. Messages that were written with it keep their text.

    Raises `ProblemError` for a placeholder that does not exist, `ValidationError` for a name that
    is taken, `NotPermittedError`.
    """
    if not membership.may("templates.change" if template else "templates.add"):
        raise NotPermittedError
    row = template or Template()
    row.name, row.body, row.is_active = name.strip(), checked_text(body), is_active
    check_placeholders(row.body)
    row.full_clean()
    row.save()
    return row
