"""Messages that nobody sent: for the demo, and to try a clinic's settings out."""

import secrets

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.fields import uuid7
from accounts.models import Membership
from sms_integration.gateways.base import Inbound, MediaItem
from sms_integration.gateways.console.receiver import PICTURE
from sms_integration.models import Gateway, Message, Provider
from sms_integration.services.matching import number_of
from sms_integration.services.receiving import receive_message

MOST_PICTURES = 10
LONGEST_BODY = 1600


def simulate_inbound(
    *, gateway: Gateway, sender: str, body: str, pictures: int = 0, seed: int | None = None
) -> Message:
    """Let a message come in over a console gateway, the way that all messages come.

    Its pictures are invented; the same `seed` gives the same ones. Raises `ProblemError` for a
    sender that is no number, `ConflictError` for a gateway that is real.
    """
    if gateway.provider != Provider.CONSOLE:
        raise ConflictError(
            "Messages are simulated on a console gateway only.", code="real_gateway"
        )
    if not number_of(sender):
        raise ProblemError("Send a telephone number such as +61412345678.", field="sender")
    if not 0 <= pictures <= MOST_PICTURES or len(body) > LONGEST_BODY:
        raise ProblemError(f"At most {MOST_PICTURES} pictures and {LONGEST_BODY} characters.")
    first = secrets.randbelow(10**8) if seed is None else seed
    return receive_message(
        gateway=gateway,
        inbound=Inbound(
            provider_message_id=f"simulated-{uuid7()}",
            sender=sender,
            recipient=gateway.sender,
            body=body,
            media=[
                MediaItem(url=f"{PICTURE}{first + number}", declared_type="image/webp")
                for number in range(pictures)
            ],
        ),
    )


def simulate_inbound_for(
    *, membership: Membership, gateway: Gateway, sender: str, body: str, pictures: int = 0
) -> Message:
    """Let a member simulate a message, who may connect gateways. As `simulate_inbound`."""
    if not membership.may("gateways.change"):
        raise NotPermittedError
    return simulate_inbound(gateway=gateway, sender=sender, body=body, pictures=pictures)
