"""Whose a conversation may be: the patients with its number, or with its e-mail address."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Membership
from patients.models import Patient
from patients.policies import patients_visible_to
from sms_integration.models import Conversation
from sms_integration.services.matching import WHO_WRITES, patients_with_number


def candidate_ids(conversation: Conversation) -> list[UUID]:
    """Return the patients whose it may be, by number (E.164), or by e-mail whatever its case.

    Nobody is asked whether they may know; for a member take `candidates_for`.
    """
    if conversation.phone:
        return patients_with_number(str(conversation.phone))
    rows = Patient.objects.filter(email__iexact=conversation.email, status__in=WHO_WRITES)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def candidates_for(membership: Membership, conversation: Conversation) -> QuerySet[Patient]:
    """Return those of them whom a member sees, by name."""
    found = patients_visible_to(membership).filter(pk__in=candidate_ids(conversation))
    return found.order_by("last_name", "first_name", "pk")
