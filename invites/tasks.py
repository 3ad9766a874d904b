"""Background work on invites, clinic by clinic."""

from celery import shared_task

from accounts.everywhere import send_in_each_clinic
from invites.services.expiring import expire_invites as expire


@shared_task
def expire_invites() -> int:
    return expire()


@shared_task
def expire_invites_everywhere() -> None:
    send_in_each_clinic(expire_invites)


expire_invites_everywhere.in_public = True
