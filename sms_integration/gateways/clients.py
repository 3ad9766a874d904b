"""Finding the client of a gateway, by its provider."""

import json

from sms_integration.gateways.base import GatewayClient
from sms_integration.gateways.console.client import ConsoleClient
from sms_integration.gateways.sms_broadcast.client import SmsBroadcastClient
from sms_integration.gateways.twilio.client import TwilioClient
from sms_integration.models import Gateway, Provider

CLIENTS: dict[str, type[GatewayClient]] = {
    Provider.CONSOLE: ConsoleClient,
    Provider.TWILIO: TwilioClient,
    Provider.SMS_BROADCAST: SmsBroadcastClient,
}


def client_for(gateway: Gateway) -> GatewayClient:
    """Return what sends over this account."""
    return client_class_of(gateway.provider)(gateway, credentials_of(gateway))


def client_class_of(provider: str) -> type[GatewayClient]:
    return CLIENTS[provider]


def credentials_of(gateway: Gateway) -> dict[str, str]:
    """Return the secrets of an account by their names."""
    found: dict[str, str] = json.loads(gateway.credentials or "{}")
    return found
