"""JSON web tokens of other clients, worth something at one clinic only."""

from typing import Any

from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.tenancy import current_schema

CLINIC_CLAIM = "clinic"


class ClinicTokenStrategy(JWTTokenStrategy):
    """Tokens name their clinic; the session behind each lies in that clinic's own table."""

    def get_claims(self, user: AbstractBaseUser) -> dict[str, Any]:
        return {CLINIC_CLAIM: current_schema()}
