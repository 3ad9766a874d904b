"""What SMS Broadcast (Australia) calls us with. It signs nothing.

So its addresses carry a token that only they and we know (`?token=`), and whoever learns the
address can write messages: docs/messages-inbound.md says how to change it. It is in the query
because addresses are written into histories and logs here without theirs.
Fields: `to`, `from`, `message`, `ref` (ours), `smsref` (theirs, of the message that is meant);
receipts have `status`. By GET or POST, as the account is set up.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, QueryDict

from accounts.errors import ProblemError
from sms_integration.gateways.base import GatewayReceiver, Inbound, SignatureError, StatusChange
from sms_integration.models import MessageStatus

TOKEN = "token"
SHORTEST_TOKEN = 20  # characters; a shorter one can be guessed and opens nothing
SAME_WITHIN = 60  # seconds
STATUSES: Mapping[str, MessageStatus] = {
    "delivered": MessageStatus.DELIVERED,
    "expired": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.UNDELIVERED,
}


class SmsBroadcastReceiver(GatewayReceiver):
    """Uses of the credentials `webhook_token`. It carries no files."""

    credential_fields = {"webhook_token": "Token in the addresses that it calls"}
    methods = ("GET", "POST")

    def verify(self, request: HttpRequest) -> None:
        known = self.credentials.get("webhook_token", "").encode()
        tokens = request.GET.getlist(TOKEN)
        if len(known) < SHORTEST_TOKEN or len(tokens) != 1:
            raise SignatureError("unsigned")
        # Hashes, so that not even their length can be told by the time that this takes.
        if not hmac.compare_digest(_hash(known), _hash(tokens[0].encode())):
            raise SignatureError("wrong_token")

    def read_message(self, request: HttpRequest) -> Inbound:
        sent = _fields(request)
        sender, body = sent.get("from", ""), sent.get("message", "")
        if not sender:
            raise ProblemError("'from' is missing.", code="no_message")
        return Inbound(
            provider_message_id=self._id_of(sent),
            sender=sender,
            recipient=sent.get("to", ""),
            body=body,
        )

    def read_status(self, request: HttpRequest) -> StatusChange:
        sent = _fields(request)
        return StatusChange(
            provider_message_id=sent.get("smsref", "")[:100],
            reference=sent.get("ref", "")[:20],
            status=STATUSES.get(sent.get("status", "").strip().lower()),
        )

    def answer(self) -> HttpResponse:
        return HttpResponse("OK", content_type="text/plain")

    def _id_of(self, sent: QueryDict) -> str:
        """Return an id for a message that comes without one.

        The very same call within the same minute is taken for a repetition. Longer would swallow
        the second "No" of somebody who was asked twice.
        """
        digest = hashlib.sha256(f"{self.gateway.pk}:{int(time.time()) // SAME_WITHIN}".encode())
        for name in sorted(set(sent) - {TOKEN}):
            for text in (name, *sent.getlist(name)):
                digest.update(f"{len(text)}:{text}".encode())
        return f"in-{digest.hexdigest()[:40]}"


def _fields(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
