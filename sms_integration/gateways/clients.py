"""Finding the client of a gateway, by its provider."""

import json

from django.utils.module_loading import import_string

from sms_integration.gateways.base import GatewayClient, GatewayError
from sms_integration.models import Gateway, Provider

# By name: a company's library is loaded with the first message that goes over it.
CLIENTS: dict[str, str] = {
    Provider.CONSOLE: "sms_integration.gateways.console.client.ConsoleClient",
    Provider.TWILIO: "sms_integration.gateways.twilio.client.TwilioClient",
    Provider.SMS_BROADCAST: "sms_integration.gateways.sms_broadcast.client.SmsBroadcastClient",
}


def client_for(gateway: Gateway) -> GatewayClient:
    """Return what sends over this account. Raises `GatewayError` where its secrets are missing."""
    made, secrets = client_class_of(gateway.provider), credentials_of(gateway)
    if missing := [label for name, label in made.credential_fields.items() if name not in secrets]:
        detail = f"{missing[0]} is missing; an administrator enters it on the gateway's page."
        raise GatewayError("no_credentials", detail, permanent=True)
    return made(gateway, secrets)


def client_class_of(provider: str) -> type[GatewayClient]:
    found: type[GatewayClient] = import_string(CLIENTS[provider])
    return found


def credentials_of(gateway: Gateway) -> dict[str, str]:
    """Return the secrets of an account by their names."""
    found: dict[str, str] = json.loads(gateway.credentials or "{}")
    return found
