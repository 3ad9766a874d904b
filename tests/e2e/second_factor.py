"""What somebody with an authenticator app does."""

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

STEP = 30  # seconds that a code counts


def code_of(secret, ahead=0):
    """Return the code of now, or of a later step: no code is good twice."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // STEP + ahead))


def show_again(page, password):
    """Show by the password that it is still the same person."""
    dialog = page.get_by_role("dialog", name="Is it still you?")
    dialog.locator("input").fill(password)
    dialog.get_by_role("button", name="Confirm").click()
