"""clamd's protocol as a real server, strict about it and wilful where a test wants it so.

A reference is clamd(8): commands with `z` end with a NUL, and so do the answers; a stream comes in
chunks behind their lengths, 4 bytes, big end first, and ends with a length of zero; whoever sends
more than StreamMaxLength is told so, and cut off.
"""

import contextlib
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

# In two halves, so that no scanner eats this repository (https://www.eicar.org).
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + rb"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = "Eicar-Test-Signature"
STREAM_MAX = 25 * 1024 * 1024


class Clamd:
    """A running stand-in. What it does can be changed at any time.

    how         "scan", or a fault: see `_Conversation.faults`
    stream_max  bytes that a stream may have
    finds       what it looks for, anywhere in the stream: bytes → signature
    seen        what came: lengths of streams, and names of commands
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.how = "scan"
        self.stream_max = STREAM_MAX
        self.finds = {EICAR: SIGNATURE}
        self.seen: list[int | str] = []
        self.largest_chunk = 0
        self.broken: list[str] = []  # what a client did that the protocol forbids
        self.go = threading.Event()  # one that answers late waits for it
        self.spoke = threading.Event()  # something was said

    @property
    def streams(self) -> list[int]:
        return [one for one in self.seen if isinstance(one, int)]


class _Conversation(socketserver.BaseRequestHandler):
    @property
    def clamd(self) -> Clamd:
        return self.server.clamd

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, _CutOffError):
            command = self._command()
            self.clamd.seen.append(command)
            if self.clamd.how == "cut at once":
                return
            if command == "PING":
                self._say("PONG")
            elif command == "VERSION":
                self._say("ClamAV 1.4.6/27000/Sat Nov 21 09:00:00 2026")
            elif command == "INSTREAM":
                self._instream()
            else:
                self._say("UNKNOWN COMMAND")

    def _command(self) -> str:
        found = b""
        while not found.endswith(b"\0"):
            found += self._exactly(1)
            if len(found) > 64:
                self.clamd.broken.append("a command without an end")
                raise _CutOffError
        if not found.startswith(b"z"):
            self.clamd.broken.append("a command without z")
            raise _CutOffError
        return found[1:-1].decode()

    def _instream(self) -> None:
        length, tail, hits = 0, b"", []
        longest = max(map(len, self.clamd.finds), default=1)
        while True:
            (size,) = struct.unpack("!I", self._exactly(4))
            if size == 0:
                break
            self.clamd.largest_chunk = max(size, self.clamd.largest_chunk)
            length += size
            if length > self.clamd.stream_max:
                self._say("INSTREAM size limit exceeded. ERROR")
                self._drain()
                raise _CutOffError
            left = size
            while left:
                part = self._exactly(min(left, 65536))
                left -= len(part)
                window = tail + part
                hits += [name for bad, name in self.clamd.finds.items() if bad in window]
                tail = window[-(longest - 1) :] if longest > 1 else b""
            self._fault("in the middle")
        self.clamd.seen.append(length)
        self._fault("at the end")
        self._say(f"stream: {hits[0]} FOUND" if hits else "stream: OK")

    def _fault(self, when: str) -> None:
        how = self.clamd.how
        if (how, when) in FAULTS:
            FAULTS[how, when](self)
            raise _CutOffError
        assert how == "scan" or any(name == how for name, _ in FAULTS), how

    def _say(self, text: str, end: bytes = b"\0") -> None:
        self.request.sendall(text.encode() + end)
        self.clamd.spoke.set()

    def _drain(self) -> None:
        """Take in what is under way, or the kernel resets the connection and the answer is lost."""
        self.request.shutdown(socket.SHUT_WR)
        while self.request.recv(65536):
            pass

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self.request.recv(size - len(found))
            if not part:
                raise _CutOffError
            found += part
        return found


class _CutOffError(Exception):
    pass


def _late(conversation: _Conversation) -> None:
    conversation.clamd.go.wait(60)


FAULTS = {
    ("cut in the middle", "in the middle"): lambda _: None,
    ("cut at the end", "at the end"): lambda _: None,
    ("half an answer", "at the end"): lambda c: c._say("stream: O", b""),
    ("OK without an end", "at the end"): lambda c: c._say("stream: OK", b""),
    ("two answers", "at the end"): lambda c: c._say("stream: OK\0stream: Other FOUND"),
    ("garbage", "at the end"): lambda c: c._say("\x01\x02 stream: OKAY \xff"),
    ("nothing but NUL", "at the end"): lambda c: c._say(""),
    ("another's answer", "at the end"): lambda c: c._say("PONG"),
    ("no end of it", "at the end"): lambda c: c._say("x" * 100_000),
    ("out of memory", "at the end"): lambda c: c._say("stream: Can't allocate memory ERROR"),
    ("OK too early", "in the middle"): lambda c: (c._say("stream: OK"), c._drain()),
    ("FOUND too early", "in the middle"): lambda c: (c._say("stream: Early FOUND"), c._drain()),
    ("not to the end", "at the end"): lambda c: c._say(
        "stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND"
    ),
    ("late", "at the end"): _late,
    ("late in the middle", "in the middle"): _late,
}


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def serving(path: Path | None = None) -> Iterator[Clamd]:
    """Serve at a unix path, or at a free port of this machine."""
    server = _Unix(str(path), _Conversation) if path else _Tcp(("127.0.0.1", 0), _Conversation)
    address = str(path) if path else f"tcp://127.0.0.1:{server.server_address[1]}"
    server.clamd = Clamd(address)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.clamd
    finally:
        server.clamd.go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def real_program() -> str | None:
    """Return where this machine has clamd."""
    return shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") or (
        shutil.which("clamd")
    )


@contextlib.contextmanager
def real(folder: Path, *, stream_max: str = "1M") -> Iterator[str]:
    """Run the machine's clamd with one signature, EICAR's; yield its address."""
    program = real_program()
    assert program is not None
    signatures, path = folder / "signatures", folder / "clamd.sock"
    signatures.mkdir()
    (signatures / "test.ndb").write_text(f"{SIGNATURE}:0:*:{EICAR.hex()}\n")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {path}\nDatabaseDirectory {signatures}\nForeground yes\n"
        f"StreamMaxLength {stream_max}\nPidFile {folder}/pid\nTemporaryDirectory {folder}\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--config-file", str(folder / "clamd.conf")], stdout=log, stderr=log
        )
    try:
        _wait_for(path, process, folder / "log")
        yield str(path)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(path: Path, process: "subprocess.Popen[bytes]", log: Path) -> None:
    from documents.scanning import ScannerError
    from documents.scanning.clamd import Clamd as Client

    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            Client(str(path), connect_timeout=1, timeout=5).ping()
        except ScannerError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(log.read_text())
