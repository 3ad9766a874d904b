"""The staff's pages of messages; importing them registers them."""

from sms_integration.admin import (
    conversations,
    gateways,
    media,
    patient_actions,
    patients,
    sending,
)

__all__ = ["conversations", "gateways", "media", "patient_actions", "patients", "sending"]
