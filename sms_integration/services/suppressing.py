"""The list of numbers that want no messages."""

from sms_integration.models import Suppression


def is_suppressed(phone: str) -> bool:
    """Say whether a number (E.164) opted out."""
    return Suppression.objects.filter(phone=phone, lifted_at__isnull=True).exists()
