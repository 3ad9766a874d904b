"""Fetching a file from an address that somebody else has written, without being led anywhere.

Only https, only named hosts, and only public addresses of the network: at the first address and at
each redirect. The connection goes to the very address that was checked, so a name that points
elsewhere a moment later leads nowhere (DNS rebinding). Credentials go to the company's own
interface only. Sources of the rules: OWASP, Server Side Request Forgery Prevention Cheat Sheet.
"""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from sms_integration.gateways.places import is_named, is_public

Address = tuple[str, int]
HTTPS_PORT = 443
CONNECT, READ = 10, 20  # seconds: to connect; between two pieces of an answer
DEADLINE = 120.0  # seconds for all of it
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4  # of a host that are tried
CHUNK = 64 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
# What may be otherwise in a moment, beside 5xx. 401: the credentials are being changed.
PASSING = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
)


class _WithoutAddresses(logging.Filter):
    """Keeps the HTTP library silent about downloads: its lines hold addresses of pictures."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _downloading.get()


_downloading: ContextVar[bool] = ContextVar("downloading", default=False)
logging.getLogger("urllib3.connectionpool").addFilter(_WithoutAddresses())


class DownloadError(Exception):
    """A file that was not fetched.

    code       `foreign_host`, `private_address`, `too_large`, `not_found`, `timeout` …
    detail     for staff; never holds an address
    permanent  trying again would end the same
    retry_after  seconds that the server asks to be left alone
    """

    def __init__(
        self, code: str, detail: str, *, permanent: bool, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
        self.permanent, self.retry_after = permanent, retry_after


def resolved(host: str) -> list[str]:
    """Return the network's addresses of a host. Raises `OSError`."""
    found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def itself(address: str) -> Address:
    return (address, HTTPS_PORT)


@dataclass(frozen=True)
class Network:
    """How the network is reached; tests put a server of their own behind it.

    `resolve` gives a host's addresses, `route` says where one of these really is; what stands
    between them is checked. `clock` counts seconds.
    """

    resolve: Callable[[str], list[str]] = resolved
    route: Callable[[str], Address] = itself
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, kw_only=True)
class Permission:
    """Where a file may come from (names, `*.` in front: any below), what it may weigh in bytes.

    `headers` go to `api_hosts` only.
    """

    hosts: Sequence[str]
    api_hosts: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    most_bytes: int


@dataclass(frozen=True)
class Downloaded:
    size: int
    content_type: str


def download(
    url: str, into: BinaryIO, *, permission: Permission, network: Network | None = None
) -> Downloaded:
    """Fetch a file into an open one that is empty. Raises `DownloadError`."""
    by = network or Network()
    end = by.clock() + DEADLINE
    token = _downloading.set(True)
    try:
        return _followed(url, into, permission, by, end)
    finally:
        _downloading.reset(token)


def _followed(
    url: str, into: BinaryIO, permission: Permission, by: Network, end: float
) -> Downloaded:
    for _ in range(MOST_REDIRECTS + 1):
        parts = _allowed(url, permission)
        with _asked(parts, permission, by) as response:
            if response.status not in REDIRECTS:
                return _kept(response, into, permission, by, end)
            url = _target(url, response)
        _require_time(by, end)
    raise DownloadError("too_many_redirects", "The address leads on and on.", permanent=True)


def _allowed(url: str, permission: Permission) -> SplitResult:
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        raise _foreign() from None
    if parts.scheme != "https" or port not in {None, HTTPS_PORT} or parts.username is not None:
        raise _foreign()
    if not is_named(host, permission.hosts):
        raise _foreign()
    return parts


def _foreign() -> DownloadError:
    return DownloadError(
        "foreign_host", "The file is said to lie where none of this gateway lie.", permanent=True
    )


@contextmanager
def _asked(
    parts: SplitResult, permission: Permission, by: Network
) -> Iterator[urllib3.BaseHTTPResponse]:
    host = (parts.hostname or "").rstrip(".").lower()
    headers = {"Host": host, "Accept": "*/*", "Accept-Encoding": "identity"}
    if is_named(host, permission.api_hosts):
        headers |= permission.headers
    path = parts.path or "/"
    pool, response = None, None
    try:
        pool, response = _first_answer(
            host, f"{path}?{parts.query}" if parts.query else path, headers, by
        )
        yield response
    except (HTTPError, OSError, UnicodeError) as error:  # their own words hold addresses
        raise DownloadError(
            "connection_failed",
            f"The connection to the gateway failed ({type(error).__name__}).",
            permanent=False,
        ) from None
    finally:
        if response is not None:
            response.close()
        if pool is not None:
            pool.close()


def _first_answer(
    host: str, path: str, headers: Mapping[str, str], by: Network
) -> tuple[urllib3.HTTPSConnectionPool, urllib3.BaseHTTPResponse]:
    """Ask the first address of a host that can be reached."""
    addresses = by.resolve(host)[:MOST_ADDRESSES]
    if not all(map(is_public, addresses)):
        raise DownloadError(
            "private_address", "The file is said to lie in a private network.", permanent=True
        )
    failed: Exception = OSError("no address")
    for address in addresses:
        where, port = by.route(address)
        pool = urllib3.HTTPSConnectionPool(
            where,
            port,
            ssl_context=by.trust,
            server_hostname=host,
            assert_hostname=host,
            timeout=urllib3.Timeout(connect=CONNECT, read=READ),
            retries=False,
            maxsize=1,
        )
        try:
            answer = pool.urlopen(
                "GET", path, headers=headers, redirect=False, preload_content=False
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            failed = error
            pool.close()
        except BaseException:
            pool.close()
            raise
        else:
            return pool, answer
    raise failed


def _target(url: str, response: urllib3.BaseHTTPResponse) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise DownloadError("bad_redirect", "The address leads on to nowhere.", permanent=True)
    try:
        return urljoin(url, location)
    except ValueError:
        raise _foreign() from None


def _kept(
    response: urllib3.BaseHTTPResponse,
    into: BinaryIO,
    permission: Permission,
    by: Network,
    end: float,
) -> Downloaded:
    if response.status != HTTPStatus.OK:
        raise _refusal(response)
    size = 0
    # One piece as it comes, however small: a slow drip must not fill a piece past the deadline.
    while piece := response.read1(CHUNK):
        size += len(piece)
        if size > permission.most_bytes:
            raise DownloadError(
                "too_large",
                f"The file is larger than {permission.most_bytes // 1024**2} MB.",
                permanent=True,
            )
        into.write(piece)
        _require_time(by, end)
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) != size:
        raise DownloadError("broken_off", "The file broke off on its way.", permanent=False)
    return Downloaded(size, response.headers.get("Content-Type", ""))


def _refusal(response: urllib3.BaseHTTPResponse) -> DownloadError:
    status = response.status
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return DownloadError("not_found", "The gateway does not have the file.", permanent=True)
    passing = status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    wait = response.headers.get("Retry-After", "").strip()
    return DownloadError(
        f"http_{status}",
        f"The gateway answered {status}.",
        permanent=not passing,
        retry_after=float(wait) if wait.isdecimal() and len(wait) < 7 else None,  # noqa: PLR2004
    )


def _require_time(by: Network, end: float) -> None:
    if by.clock() >= end:
        raise DownloadError("timeout", "The file came too slowly.", permanent=False)
