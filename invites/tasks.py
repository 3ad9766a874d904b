"""Background work on invites, clinic by clinic."""

from celery import shared_task
from django_tenants.utils import tenant_context

from accounts.models import Account
from invites.services.expiring import expire_invites as expire


@shared_task
def expire_invites() -> int:
    return expire()


@shared_task
def expire_invites_everywhere() -> None:
    for account in Account.objects.all():
        with tenant_context(account):
            expire_invites.delay()


expire_invites_everywhere.in_public = True
