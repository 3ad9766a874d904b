from allauth.account.adapter import get_adapter
from allauth.headless.internal.restkit import inputs

from accounts.models import User
from accounts.password_resets.services import person_behind


class AskInput(inputs.Input):
    email = inputs.CharField(max_length=254)

    def clean_email(self) -> str:
        """Take any text: whether it is an address is nobody's hint here."""
        return str(self.cleaned_data["email"]).strip()


class KeyInput(inputs.Input):
    key = inputs.CharField(max_length=200)
    user: User | None = None

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        self.user = person_behind(key)
        if self.user is None:
            raise get_adapter().validation_error("invalid_password_reset")
        return key


class ChooseInput(KeyInput):
    password = inputs.CharField()

    def clean_password(self) -> str:
        """Check it against the person, whom `clean_key` has found: it comes first."""
        password = str(self.cleaned_data["password"])
        if self.user is not None:
            get_adapter().clean_password(password, user=self.user)
        return password
