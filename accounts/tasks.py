"""Background work on logins and sessions, clinic by clinic."""

from typing import Any

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tenants.utils import schema_context

from accounts.everywhere import send_in_each_clinic
from accounts.mail import MailUnavailableError
from accounts.notices import send_notice
from accounts.password_resets.services import send_reset_link
from accounts.tenancy import PUBLIC

MAIL_TRIES = 3


@shared_task
def clear_expired_sessions() -> int:
    """Remove this clinic's sessions that have ended; return how many rows went."""
    return _clear()


@shared_task
def clear_expired_sessions_everywhere() -> None:
    send_in_each_clinic(clear_expired_sessions)
    with schema_context(PUBLIC):  # the platform's own; the task of a clinic refuses to run there
        _clear()


clear_expired_sessions_everywhere.in_public = True


@shared_task(bind=True, max_retries=MAIL_TRIES, default_retry_delay=60)
def mail_reset_link(self: Any, email: str, port: str) -> None:
    """Send the link for a new password, if the address is a member's of this clinic."""
    try:
        send_reset_link(email=email, port=port)
    except MailUnavailableError as error:
        raise self.retry(exc=error) from error


@shared_task(bind=True, max_retries=MAIL_TRIES, default_retry_delay=60)
def mail_notice(self: Any, user_id: str, what: str) -> None:
    """Tell a person what has changed about their login."""
    try:
        send_notice(user_id=user_id, what=what)
    except MailUnavailableError as error:
        raise self.retry(exc=error) from error


def _clear() -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
