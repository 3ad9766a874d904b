from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken

from accounts import fields
from accounts.policies import current_account
from accounts.second_factor.factors import factors_here
from accounts.second_factor.pictures import qr_svg
from accounts.tenancy import PUBLIC, current_schema


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets lie encrypted; what counts is decided for the clinic that is asked."""

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return fields.decrypt(encrypted_text)
        except InvalidToken as error:
            raise ValueError(
                "A second factor was encrypted with a key that is not in FIELD_ENCRYPTION_KEYS."
            ) from error

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Say whether the login has a second factor that counts at this clinic."""
        if user.is_anonymous:
            return False
        found = factors_here(user)
        return (found if types is None else found.filter(type__in=types)).exists()

    def get_totp_issuer(self) -> str:
        """Return what the authenticator app shows beside the code."""
        return "Chartvault" if current_schema() == PUBLIC else current_account().name

    def build_totp_svg(self, url: str) -> str:
        return qr_svg(url)
