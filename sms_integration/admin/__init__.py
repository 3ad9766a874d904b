"""The staff's pages of messages; importing them registers them."""

from sms_integration.admin import gateways, patient_actions, sending

__all__ = ["gateways", "patient_actions", "sending"]
