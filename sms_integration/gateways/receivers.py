"""Who reads the calls of which company."""

import json
from collections.abc import Mapping

from sms_integration.gateways.base import GatewayReceiver
from sms_integration.gateways.console.receiver import ConsoleReceiver
from sms_integration.gateways.sms_broadcast.receiver import SmsBroadcastReceiver
from sms_integration.gateways.twilio.receiver import TwilioReceiver
from sms_integration.models import Gateway, Provider

RECEIVERS: Mapping[str, type[GatewayReceiver]] = {
    Provider.CONSOLE: ConsoleReceiver,
    Provider.TWILIO: TwilioReceiver,
    Provider.SMS_BROADCAST: SmsBroadcastReceiver,
}


def receiver_for(gateway: Gateway) -> GatewayReceiver:
    """Return what reads the calls that come for a gateway, with its own secrets."""
    credentials = json.loads(gateway.credentials) if gateway.credentials else {}
    return RECEIVERS[gateway.provider](gateway, credentials)
