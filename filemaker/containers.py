"""Getting the bytes out of a container.

A container's value is an address on the server's streaming service. Since FileMaker Server 19.3.2
the first request carries the session's token and is answered with a redirect and a cookie, and the
second carries the cookie and gets the bytes. Some versions give the bytes at once, others the
cookie without a redirect. A refusal without a cookie means that the address is too old, or that
the server is busy; both are mended by reading the record again.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

import urllib3

from filemaker.errors import NoJsonError, StaleAddressError, raise_for_code
from filemaker.spool import SpooledFile, spool, too_large
from filemaker.transport import Transport, parsed
from jobs.errors import ItemError, TransientError

CHUNK = 256 * 1024  # bytes
MOST_HOPS = 5
MOST_REFUSAL = 64 * 1024  # bytes of an answer that is no file
REDIRECTS = {301, 302, 303, 307, 308}
BUSY = 500  # this status and above
_PAGE = re.compile(r"\.x?html?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Download:
    """A file and the name that FileMaker gives it: "" where it gives none."""

    content: SpooledFile
    name: str

    @property
    def file(self) -> BinaryIO:
        """The content for what asks for an open file; it can all that such a one can."""
        return cast("BinaryIO", self.content)


@dataclass
class _Visit:
    """Where we stand between the requests for one file."""

    path: str
    token: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        """The token with the first request only, the cookie with each one after it."""
        if not self.cookies:
            return {"Authorization": f"Bearer {self.token}"}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}


def download(transport: Transport, address: str, token: str, limit: int) -> Download:
    """Get the file at a container's address, at most `limit` bytes; the caller closes it.

    Raises `ItemError("foreign_host" | "too_large")`, `StaleAddressError` and other
    `TransientError`s, `StopRunError` where the licence's transfer is used up.
    """
    if "://" not in address:  # FileMaker writes `?` for a file it keeps outside and cannot find
        raise ItemError(
            "container_broken",
            "FileMaker itself cannot read the file in the container.",
            "Look at the record in FileMaker.",
        )
    visit = _Visit(transport.path_of(address), token)
    for _ in range(MOST_HOPS):
        with transport.open("GET", visit.path, headers=visit.headers) as response:
            if _is_file(response, visit):
                return _received(response, address, limit)
            _go_on(transport, response, visit)
    raise StaleAddressError("FileMaker redirects the request for a file in circles.")


def _is_file(response: urllib3.BaseHTTPResponse, visit: _Visit) -> bool:
    if response.status != HTTPStatus.OK:
        return False
    # The cookie without a redirect and without bytes: they come with the next request.
    only_cookie = not visit.cookies and bool(_cookies(response))
    return not (only_cookie and response.headers.get("Content-Length") == "0")


def _go_on(transport: Transport, response: urllib3.BaseHTTPResponse, visit: _Visit) -> None:
    """Prepare the next request, or raise why there is none."""
    first, given = not visit.cookies, _cookies(response)
    visit.cookies |= given
    if response.status in REDIRECTS:
        if first and not given:
            raise StaleAddressError("FileMaker gave no cookie for the file.")
        visit.path = transport.path_of(response.headers.get("Location", ""), base=visit.path)
    elif not (first and given):
        raise _refusal(response)


def _refusal(response: urllib3.BaseHTTPResponse) -> Exception:
    status = response.status
    raw = response.read(MOST_REFUSAL)
    with _no_json_is_fine():
        raise_for_code(parsed(raw, status, response.headers).code)
    if status >= BUSY:
        return TransientError("engine_down", f"FileMaker answered a file with HTTP {status}.")
    return StaleAddressError(f"FileMaker answered a file with HTTP {status}.")


@contextmanager
def _no_json_is_fine() -> Iterator[None]:
    """Let a code of FileMaker speak where there is one; it stops the run or is looked at again."""
    try:
        yield
    except NoJsonError:
        return
    except ItemError as error:
        raise StaleAddressError(error.detail) from None


def _received(response: urllib3.BaseHTTPResponse, address: str, limit: int) -> Download:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit)
    named = name_of(response, address)
    is_page = response.headers.get("Content-Type", "").lower().startswith("text/html")
    if is_page and not _PAGE.search(named or urlsplit(address).path):
        raise StaleAddressError("FileMaker answered a file with a page.")
    content = spool(response.stream(CHUNK), limit=limit)
    if not content.size:
        content.close()
        raise TransientError("answer_empty", "FileMaker answered a file without any bytes.")
    return Download(content, named)


def name_of(response: urllib3.BaseHTTPResponse, address: str) -> str:
    """Return the name from `Content-Disposition` (RFC 6266); "" where there is none."""
    disposition = response.headers.get("Content-Disposition", "")
    message = Message()
    message["Content-Disposition"] = disposition.replace("\r", " ").replace("\n", " ")
    extended = re.search(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", disposition, re.IGNORECASE)
    if extended:
        return unquote(extended.group(1).strip('"'))
    found = message.get_filename() or ""
    try:  # HTTP headers are read as Latin-1; FileMaker writes UTF-8 into them
        return found.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return found


def _cookies(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in response.headers.getlist("Set-Cookie"):
        try:
            jar = SimpleCookie(line)
        except CookieError:
            raise StaleAddressError("FileMaker sent a cookie of no known form.") from None
        found |= {name: morsel.coded_value for name, morsel in jar.items()}
    return found
