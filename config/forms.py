from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from unfold.widgets import UnfoldAdminPasswordWidget


class ChoosePasswordForm(SetPasswordForm):
    """The form behind a one-time link, in the admin's looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
