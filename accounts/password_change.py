"""Changing one's own password: what is guessed at counts, and what was checked is still so."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import authenticated_user
from allauth.headless.account.inputs import ChangePasswordInput
from allauth.headless.account.views import ChangePasswordView
from allauth.headless.base.response import ConflictResponse
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.forms import AdminOwnPasswordChangeForm

from accounts.models import User


class OwnPasswordInput(ChangePasswordInput):  # type: ignore[misc]
    """As allauth's, but a wrong password counts for the lock-out as it does at a login."""

    def clean_current_password(self) -> str:
        given: str = self.cleaned_data["current_password"]
        if given and not get_adapter().reauthenticate(self.user, given):
            raise get_adapter().validation_error("enter_current_password")
        return given


class OwnPasswordView(ChangePasswordView):  # type: ignore[misc]
    """Over the API; under a lock, as a link for a new password may be used meanwhile."""

    input_class = OwnPasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            now = User.objects.select_for_update().get(pk=authenticated_user(request).pk)
            given = self.input.cleaned_data.get("current_password")
            if given and not now.check_password(given):
                conflict: HttpResponse = ConflictResponse(request)
                return conflict
            answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


class CountedPasswordChangeForm(AdminOwnPasswordChangeForm):
    """In the platform's admin, whose administrators need no clinic and so have no app."""

    request: HttpRequest

    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.email, password=given) is None:
            raise ValidationError(
                PasswordChangeForm.error_messages["password_incorrect"], code="password_incorrect"
            )
        return given

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  Django's
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=["password", "updated_at"])
        return user
