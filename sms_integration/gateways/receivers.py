"""Who reads the calls of which company."""

import json
from collections.abc import Mapping

from django.utils.module_loading import import_string

from sms_integration.gateways.base import GatewayReceiver
from sms_integration.models import Gateway, Provider

# By name, as the clients (clients.py).
RECEIVERS: Mapping[str, str] = {
    Provider.CONSOLE: "sms_integration.gateways.console.receiver.ConsoleReceiver",
    Provider.TWILIO: "sms_integration.gateways.twilio.receiver.TwilioReceiver",
    Provider.SMS_BROADCAST: "sms_integration.gateways.sms_broadcast.receiver.SmsBroadcastReceiver",
}


def receiver_for(gateway: Gateway) -> GatewayReceiver:
    """Return what reads the calls that come for a gateway, with its own secrets."""
    credentials = json.loads(gateway.credentials) if gateway.credentials else {}
    made: type[GatewayReceiver] = import_string(RECEIVERS[gateway.provider])
    return made(gateway, credentials)
