"""Finding conversations by whom they are with and by what was said in them."""

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import Membership
from accounts.search import MIN_PHONE_DIGITS, wanted_by
from patients.policies import patients_visible_to
from sms_integration.models import Conversation
from sms_integration.policies import conversations_visible_to, messages_visible_to


def search_conversations(
    membership: Membership, text: str, *, among: QuerySet[Conversation] | None = None
) -> QuerySet[Conversation]:
    """Return those a member sees whose patient, number, e-mail or messages have each word of it.

    A number may be written as one dials it here. `among` narrows further; it must come from
    `conversations_visible_to`.
    """
    rows = conversations_visible_to(membership) if among is None else among
    words = text.strip()
    if not words or "\0" in words:
        return rows if not words else rows.none()
    patients = patients_visible_to(membership).search(words).order_by().values("pk")  # type: ignore[attr-defined]
    messages = messages_visible_to(membership).search(words).order_by()  # type: ignore[attr-defined]
    found = Q(patient__in=patients) | Q(pk__in=messages.values("conversation"))
    for digits in _numbers(words):
        found |= Q(number__contains=digits)
    if "@" in words:
        found |= Q(email__icontains=words)
    return rows.alias(number=Cast("phone", CharField())).filter(found)


def _numbers(text: str) -> set[str]:
    """Return the digits of what looks like a phone number, as an international one has them."""
    ways = wanted_by(text, phones=True)
    forms = {form for way in ways for forms in way for form in forms}
    return {form for form in forms if form.isdecimal() and len(form) >= MIN_PHONE_DIGITS}
