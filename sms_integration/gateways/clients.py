"""Finding the client of a gateway, by its provider."""

import json

from django.utils.module_loading import import_string

from sms_integration.gateways.base import GatewayClient
from sms_integration.models import Gateway, Provider

# By name: a company's library is loaded with the first message that goes over it.
CLIENTS: dict[str, str] = {
    Provider.CONSOLE: "sms_integration.gateways.console.client.ConsoleClient",
    Provider.TWILIO: "sms_integration.gateways.twilio.client.TwilioClient",
    Provider.SMS_BROADCAST: "sms_integration.gateways.sms_broadcast.client.SmsBroadcastClient",
}


def client_for(gateway: Gateway) -> GatewayClient:
    """Return what sends over this account."""
    return client_class_of(gateway.provider)(gateway, credentials_of(gateway))


def client_class_of(provider: str) -> type[GatewayClient]:
    found: type[GatewayClient] = import_string(CLIENTS[provider])
    return found


def credentials_of(gateway: Gateway) -> dict[str, str]:
    """Return the secrets of an account by their names."""
    found: dict[str, str] = json.loads(gateway.credentials or "{}")
    return found
