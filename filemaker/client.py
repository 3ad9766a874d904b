"""A client of FileMaker's Data API (v2): records, page by page, and what lies in containers.

It reads only. Nothing that it raises or logs holds a login, a token, a container's address or
anything of a record.
"""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from filemaker.containers import Download, download
from filemaker.environment import FileMakerSettings
from filemaker.errors import (
    NOTHING_FOUND,
    RECORD_MISSING,
    RecordMissingError,
    TokenRefusedError,
    raise_for_code,
)
from filemaker.limiter import RateLimiter
from filemaker.session import Session
from filemaker.transport import Answer, Transport
from jobs.errors import TransientError

ATTEMPTS = 4  # of one request, before the engine's own attempts
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between attempts
_OPERATORS = '\\@*#?!=<>"~'  # what a find takes for more than a character
T = TypeVar("T")


@dataclass(frozen=True)
class Record:
    """A record as FileMaker gives it; empty fields are "", repetitions `name(2)`."""

    record_id: str
    mod_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Records in their order, and how many there are in all."""

    records: tuple[Record, ...]
    found: int


class Client:
    """One session with one database; threads share it. `rate` is requests a second."""

    def __init__(
        self,
        settings: FileMakerSettings,
        *,
        rate: float | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._transport = Transport(settings, RateLimiter(rate))
        self._session = Session(settings, self._transport)

    def close(self) -> None:
        """Log out and close the connections."""
        self._session.close()
        self._transport.close()

    def page(self, layout: str, *, offset: int, limit: int, sort: str) -> Page:
        """Return up to `limit` records from the `offset`-th on (from 1), in the order of a field.

        A table without records, or an offset behind the last one, is an empty page.
        """
        order = json.dumps([{"fieldName": sort, "sortOrder": "ascend"}])
        query = urlencode({"_offset": offset, "_limit": limit, "_sort": order}, quote_via=quote)
        return _page(self._patiently(lambda: self._call("GET", f"{_records(layout)}?{query}")))

    def find(self, layout: str, *, field: str, values: Sequence[str], limit: int = 10) -> Page:
        """Return the records whose field is exactly one of these texts, letter case aside."""
        query = [{field: f"=={_literal(value)}"} for value in values]
        path = f"/layouts/{quote(layout, safe='')}/_find"
        body = {"query": query, "limit": str(limit)}
        return _page(self._patiently(lambda: self._call("POST", path, body)))

    def record(self, layout: str, record_id: str) -> Record:
        """Read one record anew. Raises `RecordMissingError`."""
        path = f"{_records(layout)}/{quote(record_id, safe='')}"
        answer = self._patiently(lambda: self._call("GET", path))
        raise_for_code(answer.code)
        found = _page(answer).records
        if not found:
            raise RecordMissingError
        return found[0]

    def read_container(
        self,
        record: Record,
        *,
        address_in: Callable[[Record], str],
        again: Callable[[], Record],
        limit: int,
    ) -> tuple[Record, Download | None]:
        """Download what a container of a record holds; None where it is empty.

        A container's address is good for a short time, and under load FileMaker refuses good
        ones: `again` reads the record anew for the next attempt. Returns the record that the
        bytes are of. The caller closes the download. Raises `ItemError("too_large")` above
        `limit` bytes, `ItemError("foreign_host")`, `TransientError`.
        """
        for attempt in range(1, ATTEMPTS + 1):
            address = address_in(record)
            if not address:
                return record, None
            try:
                return record, download(self._transport, address, self._session.token(), limit)
            except TransientError:
                if attempt == ATTEMPTS:
                    raise
            self._wait(attempt)
            record = again()
        raise AssertionError("not reached")  # pragma: no cover

    def _call(self, method: str, path: str, body: Any = None) -> Answer:
        """Ask once; a session that has ended is begun again, once."""
        token = self._session.token()
        answer = self._ask(method, path, token, body)
        try:
            _check(answer)
        except TokenRefusedError:
            answer = self._ask(method, path, self._session.token(instead_of=token), body)
            _check(answer)
        return answer

    def _ask(self, method: str, path: str, token: str, body: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        return self._transport.ask(method, self._session.root + path, headers=headers, body=body)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Try again what may pass, waiting longer each time."""
        for attempt in range(1, ATTEMPTS):
            try:
                return ask()
            except TransientError:
                self._wait(attempt)
        return ask()

    def _wait(self, attempt: int) -> None:
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)
        self._pause(random.uniform(0, longest))  # noqa: S311  full jitter


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in _OPERATORS else char for char in text)


def _records(layout: str) -> str:
    return f"/layouts/{quote(layout, safe='')}/records"


def _check(answer: Answer) -> None:
    if answer.code not in {RECORD_MISSING, NOTHING_FOUND}:
        raise_for_code(answer.code)


def _page(answer: Answer) -> Page:
    if answer.code in {RECORD_MISSING, NOTHING_FOUND}:
        return Page((), 0)
    try:
        rows = [
            Record(str(row["recordId"]), str(row.get("modId", "")), dict(row["fieldData"]))
            for row in answer.response["data"]
        ]
        info = answer.response.get("dataInfo") or {}
        return Page(tuple(rows), int(info.get("foundCount", len(rows))))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TransientError(
            "answer_unreadable", "FileMaker's answer is not in the form of the Data API."
        ) from None
