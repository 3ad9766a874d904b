"""Messages that came to Twilio while nobody here answered its calls.

Twilio calls for 15 seconds at most, however often, and then no more; but it keeps each message.
https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.gateways.twilio.client import API, TwilioClient

log = logging.getLogger(__name__)
PAGE = 500  # messages of one answer
MOST = 20_000  # of one number that are looked at
STILL_COMING = "receiving"  # its pictures are on their way to Twilio
SHORT_CODE = 6  # digits, at most


def find_missed(
    asked: TwilioClient,
    numbers: Sequence[str],
    *,
    since: datetime,
    known: Callable[[Sequence[str]], Collection[str]],
) -> list[Inbound]:
    """Return what came to some numbers (digits), or to any of the account, and is not known."""
    found: list[Any] = []
    for to in [_written(number) for number in numbers] or [""]:
        listed = _list(asked, to, since)
        coming = [
            one for one in listed if one.direction == "inbound" and one.status != STILL_COMING
        ]
        there = known([one.sid for one in coming])
        found += [one for one in coming if one.sid not in there]
    found.sort(key=lambda one: one.date_created)
    return [_inbound(asked, one) for one in found]


def _list(asked: TwilioClient, to: str, since: datetime) -> list[Any]:
    only = {"to": to} if to else {}
    listed: list[Any] = asked._call(
        lambda client: client.messages.list(
            **only, date_sent_after=since, page_size=PAGE, limit=MOST
        )
    )
    if len(listed) >= MOST:
        log.warning("Twilio has more than %d messages since then: ask for fewer days.", MOST)
    return listed


def _inbound(asked: TwilioClient, message: Any) -> Inbound:
    files: list[Any] = []
    if str(message.num_media or "0") != "0":
        files = asked._call(lambda client: client.messages(message.sid).media.list(limit=PAGE))
    return Inbound(
        provider_message_id=message.sid,
        sender=message.from_ or "",
        recipient=message.to or "",
        body=message.body or "",
        media=[
            MediaItem(
                url=f"{API}{file.uri.removesuffix('.json')}", declared_type=file.content_type or ""
            )
            for file in files
        ],
        segments=int(message.num_segments or 1),
        received_at=message.date_created,
    )


def _written(number: str) -> str:
    return number if len(number) <= SHORT_CODE else f"+{number}"
