"""Messages with patients: how they travel, who said what, what came with them, who wants none."""

from sms_integration.models.conversations import Conversation, ConversationQuerySet
from sms_integration.models.gateways import Gateway, Provider
from sms_integration.models.media import InboundMedia, MediaLink, MediaState
from sms_integration.models.messages import Direction, Message, MessageStatus
from sms_integration.models.suppressions import Suppression, SuppressionReason
from sms_integration.models.templates import Template

__all__ = (
    "Conversation",
    "ConversationQuerySet",
    "Direction",
    "Gateway",
    "InboundMedia",
    "MediaLink",
    "MediaState",
    "Message",
    "MessageStatus",
    "Provider",
    "Suppression",
    "SuppressionReason",
    "Template",
)
