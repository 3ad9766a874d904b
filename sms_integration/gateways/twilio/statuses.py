"""Twilio's words for how far a message has come, in ours.

https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
"""

from sms_integration.models import MessageStatus

STATUSES = {
    "accepted": MessageStatus.SENT,  # what Twilio has taken, we have sent
    "scheduled": MessageStatus.SENT,
    "queued": MessageStatus.SENT,
    "sending": MessageStatus.SENT,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "partially_delivered": MessageStatus.SENT,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,  # by somebody in Twilio's own console
}
OPTED_OUT = "21610"  # "Attempt to send to unsubscribed recipient"


def status_of(word: str) -> MessageStatus | None:
    """Return our status for a word of Twilio's, or None for one that we do not know."""
    return STATUSES.get(word.strip().lower())
