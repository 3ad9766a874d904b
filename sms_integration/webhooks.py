"""Where gateways call us. The addresses are public; who calls is told by the gateway's receiver.

A body is bounded before it is read, what is refused is logged without anything of what was sent,
and whoever keeps calling without a signature is answered 429. A call that is signed is never
slowed down or counted.
"""

import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.errors import ProblemError
from accounts.requests import client_ip
from sms_integration.gateways.base import GatewayReceiver, SignatureError
from sms_integration.gateways.receivers import receiver_for
from sms_integration.models import Gateway
from sms_integration.services.callbacks import note_callback
from sms_integration.services.receiving import receive_message

MOST_BYTES = 64 * 1024  # Twilio's largest call has about 10 kB
LENGTH_DIGITS = 9
FORM = "application/x-www-form-urlencoded"
WINDOW = 60  # seconds
MOST_REFUSED = 30  # calls of one address in a window; what comes then is 429 and not logged
log = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_inbound(request: HttpRequest, gateway_id: UUID) -> HttpResponse:
    """Keep a message and answer at once; 5xx only where it was not kept."""

    def keep(receiver: GatewayReceiver) -> None:
        inbound = receiver.read_message(request)
        receive_message(gateway=receiver.gateway, inbound=inbound)

    return _answered(request, gateway_id, keep)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_status(
    request: HttpRequest, gateway_id: UUID, message_id: UUID | None = None
) -> HttpResponse:
    """Take one of our messages further."""

    def note(receiver: GatewayReceiver) -> None:
        change = receiver.read_status(request)
        note_callback(gateway=receiver.gateway, message_id=message_id, change=change)

    return _answered(request, gateway_id, note)


def _answered(
    request: HttpRequest, gateway_id: UUID, do: Callable[[GatewayReceiver], None]
) -> HttpResponse:
    try:
        _require_small_form(request)
        receiver = _receiver(request, gateway_id)
        receiver.verify(request)
        do(receiver)
    except SignatureError as error:
        return _refused(request, gateway_id, str(error), HTTPStatus.FORBIDDEN)
    except ProblemError as error:
        return _refused(request, gateway_id, error.code, HTTPStatus(error.status))
    except (SuspiciousOperation, UnreadablePostError) as error:
        return _refused(request, gateway_id, type(error).__name__, HTTPStatus.BAD_REQUEST)
    return receiver.answer()


def _require_small_form(request: HttpRequest) -> None:
    if request.method != "POST":
        return
    if request.content_type != FORM:
        raise CallRefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal()):
        raise CallRefusedError(HTTPStatus.LENGTH_REQUIRED)
    if len(length) > LENGTH_DIGITS or int(length) > MOST_BYTES:
        raise CallRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _receiver(request: HttpRequest, gateway_id: UUID) -> GatewayReceiver:
    gateway = Gateway.objects.filter(pk=gateway_id).first()
    if gateway is None:
        raise CallRefusedError(HTTPStatus.NOT_FOUND)
    receiver = receiver_for(gateway)
    if request.method not in receiver.methods:
        raise CallRefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
    return receiver


class CallRefusedError(ProblemError):
    """A call that is none of a gateway's, by its form alone."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = int(status)
        super().__init__(status.phrase, code=status.name.lower())


def _refused(request: HttpRequest, gateway_id: UUID, code: str, status: HTTPStatus) -> HttpResponse:
    window, passed = divmod(int(time.time()), WINDOW)
    key = f"sms-refused:{client_ip(request)}:{window}"
    cache.add(key, 0, timeout=2 * WINDOW)
    if cache.incr(key) > MOST_REFUSED:
        status = HTTPStatus.TOO_MANY_REQUESTS
        return HttpResponse(
            status.phrase,
            status=status,
            content_type="text/plain",
            headers={"Retry-After": str(WINDOW - passed)},
        )
    log.warning("Gateway %s: a call was refused: %s", gateway_id, code)
    return HttpResponse(status.phrase, status=status, content_type="text/plain")
