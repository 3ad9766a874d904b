"""How far a message has come: it only goes forward, whoever says so and in whatever order."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from sms_integration.models import Message, MessageStatus as S

# What may follow on what. Gateways' calls come late, twice and out of order; what is not here is
# no news. A message of which nobody knows is settled by whatever the gateway says of it.
_GONE_OUT = frozenset({S.SENT, S.DELIVERED, S.READ, S.UNDELIVERED, S.FAILED})
FORWARD: dict[str, frozenset[str]] = {
    S.QUEUED: _GONE_OUT,  # found out too late that it had been taken: not sent a second time
    S.SENDING: _GONE_OUT,
    S.UNCLEAR: _GONE_OUT,
    S.SENT: frozenset({S.DELIVERED, S.READ, S.UNDELIVERED, S.FAILED}),
    S.DELIVERED: frozenset({S.READ}),
}
STAMPS = {S.DELIVERED: ("delivered_at",), S.READ: ("delivered_at", "read_at")}


@transaction.atomic
def note_status(
    *,
    message: Message,
    status: S | str,
    error_code: str = "",
    cost: Decimal | None = None,
    currency: str = "",
) -> bool:
    """Take a message forward to a status that its gateway told; say whether that was news.

    A cost that comes with old news is kept all the same. The row is locked, so of two at once one
    waits and sees what the other wrote.
    """
    row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    changed: list[str] = []
    if cost is not None and row.cost is None:
        row.cost, row.currency = cost, currency[:3]
        changed += ["cost", "currency"]
    # One that waits and was never handed over (any more, where people send it again): what comes
    # is about an earlier sending.
    untouched = row.status == S.QUEUED and not row.attempts
    news = not untouched and status in FORWARD.get(row.status, frozenset())
    if news:
        changed += move(row, S(status), timezone.now())
        row.error_code = error_code[:40]
        row.error = told(error_code) if error_code else ""
        changed += ["error_code", "error"]
    if changed:
        row.save(update_fields=[*changed, "updated_at"])
    return news


def move(row: Message, status: S, now: datetime) -> list[str]:
    """Set a status with the times that go with it; return the columns. The caller saves."""
    row.status, row.due_at = status, None
    stamps = ["sent_at", *STAMPS.get(status, ())] if status != S.FAILED else []
    for name in stamps:
        if getattr(row, name) is None:
            setattr(row, name, now)
    return ["status", "due_at", *stamps]


def told(code: str) -> str:
    """Return what staff read of a gateway's error code."""
    return f"The gateway says error {code[:40]}."
