"""The gateway of demos and tests: nothing leaves the house.

What would be sent stands in the conversation, which is where it is looked at. Nothing is printed:
what a process prints ends in log files, where no number and no text belongs.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from sms_integration.gateways.base import Accepted, GatewayClient, Outgoing
from sms_integration.models import MessageStatus


class ConsoleClient(GatewayClient):
    carries_media = True
    media_types = frozenset({"image/jpeg", "image/png", "image/gif"})
    can_be_asked = True

    def send(self, outgoing: Outgoing) -> Accepted:
        return Accepted(
            provider_message_id=f"console-{outgoing.message_id}",
            status=MessageStatus.DELIVERED,
            cost=Decimal(0),
        )

    def find(
        self, outgoing: Outgoing, *, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        return None  # nothing is ever handed over, so doing it again sends nothing twice

    def check(self) -> None:
        """There is nothing that could be wrong."""
