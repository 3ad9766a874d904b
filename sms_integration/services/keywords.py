"""Words by which people say that they want no messages, want them again, or want help.

https://help.twilio.com/articles/223134027: the words, and that Twilio itself answers them and
stops sending. A gateway that does not is stopped by our own list.
"""

import logging
import string
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum

from django.db import transaction
from django.utils import timezone

from accounts.errors import ProblemError
from sms_integration.models import Direction, Message, SuppressionReason
from sms_integration.services.sending import send_text
from sms_integration.services.suppressing import is_suppressed, lift_suppression, suppress

log = logging.getLogger(__name__)
LONGEST = 40  # characters of a text that can be a keyword and nothing else
EDGES = string.whitespace + string.punctuation + "“”‘’«»„…。！\u200b"
LATE = timedelta(minutes=5)
HELPED_WITHIN = timedelta(minutes=10)  # no second answer: two machines would go on for ever


class Keyword(Enum):
    STOP = "stop"
    START = "start"
    YES = "yes"  # an answer to many a question; it means START where there was a STOP
    HELP = "help"


WORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        Keyword.STOP,
    ),
    **dict.fromkeys(("START", "UNSTOP"), Keyword.START),
    "YES": Keyword.YES,
    **dict.fromkeys(("HELP", "INFO"), Keyword.HELP),
}


def keyword_of(body: str) -> Keyword | None:
    """Return the keyword that a text is, whatever its case and the marks around it."""
    if len(body) > LONGEST:
        return None
    return WORDS.get(body.strip(EDGES).upper())


def obey_keyword(*, message: Message, phone: str) -> None:
    """Do what a message that came in asks for by a keyword; in the transaction that keeps it.

    The message is kept and shown like any other. STOP and START get no answer from us. Of one that
    comes late, what has been said since counts.
    """
    keyword = keyword_of(message.body)
    if keyword is None or _is_overtaken(message, phone):
        return
    if keyword is Keyword.STOP:
        suppress(phone=phone, reason=SuppressionReason.STOP)
    elif keyword in {Keyword.START, Keyword.YES}:
        lift_suppression(phone=phone)  # of a YES without a STOP nothing comes
    elif keyword is Keyword.HELP:
        _help(message, phone)


def _is_overtaken(message: Message, phone: str) -> bool:
    if message.occurred_at > timezone.now() - LATE:
        return False
    since = Message.objects.filter(
        conversation__phone=phone,
        direction=Direction.INBOUND,
        occurred_at__gt=message.occurred_at,
    )
    return any(keyword_of(body) for body in since.values_list("body", flat=True))


def _help(message: Message, phone: str) -> None:
    text = message.gateway.help_text if message.gateway else ""
    if not text or is_suppressed(phone):
        return
    answered = Message.objects.filter(
        conversation=message.conversation_id,
        direction=Direction.OUTBOUND,
        body=text,
        occurred_at__gt=timezone.now() - HELPED_WITHIN,
    )
    if answered.exists():
        return
    try:
        with transaction.atomic():  # of an answer that cannot be sent nothing stays
            send_text(
                conversation=message.conversation,
                body=text,
                idempotency_key=f"help-{message.pk}",
            )
    except ProblemError as error:
        # No gateway is on, or the like: what came in is kept all the same.
        log.warning("HELP was not answered: %s", error.code)
