"""The demo's gateway: nobody calls it, and its pictures are made here."""

import datetime as dt
from random import Random

from django.http import HttpRequest, HttpResponse

from sms_integration.gateways.base import GatewayReceiver, Inbound, SignatureError, StatusChange

PICTURE = "console:wound_photo:"  # and the number that it is made from
TAKEN = dt.date(2026, 11, 20)
LONGEST_SEED = 9  # digits


class ConsoleReceiver(GatewayReceiver):
    """`simulate_inbound` makes its messages. Calls from outside are nobody's."""

    def verify(self, request: HttpRequest) -> None:
        raise SignatureError("nobody_calls")

    def read_message(self, request: HttpRequest) -> Inbound:
        raise SignatureError("nobody_calls")

    def read_status(self, request: HttpRequest) -> StatusChange:
        raise SignatureError("nobody_calls")

    def answer(self) -> HttpResponse:
        return HttpResponse(status=204)

    def local_media(self, url: str) -> bytes | None:
        """Return the picture of an address of ours: the same for the same number."""
        seed = url.removeprefix(PICTURE)
        if seed == url or not seed.isdecimal() or len(seed) > LONGEST_SEED:
            return None
        from documents.samples import Subject, make_sample  # what it draws with takes 20 MB

        nobody = Subject(
            name="Sample Person",
            date_of_birth=dt.date(1980, 5, 17),
            clinic="Sample clinic",
            external_id="SAMPLE",
        )
        rng = Random(int(seed))  # noqa: S311  a picture, no secret
        return make_sample("wound_photo", rng=rng, subject=nobody, on=TAKEN).body
