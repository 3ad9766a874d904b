"""The staff's pages of messages, a module for each part."""

from sms_integration.admin import conversations, patients  # noqa: F401  registers its pages
