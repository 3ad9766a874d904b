"""The staff's pages of messages; importing them registers them."""

from sms_integration.admin import gateways, media, patient_actions, sending

__all__ = ["gateways", "media", "patient_actions", "sending"]
