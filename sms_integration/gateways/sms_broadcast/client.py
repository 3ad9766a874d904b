"""Sending over SMS Broadcast (Australia), by its "advanced HTTP API".

https://support.smsbroadcast.com.au, "Advanced API Documentation". One line for each number comes
back: `OK: number:reference`, `BAD:number:reason`; for the whole request `ERROR: reason`. It carries
no pictures and cannot be asked for a single message, so one whose answer was lost is for people.
"""

from http import HTTPStatus
from typing import ClassVar
from urllib.parse import urlencode

from sms_integration.gateways.base import Accepted, GatewayClient, GatewayError, Outgoing
from sms_integration.gateways.http import ask, retry_after
from sms_integration.services.segments import count_segments

NUMBER_AND_REFERENCE = 2
REF = 20  # characters of a reference of ours
BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class SmsBroadcastClient(GatewayClient):
    credential_fields: ClassVar[dict[str, str]] = {
        "username": "API key (username)",
        "password": "API secret (password)",
    }
    optional_fields: ClassVar[dict[str, str]] = {
        "webhook_token": "Token in the addresses that it calls",
    }
    base_url: ClassVar[str] = "https://api.smsbroadcast.com.au"

    def send(self, outgoing: Outgoing) -> Accepted:
        segments = count_segments(outgoing.body)
        lines = self._ask(
            to=outgoing.recipient.removeprefix("+"),
            **{"from": outgoing.sender.removeprefix("+")},
            message=outgoing.body,
            ref=reference_of(outgoing),
            maxsplit=str(segments),
        )
        word, *rest = lines[0].split(":")
        if word == "OK" and len(rest) == NUMBER_AND_REFERENCE:
            reference = rest[1].strip()[:100]
            if reference:
                return Accepted(provider_message_id=reference, segments=segments)
        if word == "BAD":
            raise GatewayError(
                "bad_number", "SMS Broadcast does not send to this number.", permanent=True
            )
        raise _strange()

    def check(self) -> None:
        if not self._ask(action="balance")[0].startswith("OK"):
            raise _strange()

    def _ask(self, **fields: str) -> list[str]:
        """Return the lines of the answer. Raises `GatewayError`, also for an `ERROR` line."""
        sent = {**self.credentials_for_asking(), **fields}
        answer = ask(
            "POST",
            f"{self.base_url}/api-adv.php",
            headers=FORM,
            body=urlencode(sent).encode(),
        )
        if answer.status in BUSY:
            raise GatewayError(
                str(answer.status),
                "SMS Broadcast has too much to do at the moment.",
                permanent=False,
                retry_after=retry_after(answer.headers),
            )
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise GatewayError(
                str(answer.status), f"SMS Broadcast answered {answer.status}.", permanent=True
            )
        lines = [line.strip() for line in answer.text.splitlines() if line.strip()]
        if answer.status != HTTPStatus.OK or not lines:
            raise _strange()
        if lines[0].startswith("ERROR"):
            # The words are the company's and may hold what we sent; the account's page has them.
            raise GatewayError(
                "refused",
                "SMS Broadcast refused the request: look at the credentials, the sender and the"
                " balance of the account.",
                permanent=True,
            )
        return lines

    def credentials_for_asking(self) -> dict[str, str]:
        return {name: self.credentials[name] for name in self.credential_fields}


def reference_of(outgoing: Outgoing) -> str:
    """Return our reference of a message: the random end of its id, which comes with receipts."""
    return outgoing.message_id.hex[-REF:]


def _strange() -> GatewayError:
    return GatewayError(
        "bad_answer",
        "SMS Broadcast's answer is not understood; the message may have been taken.",
        permanent=False,
        unclear=True,
    )
