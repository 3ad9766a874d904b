"""Sending over Twilio, with its own library for the protocol and our HTTP below it.

https://www.twilio.com/docs/messaging/api/message-resource. The library is given an HTTP client of
ours: its own cannot say whether a request that failed was heard, forgets the headers of an error
(`Retry-After`), and logs addresses that hold numbers.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.util import make_headers

from sms_integration.gateways.base import Accepted, GatewayClient, GatewayError, Outgoing
from sms_integration.gateways.http import ask, retry_after
from sms_integration.gateways.twilio.statuses import OPTED_OUT, status_of
from sms_integration.models import MessageStatus

API = "https://api.twilio.com"
SKEW = timedelta(minutes=2)  # by which Twilio's clock and ours may differ
MOST_LOOKED_AT = 200  # of the newest messages to one number
TRIAL = "Sent from your Twilio trial account - "  # put before the text by accounts on trial
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)  # it did not take it


class OurHttp(HttpClient):
    """The library's requests over `gateways.http`; keeps the last answer."""

    def __init__(self, base_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.base_url = base_url
        self.last: Response | None = None

    def request(
        self,
        method: str,
        uri: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        self.last = None
        url = uri.replace(API, self.base_url, 1)
        if params:
            url += "?" + urlencode(params, doseq=True)
        sent = {**(headers or {})}
        if auth:
            sent |= make_headers(basic_auth=":".join(auth))
        answer = ask(
            method.upper(),
            url,
            headers=sent,
            body=urlencode(data, doseq=True).encode() if data else None,
        )
        self.last = Response(answer.status, answer.text, answer.headers)
        return self.last


class TwilioClient(GatewayClient):
    credential_fields: ClassVar[dict[str, str]] = {
        "account_sid": "Account SID",
        "auth_token": "Auth token",
    }
    optional_fields: ClassVar[dict[str, str]] = {
        "numbers": "Further numbers, with commas between",
    }
    carries_media = True
    # https://www.twilio.com/docs/messaging/guides/accepted-mime-types: those that every network
    # takes, made smaller where it must be.
    media_types = frozenset({"image/jpeg", "image/png", "image/gif"})
    can_be_asked = True
    base_url: ClassVar[str] = API  # tests put a server of their own here

    def send(self, outgoing: Outgoing) -> Accepted:
        fields: dict[str, Any] = {"to": outgoing.recipient, "from_": outgoing.sender}
        if outgoing.body:
            fields["body"] = outgoing.body
        if outgoing.media:
            fields["media_url"] = list(outgoing.media)
        if outgoing.callback_url:
            fields["status_callback"] = outgoing.callback_url
        return self._accepted(self._call(lambda client: client.messages.create(**fields)))

    def find(
        self, outgoing: Outgoing, *, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        """Look through the newest messages to the number, whatever their date of sending.

        That is empty as long as Twilio has one waiting, so it must not narrow the list.
        """
        listed = self._call(
            lambda client: client.messages.list(
                to=outgoing.recipient, limit=MOST_LOOKED_AT, page_size=MOST_LOOKED_AT
            )
        )
        for found in listed:
            if found.sid in known or found.date_created is None:
                continue
            if found.date_created >= since - SKEW and _is(found, outgoing):
                return self._accepted(found)
        return None

    def check(self) -> None:
        sid = self.credentials["account_sid"]
        account = self._call(lambda client: client.api.v2010.accounts(sid).fetch())
        if account.status != "active":
            raise GatewayError(
                "account_inactive", "Twilio says that this account is not active.", permanent=True
            )

    def _call(self, what: Any) -> Any:
        http = OurHttp(self.base_url)
        client = Client(
            self.credentials["account_sid"],
            self.credentials["auth_token"],
            http_client=http,
            environment={"TWILIO_EDGE": ""},  # nothing of it comes from the environment
        )
        try:
            return what(client)
        except TwilioException as error:
            raise _refusal(error, http.last) from None  # its words may hold the number
        except (ValueError, TypeError, KeyError, AttributeError):
            raise _strange(http.last) from None

    def _accepted(self, message: Any) -> Accepted:
        if not message.sid:
            raise _strange(None)
        return Accepted(
            provider_message_id=message.sid,
            status=status_of(message.status or "") or MessageStatus.SENT,
            segments=_number(message.num_segments),
            cost=cost_of(message.price),
            currency=(message.price_unit or "").upper()[:3],
        )


def cost_of(price: str | None) -> Decimal | None:
    """Return what a message costs; Twilio writes what we owe as a negative number."""
    try:
        return abs(Decimal(price)) if price else None
    except InvalidOperation:
        return None


def _is(found: Any, outgoing: Outgoing) -> bool:
    body = (found.body or "").removeprefix(TRIAL).strip()
    return (
        str(found.direction).startswith("outbound")
        and found.from_ == outgoing.sender
        and body == outgoing.body.strip()
        and (_number(found.num_media) or 0) == len(outgoing.media)
    )


def _number(text: Any) -> int | None:
    return int(text) if str(text or "").isdecimal() else None


def _strange(answer: Response | None) -> GatewayError:
    """An answer that is none of the API's; where it came to a message, it may have been taken."""
    return GatewayError(
        "bad_answer",
        f"Twilio answered {answer.status_code if answer else 'nothing'}, which is not understood.",
        permanent=False,
        unclear=True,
    )


def _refusal(error: Any, answer: Response | None) -> GatewayError:
    status = answer.status_code if answer else 0
    code = str(getattr(error, "code", None) or status)[:40]
    detail = f"Twilio refused it with error {code}; see twilio.com/docs/api/errors/{code}."
    if status in BUSY:
        return GatewayError(
            code,
            "Twilio has too much to do at the moment.",
            permanent=False,
            retry_after=retry_after(answer.headers or {}) if answer else None,
        )
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return GatewayError(code, detail, permanent=True, opted_out=code == OPTED_OUT)
    # 5xx: something broke at Twilio's while it had our message in hand, or before.
    return GatewayError(code, f"Twilio failed with {status}.", permanent=False, unclear=True)
