from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: people are invited, as staff or with their patient record."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
