"""Who was erased after a backup was made: they are in the restored clinic again."""

from datetime import datetime
from uuid import UUID

from django_tenants.utils import schema_context

from accounts.models import Account
from documents.models import Erasure
from patients.models import Patient


def erased_since(*, was: str, now: str, taken_at: datetime) -> list[UUID]:
    """Return the patients of a restored clinic whom the clinic that it was has erased since.

    None where that one is not in this installation any more: then nobody here knows.
    """
    if was == now or not Account.objects.filter(schema_name=was).exists():
        return []
    with schema_context(was):
        erased = list(
            Erasure.objects.filter(created_at__gte=taken_at).values_list("patient_uuid", flat=True)
        )
    with schema_context(now):
        there = Patient.objects.filter(pk__in=erased).order_by("pk")
        return list(there.values_list("pk", flat=True))
