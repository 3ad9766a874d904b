"""The list of numbers that want no messages."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.errors import NotPermittedError, ProblemError
from accounts.models import Membership, User
from sms_integration.models import Suppression, SuppressionReason
from sms_integration.phones import valid_number

NOTE = 200  # characters, as the column


def is_suppressed(phone: str) -> bool:
    """Say whether a number (E.164) opted out."""
    return bool(suppressed_of([phone]))


def suppressed_of(phones: Iterable[str]) -> set[str]:
    """Return those of some numbers that opted out; one query."""
    found = Suppression.objects.filter(phone__in=list(phones), lifted_at__isnull=True)
    return {str(phone) for phone in found.values_list("phone", flat=True)}


def suppress(
    *, phone: str, reason: SuppressionReason | str, note: str = "", by: User | None = None
) -> Suppression:
    """Write down that a number wants no messages. Twice, or twice at once, is once."""
    new = Suppression(phone=phone, reason=reason, note=note, created_by=by)
    new.full_clean(exclude=["created_by"], validate_constraints=False)
    Suppression.objects.bulk_create([new], ignore_conflicts=True)
    return Suppression.objects.get(phone=phone, lifted_at__isnull=True)


def lift_suppression(*, phone: str, by: User | None = None) -> bool:
    """Let messages go to a number again; return whether it had opted out. Twice is once.

    `by` is in the history (whoever asks is in its context); a number that opts out again gets a
    row of its own.
    """
    now = timezone.now()
    rows = Suppression.objects.filter(phone=phone, lifted_at__isnull=True)
    return bool(rows.update(lifted_at=now, updated_at=now))


def write_down_suppression(*, membership: Membership, phone: str, note: str = "") -> Suppression:
    """Let staff write down that somebody wants no messages. Raises `ProblemError`."""
    if not membership.may("messages.add"):
        raise NotPermittedError
    number = valid_number(phone)
    if len(note) > NOTE:
        raise ProblemError("The note has more than 200 characters.", field="note")
    return suppress(
        phone=number, reason=SuppressionReason.STAFF, note=note.strip(), by=membership.user
    )


def lift_by_staff(*, membership: Membership, suppression: Suppression) -> Suppression:
    """Let staff take a number off the list, when its owner has said so to them."""
    if not membership.may("messages.change"):
        raise NotPermittedError
    lift_suppression(phone=str(suppression.phone), by=membership.user)
    suppression.refresh_from_db()
    return suppression
