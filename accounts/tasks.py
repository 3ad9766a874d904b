"""Background work on sessions, clinic by clinic."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tenants.utils import schema_context

from accounts.everywhere import send_in_each_clinic
from accounts.tenancy import PUBLIC


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


def _clear() -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
