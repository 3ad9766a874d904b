"""Messages that came to a gateway while nobody here answered its calls."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone

from accounts.errors import ProblemError
from sms_integration.gateways.base import GatewayError, Inbound
from sms_integration.gateways.receivers import receiver_for
from sms_integration.models import Gateway, Message
from sms_integration.services.receiving import receive_message

LOOK_BACK = timedelta(days=3)  # how long an outage may last and nobody need do anything
log = logging.getLogger(__name__)


def catch_up(*, since: datetime | None = None) -> tuple[int, int]:
    """Ask each connected gateway that keeps messages for those that are not here, and keep them.

    Return how many messages came, and how many gateways could not be asked or messages not be
    kept: these stop no others, and are tried again the next time. Safe to run twice, at once, and
    while calls come in: a message is kept once. Not inside a transaction.
    """
    kept = failed = 0
    for gateway in Gateway.objects.exclude(credentials="").order_by("pk"):
        for inbound in _missed(gateway, since or timezone.now() - LOOK_BACK):
            if inbound is None or not _keep(gateway, inbound):
                failed += 1
            else:
                kept += 1
    if kept:
        log.info("%d messages that were missed came in.", kept)
    return kept, failed


def _keep(gateway: Gateway, inbound: Inbound) -> bool:
    try:
        receive_message(gateway=gateway, inbound=inbound)
    except (ProblemError, DatabaseError) as error:
        # Its own words may hold the number.
        log.error("Gateway %s: a message is not kept: %s", gateway.pk, type(error).__name__)  # noqa: TRY400
        return False
    return True


def _missed(gateway: Gateway, since: datetime) -> Sequence[Inbound | None]:
    """Return what came to a gateway and is not here; a single None where it cannot be asked."""
    receiver = receiver_for(gateway)
    if not receiver.keeps_messages or not gateway.credentials:
        return []

    def known(ids: Sequence[str]) -> Collection[str]:
        rows = Message.objects.filter(provider=gateway.provider, provider_message_id__in=ids)
        return set(rows.values_list("provider_message_id", flat=True))

    try:
        return receiver.missed_messages(since=since, known=known)
    except GatewayError as error:
        log.warning("Gateway %s cannot be asked for messages: %s", gateway.pk, error.code)
        return [None]
