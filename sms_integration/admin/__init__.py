"""The staff's pages of messages; importing them registers them."""

from sms_integration.admin import media

__all__ = ["media"]
