"""A client of clamd for streams, as clamd(8) describes them. Memory stays that of a chunk.

`zINSTREAM` and a NUL; then chunks, each behind its length in 4 bytes, big end first; a length of
zero ends the stream. The answer is one text that ends with a NUL, and clamd closes.
"""

import logging
import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from documents.scanning.verdicts import (
    CLEAN,
    TOO_LARGE,
    UNSCANNABLE,
    ScannerError,
    Verdict,
    infected,
)

CHUNK = 256 * 1024  # bytes of one chunk at most
LONGEST_ANSWER, LONGEST_VERSION = 4096, 200  # bytes, characters
FOUND = re.compile(r"stream: (.+) FOUND", re.DOTALL)
OK = "stream: OK"
LIMIT = "INSTREAM size limit exceeded. ERROR"
# With AlertExceedsMax clamd says so of what it has not looked at to the end (MaxScanSize …).
NOT_TO_THE_END = "Heuristics.Limits.Exceeded"
log = logging.getLogger(__name__)


class Clamd:
    """clamd at a unix path (`/run/clamav/clamd.ctl`) or at `tcp://host:port`; times in seconds.

    `timeout` is for a whole scan, from the connection to the answer.
    """

    def __init__(self, address: str, *, connect_timeout: float, timeout: float) -> None:
        self.address = address
        self.connect_timeout = connect_timeout
        self.timeout = timeout

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        """Return what clamd says of bytes; `unscannable` where it says nothing that counts.

        Raises what `chunks` raises, and nothing of its own.
        """
        try:
            with self._conversation() as line:
                answer, whole = line.stream(chunks)
        except ScannerError as error:
            log.warning("A file could not be scanned: %s", error)
            return Verdict(UNSCANNABLE)
        return self._verdict(answer, whole=whole)

    def ping(self) -> None:
        """Raise `ScannerError` unless clamd answers."""
        if (answer := self._ask("PING")) != "PONG":
            raise ScannerError(f"It answers {_shown(answer)} to PING.")

    def version(self) -> str:
        """Return the program's version and that of its signatures. Raises `ScannerError`."""
        answer = self._ask("VERSION")
        return "".join(char for char in answer if char.isprintable())[:LONGEST_VERSION]

    def _ask(self, command: str) -> str:
        with self._conversation() as line:
            line.send(f"z{command}\0".encode())
            return line.answer()

    @staticmethod
    def _verdict(answer: str, *, whole: bool) -> Verdict:
        if found := FOUND.fullmatch(answer):
            late = found[1].startswith(NOT_TO_THE_END)
            return Verdict(TOO_LARGE) if late else infected(found[1])
        if answer == LIMIT:
            return Verdict(TOO_LARGE)
        if answer == OK and whole:
            return CLEAN
        early = "" if whole else ", before it had everything"
        log.warning("A file could not be scanned: the answer is %s%s.", _shown(answer), early)
        return Verdict(UNSCANNABLE)

    @contextmanager
    def _conversation(self) -> Iterator["_Line"]:
        end = time.monotonic() + self.timeout
        try:
            connection = self._connected()
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be looked up
            raise ScannerError(f"It cannot be reached ({type(error).__name__}).") from error
        with connection:
            yield _Line(connection, end)

    def _connected(self) -> socket.socket:
        patience = min(self.connect_timeout, self.timeout)
        if self.address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.settimeout(patience)
                connection.connect(self.address)
            except BaseException:
                connection.close()
                raise
            return connection
        place = urlsplit(self.address)
        return socket.create_connection((place.hostname or "", place.port or 0), patience)


class _Line:
    """One connection, until a moment of the monotonic clock. Its faults are `ScannerError`s."""

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._connection = connection
        self._end = end

    def stream(self, chunks: Iterable[bytes]) -> tuple[str, bool]:
        """Send bytes as a stream; return the answer, and whether it came after all of them.

        clamd answers early, and closes, when it takes no more. So where sending fails there may be
        an answer that says why.
        """
        self.send(b"zINSTREAM\0")
        for piece in _pieces(chunks):
            if self._has_spoken() or not self._sent(piece):
                return self.answer(), False
        if self._has_spoken() or not self._sent(b"\0\0\0\0"):
            return self.answer(), False
        return self.answer(), True

    def send(self, data: bytes) -> None:
        if not self._sent(data):
            raise ScannerError("It has closed the connection.")

    def answer(self) -> str:
        """Return all that the other side says until it closes: one text with a NUL at its end."""
        said = bytearray()
        while True:
            try:
                self._connection.settimeout(self._left())
                part = self._connection.recv(LONGEST_ANSWER)
            except OSError as error:
                raise ScannerError(f"No answer came ({type(error).__name__}).") from error
            if not part:
                break
            said += part
            if len(said) > LONGEST_ANSWER:
                raise ScannerError("Its answer has no end.")
        if not said.endswith(b"\0") or said.count(0) != 1:
            raise ScannerError("It has closed the connection in the middle.")
        return said[:-1].decode("utf-8", "replace").strip()

    def _sent(self, data: bytes) -> bool:
        """Send; False where the other side has closed."""
        try:
            self._connection.settimeout(self._left())
            self._connection.sendall(data)
        except ConnectionError:
            return False
        except OSError as error:
            raise ScannerError(f"It takes no more ({type(error).__name__}).") from error
        return True

    def _has_spoken(self) -> bool:
        try:
            self._connection.settimeout(0)
            self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:  # a closed connection: whatever was said is still to be read
            return True
        return True

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise ScannerError("It took too long.")
        return left


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks with their lengths; never an empty one, which would end the stream."""
    for chunk in chunks:
        for start in range(0, len(chunk), CHUNK):
            piece = chunk[start : start + CHUNK]
            yield len(piece).to_bytes(4, "big") + piece


def _shown(answer: str) -> str:
    return ascii(answer[:100])
