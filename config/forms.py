from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from unfold.widgets import UnfoldAdminPasswordWidget


class ChoosePasswordForm(SetPasswordForm):
    """The form behind a one-time link, in the admin's looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  Django's
        """Write the password and nothing else: the rest of this row may be old by now."""
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=["password", "updated_at"])
        return user
