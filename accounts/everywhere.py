"""What beat sends goes through the clinics: a task for each, in its own schema."""

from typing import Any

from django_tenants.utils import tenant_context

from accounts.models import Account


def send_in_each_clinic(task: Any) -> None:
    """Send a task once for each clinic; called by tasks that are `in_public`."""
    for account in Account.objects.all():
        with tenant_context(account):
            task.delay()
