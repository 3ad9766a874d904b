"""Messages that came to a gateway while nobody here answered its calls."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from sms_integration.gateways.base import GatewayError
from sms_integration.gateways.receivers import receiver_for
from sms_integration.models import Gateway, Message
from sms_integration.services.receiving import receive_message

LOOK_BACK = timedelta(days=3)  # how long an outage may last and nobody need do anything
log = logging.getLogger(__name__)


def catch_up(*, since: datetime | None = None) -> tuple[int, int]:
    """Ask each gateway that keeps messages for those that are not here, and keep them.

    Return how many messages came and how many gateways could not be asked. Safe to run twice, at
    once, and while calls come in: a message is kept once.
    """
    kept = failed = 0
    for gateway in Gateway.objects.order_by("pk"):
        try:
            kept += _catch_up(gateway, since or timezone.now() - LOOK_BACK)
        except GatewayError as error:
            failed += 1
            log.warning("Gateway %s cannot be asked for messages: %s", gateway.pk, error.code)
    return kept, failed


def _catch_up(gateway: Gateway, since: datetime) -> int:
    receiver = receiver_for(gateway)
    if not receiver.keeps_messages or not gateway.credentials:
        return 0

    def known(ids: Sequence[str]) -> Collection[str]:
        rows = Message.objects.filter(provider=gateway.provider, provider_message_id__in=ids)
        return set(rows.values_list("provider_message_id", flat=True))

    missed = receiver.missed_messages(since=since, known=known)
    for inbound in missed:
        receive_message(gateway=gateway, inbound=inbound)
    if missed:
        log.info("Gateway %s: %d messages that were missed came in.", gateway.pk, len(missed))
    return len(missed)
