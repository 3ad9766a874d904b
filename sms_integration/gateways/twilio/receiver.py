"""What Twilio calls us with: messages that come in, and what became of ours.

https://www.twilio.com/docs/messaging/guides/webhook-request and
https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from twilio.request_validator import RequestValidator

from accounts.errors import ProblemError
from sms_integration.gateways.base import (
    GatewayError,
    GatewayReceiver,
    Inbound,
    MediaItem,
    SignatureError,
    StatusChange,
)
from sms_integration.gateways.public_urls import public_urls
from sms_integration.gateways.twilio.client import TwilioClient
from sms_integration.gateways.twilio.missed import find_missed
from sms_integration.gateways.twilio.statuses import status_of

SIGNATURE = "X-Twilio-Signature"
MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}", re.ASCII)
NUMBER = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
MEDIA_URL = re.compile(r"MediaUrl(0|[1-9][0-9]{0,2})", re.ASCII)
MOST_MEDIA = 10  # in one message, says Twilio


class TwilioReceiver(GatewayReceiver):
    """Uses of the credentials `account_sid`, `auth_token` and `numbers`.

    `numbers` are the account's numbers for this clinic, with commas between; the sender counts as
    one where it is a number. Where neither says a number (a name as sender), each number of the
    account is this clinic's.
    """

    credential_fields = {
        "account_sid": "Account SID",
        "auth_token": "Auth token",
        "numbers": "Further numbers, with commas between",
    }
    keeps_messages = True
    media_hosts = ("*.twilio.com", "*.twiliocdn.com", "s3-external-1.amazonaws.com")
    api_hosts = ("api.twilio.com", "*.ie1.twilio.com", "*.au1.twilio.com", "*.us1.twilio.com")

    def verify(self, request: HttpRequest) -> None:
        token = self.credentials.get("auth_token", "")
        signature = request.headers.get(SIGNATURE, "")
        if not token or not signature:
            raise SignatureError("unsigned")
        validator, sent = RequestValidator(token), request.POST
        if not any(validator.validate(url, sent, signature) for url in public_urls(request)):
            raise SignatureError("wrong_signature")
        # The order of a field's values is not signed, so one that comes twice says nothing sure.
        if any(len(values) > 1 for _, values in sent.lists()):
            raise SignatureError("field_twice")
        if sent.get("AccountSid") != self.credentials.get("account_sid"):
            raise SignatureError("foreign_account")

    def read_message(self, request: HttpRequest) -> Inbound:
        sent = request.POST
        recipient = sent.get("To", "")
        numbers = self._numbers()
        if numbers and _digits(recipient) not in numbers:
            raise SignatureError("foreign_number")
        return Inbound(
            provider_message_id=_message_sid(request),
            sender=sent.get("From", ""),
            recipient=recipient,
            body=sent.get("Body", ""),
            media=_media(sent.dict()),
            segments=_count(sent.get("NumSegments", "")) or 1,
        )

    def read_status(self, request: HttpRequest) -> StatusChange:
        word = request.POST.get("MessageStatus") or request.POST.get("SmsStatus") or ""
        return StatusChange(
            provider_message_id=_message_sid(request),
            status=status_of(word),
            error_code=request.POST.get("ErrorCode", "")[:40],
        )

    def answer(self) -> HttpResponse:
        return HttpResponse("<Response></Response>", content_type="text/xml")

    def missed_messages(
        self, *, since: datetime, known: Callable[[Sequence[str]], Collection[str]]
    ) -> list[Inbound]:
        if not all(self.credentials.get(name) for name in TwilioClient.credential_fields):
            raise GatewayError("no_credentials", "The credentials are missing.", permanent=True)
        asked = TwilioClient(self.gateway, self.credentials)
        return find_missed(asked, sorted(self._numbers()), since=since, known=known)

    def media_headers(self) -> dict[str, str]:
        pair = f"{self.credentials.get('account_sid', '')}:{self.credentials.get('auth_token', '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

    def _numbers(self) -> set[str]:
        named = [*self.credentials.get("numbers", "").split(","), self.gateway.sender]
        return {_digits(one) for one in named if NUMBER.fullmatch(one.strip())}


def _digits(number: str) -> str:
    return number.strip().removeprefix("+")


def _message_sid(request: HttpRequest) -> str:
    """Return the message's id, which must look like one.

    The signature runs names and values together: what is signed as `MessageSid=SM12, NumMedia=0`
    is signed as `MessageSid=SM12NumMedia0` as well. An id of any form would let a replay through.
    """
    sid = request.POST.get("MessageSid", "")
    if not MESSAGE_SID.fullmatch(sid):
        raise ProblemError("MessageSid is missing or is none.", code="no_message")
    return sid


def _media(sent: Mapping[str, str]) -> list[MediaItem]:
    """Return the files in their order, whatever `NumMedia` says; one without address as that.

    So that people see that something is missing.
    """
    names = [name for name in map(MEDIA_URL.fullmatch, sent) if name]
    found = {int(name[1]): sent[name[0]] for name in names}
    announced = min(_count(sent.get("NumMedia", "")), MOST_MEDIA)
    places = sorted({*found, *range(announced)})
    return [
        MediaItem(
            url=found.get(place, ""),
            declared_type=sent.get(f"MediaContentType{place}", ""),
        )
        for place in places
    ]


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004
