"""Asking a company's server over HTTP: once, with limits, and knowing how far a failure came.

Nothing is tried again here: a request that broke off may have been heard, and only who knows what
was asked can tell whether asking twice does harm. Redirects, cookies and the environment's proxies
are not used.
"""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from sms_integration.gateways.base import GatewayError

CONNECT, READ = 5, 30  # seconds: to connect; between two pieces of an answer
WHOLE = 90  # seconds for all pieces
PIECE = 64 * 1024  # bytes
MOST_BYTES = 1024 * 1024  # of an answer; ours are of a few kB
# Of these the request was never on its way.
UNHEARD = (NewConnectionError, NameResolutionError, ConnectTimeoutError, SSLError)
QUIET = ("/2010-04-01/", "api-adv.php")  # parts of addresses in whose queries numbers may stand


class NoNumbers(logging.Filter):
    """Keeps the HTTP library's debug lines from showing whom we wrote to."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return not any(part in text for part in QUIET)


logging.getLogger("urllib3.connectionpool").addFilter(NoNumbers())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Ask once and return the answer, whatever its status.

    Raises `GatewayError`: transient where the server never heard of it, `unclear` where it may
    have. Its words hold nothing of the request.
    """
    pool = urllib3.PoolManager(
        num_pools=1,
        retries=False,
        timeout=urllib3.Timeout(connect=CONNECT, read=READ),
        ssl_context=ssl.create_default_context(),
    )
    response = None
    try:
        response = pool.request(
            method,
            url,
            headers={**(headers or {}), "Accept-Encoding": "identity"},
            body=body,
            redirect=False,
            preload_content=False,
        )
        raw = _read(response)
        return Answer(response.status, dict(response.headers.items()), raw.decode(errors="replace"))
    except (HTTPError, OSError) as error:
        raise _broken(error) from None  # the library's own words hold addresses
    finally:
        if response is not None:
            response.close()
        pool.clear()


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the body, of a bounded size and within a bounded time: a message's lease is longer."""
    begun, raw = monotonic(), b""
    while len(raw) < MOST_BYTES and (piece := response.read1(PIECE)):
        raw += piece
        if monotonic() - begun > WHOLE:
            raise ReadTimeoutError(None, None, "the whole took too long")  # type: ignore[arg-type]
    return raw


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to be left alone, or None. A date is not read."""
    for name, value in headers.items():
        if name.lower() == "retry-after" and value.strip().isdecimal():
            return float(value)
    return None


def _broken(error: Exception) -> GatewayError:
    cause = error.reason if isinstance(error, MaxRetryError) else error
    kind = type(cause).__name__
    if isinstance(cause, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return GatewayError(
            "certificate", "The certificate of the gateway is not trusted.", permanent=False
        )
    if isinstance(cause, UNHEARD):
        return GatewayError(
            "unreachable", f"The gateway cannot be reached ({kind}).", permanent=False
        )
    return GatewayError(
        "broken_off",
        f"The connection broke off after the message was on its way ({kind}).",
        permanent=False,
        unclear=True,
    )
