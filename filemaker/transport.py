"""HTTP to the one configured server: no other host can be reached from here.

The connections are kept alive and shared by all threads. Redirects are never followed by
themselves, cookies are never kept, and the environment's proxies are not used.
"""

import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from filemaker.environment import PORTS, FileMakerSettings
from filemaker.errors import NoJsonError
from filemaker.limiter import RateLimiter
from jobs.errors import ItemError, StopRunError, TransientError

CONNECTIONS = 16  # as many as there may be threads
TIMEOUT = urllib3.Timeout(connect=10, read=120)  # seconds; between two pieces of an answer
MOST_JSON = 64 * 1024 * 1024  # bytes of an answer that is read into memory
SECRET_PARTS = ("/fmi/data/", "Streaming")  # of addresses that hold tokens or are one


class NoAddresses(logging.Filter):
    """Keeps the HTTP library from logging our addresses, which hold session tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return not any(part in text for part in SECRET_PARTS)


logging.getLogger("urllib3.connectionpool").addFilter(NoAddresses())


@dataclass(frozen=True)
class Answer:
    """An answer in JSON: FileMaker's code (a string), its response, and the headers."""

    status: int
    code: str
    response: dict[str, Any]
    headers: Mapping[str, str]


class Transport:
    """Connections to one server."""

    def __init__(self, settings: FileMakerSettings, limiter: RateLimiter) -> None:
        self._settings, self._limiter = settings, limiter
        options: dict[str, Any] = {"maxsize": CONNECTIONS, "timeout": TIMEOUT, "retries": False}
        self._pool: urllib3.HTTPConnectionPool
        if settings.scheme == "https":
            context = _trusting(settings.ca_file)
            self._pool = urllib3.HTTPSConnectionPool(
                settings.host, settings.port, ssl_context=context, **options
            )
        else:
            self._pool = urllib3.HTTPConnectionPool(settings.host, settings.port, **options)

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def open(
        self, method: str, path: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Ask for a path (with its query) and yield the answer with its body unread.

        A body that ends too early is an error while it is read. Raises `TransientError`, or
        `StopRunError` for a certificate that is not trusted.
        """
        self._limiter.wait()
        response = None
        try:
            response = self._pool.urlopen(
                method,
                path,
                body=body,
                headers={**headers, "Accept-Encoding": "identity"},
                redirect=False,
                preload_content=False,
            )
            yield response
        except SSLError as error:
            # The library's own words hold addresses; what they say is said here.
            raise _distrust(error) from None
        except (HTTPError, OSError) as error:
            raise TransientError(
                "connection_failed", f"The connection to FileMaker failed: {type(error).__name__}."
            ) from None
        finally:
            if response is not None:
                _let_go(response)

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str], body: Any = None
    ) -> Answer:
        """Ask for JSON, which is read before the status: errors come with many a status.

        Raises `NoJsonError` where there is none, `TransientError`, `StopRunError`.
        """
        sent = None if body is None else json.dumps(body).encode("ascii")
        # A charset in the type is refused by some versions.
        typed = {} if sent is None else {"Content-Type": "application/json"}
        with self.open(method, path, headers={**headers, **typed}, body=sent) as response:
            return parsed(response.read(MOST_JSON + 1), response.status, response.headers)

    def path_of(self, address: str, *, base: str = "") -> str:
        """Return path and query of an address that FileMaker gave us, if it is on our server.

        `base` is the path that a relative address is relative to. Raises
        `ItemError("foreign_host")`: whoever can write an address into a record or an answer must
        not make us ask other machines.
        """
        try:
            parts = urlsplit(urljoin(f"{self._settings.url}{base}", address.strip()))
            port = parts.port or PORTS.get(parts.scheme, 0)
            there = (parts.scheme, (parts.hostname or "").lower(), port)
        except ValueError:
            there = ("", "", 0)
        if there != (self._settings.scheme, self._settings.host, self._settings.port):
            raise ItemError(
                "foreign_host",
                "FileMaker names another server for the file than FILEMAKER_URL.",
                "Set FILEMAKER_URL to the name that FileMaker itself uses.",
            )
        return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def parsed(raw: bytes, status: int, headers: Mapping[str, str]) -> Answer:
    """Read FileMaker's envelope. Raises `NoJsonError` where it is none."""
    try:
        body = json.loads(raw)
        messages = body["messages"]
        code = str(messages[0]["code"])
        response = body.get("response") or {}
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise NoJsonError(status) from None
    return Answer(status, code, response if isinstance(response, dict) else {}, headers)


def _trusting(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (ssl.SSLError, OSError):
        raise StopRunError(
            "ca_file_unreadable", "FILEMAKER_CA_FILE holds no certificates in PEM form."
        ) from None


def _distrust(error: SSLError) -> StopRunError | TransientError:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return StopRunError(
            "certificate_untrusted",
            "The certificate of FILEMAKER_URL is not trusted. Give its authority's certificate"
            " with FILEMAKER_CA_FILE.",
        )
    return TransientError("connection_failed", "The encrypted connection to FileMaker failed.")


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    """Give a connection back whose answer has ended; close any other."""
    if getattr(response, "length_remaining", None) == 0:
        response.drain_conn()  # an empty body too has to be read
        response.release_conn()
    else:
        response.close()
