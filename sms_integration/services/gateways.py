"""A clinic's accounts with companies that carry messages: settings, secrets, trying them."""

import json
import re
import secrets
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from accounts.errors import ConflictError, NotPermittedError, ProblemError
from accounts.models import Membership
from sms_integration.errors import GatewayCheckError, NoGatewayError
from sms_integration.gateways.base import GatewayError
from sms_integration.gateways.clients import client_class_of, client_for, credentials_of
from sms_integration.models import Gateway, Provider
from sms_integration.phones import valid_number

NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}", re.ASCII)  # an alphanumeric sender
MOST_SECRET = 200  # characters of one secret
# What a secret must look like where the company says so: name → pattern and words for people.
SHAPES = {
    (Provider.TWILIO, "account_sid"): (
        r"AC[0-9a-f]{32}",
        "It begins with AC and 32 digits a to f.",
    ),
    (Provider.TWILIO, "auth_token"): (r"[0-9a-f]{32}", "It has 32 digits, 0 to 9 and a to f."),
    (Provider.TWILIO, "numbers"): (r"[+0-9, ]+", "Numbers have digits, and commas between them."),
    (Provider.SMS_BROADCAST, "webhook_token"): (
        r"[A-Za-z0-9_-]{32,}",
        "It has at least 32 letters and digits.",
    ),
}
PLAIN = frozenset({"numbers"})  # no secrets: shown, and empty means none
# Made by us: whoever calls our addresses without a signature must know it.
WEBHOOK_TOKEN = "webhook_token"
UNSIGNED = frozenset({Provider.SMS_BROADCAST})


def active_gateway() -> Gateway:
    """Return the gateway that messages go out over. Raises `NoGatewayError`."""
    found = Gateway.objects.filter(is_active=True).first()
    if found is None:
        raise NoGatewayError
    return found


def save_gateway(
    *,
    membership: Membership,
    gateway: Gateway | None = None,
    name: str,
    provider: str,
    sender: str,
    credentials: Mapping[str, str] | None = None,
    is_active: bool = False,
    help_text: str = "",
) -> Gateway:
    """Make or change a gateway. A secret that is left empty stays what it was.

    Making one active switches the others off: messages go out over one. Raises `ProblemError` with
    the field, `ValidationError` of the model, `NotPermittedError`.
    """
    if not membership.may("gateways.change" if gateway else "gateways.add"):
        raise NotPermittedError
    if provider not in Provider.values:
        raise ProblemError(f"Choose one of {', '.join(Provider.values)}.", field="provider")
    try:
        with transaction.atomic():
            rows = {row.pk: row for row in Gateway.objects.select_for_update().order_by("pk")}
            row = rows[gateway.pk] if gateway else Gateway(provider=provider)
            if row.provider != provider:
                raise ProblemError(
                    "The company of a gateway stays; make a new gateway.", field="provider"
                )
            row.name, row.help_text = name.strip(), help_text.strip()
            row.sender = checked_sender(sender, provider)
            kept = credentials_of(row)
            row.credentials = json.dumps(_checked_credentials(provider, kept, credentials or {}))
            if is_active:
                for other in rows.values():
                    if other.is_active and other.pk != row.pk:
                        other.is_active = False
                        other.save(update_fields=["is_active", "updated_at"])
            row.is_active = is_active
            row.full_clean()
            row.save()
    except IntegrityError as error:
        raise ConflictError("Somebody else has just saved a gateway. Try again.") from error
    return row


def check_gateway(*, membership: Membership, gateway: Gateway) -> None:
    """Ask the company whether it takes these credentials; nothing is sent.

    Raises `GatewayCheckError` with the gateway's code, `NotPermittedError`.
    """
    if not membership.may("gateways.change"):
        raise NotPermittedError
    try:
        client_for(gateway).check()
    except GatewayError as error:
        raise GatewayCheckError(error.detail, extra={"gateway_code": error.code}) from error


def checked_sender(sender: str, provider: str) -> str:
    """Return a number in E.164, or a name of letters and digits. Raises `ProblemError`."""
    text = "".join(sender.split())
    if NAME.fullmatch(text):
        return text
    if re.search(r"[A-Za-z]", text):
        raise ProblemError(
            "A name has 11 letters and digits at most, and no blanks.", field="sender"
        )
    return valid_number(text, field="sender")


def _checked_credentials(
    provider: str, kept: Mapping[str, str], sent: Mapping[str, str]
) -> dict[str, str]:
    """Return the secrets of a provider, each there and of the right shape."""
    client = client_class_of(provider)
    fields = {**client.credential_fields, **client.optional_fields}
    if strange := sorted(sent.keys() - fields.keys()):
        raise ProblemError(f"There is no secret called {strange[0][:50]!r}.", field="credentials")
    whole = {}
    for name, label in fields.items():
        value = sent.get(name, "").strip()
        if not value and (name not in PLAIN or name not in sent):
            value = kept.get(name, "")
        if not value and name in client.optional_fields:
            continue
        if not value:
            raise ProblemError(f"{label} is missing.", field=name, code="required")
        pattern, words = SHAPES.get((Provider(provider), name), (r"[^\x00-\x1f]+", "One line."))
        if len(value) > MOST_SECRET or not re.fullmatch(pattern, value, re.ASCII):
            raise ProblemError(f"This is no {label.lower()}. {words}", field=name)
        whole[name] = value
    if provider in UNSIGNED:
        whole.setdefault(WEBHOOK_TOKEN, secrets.token_urlsafe(32))
    return whole
