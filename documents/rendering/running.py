"""Starting the child, and believing of its answer only what can be checked."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from documents.rendering import limits
from documents.rendering.limits import CRASHED, REASONS, TIMED_OUT, CannotRenderError

CHILD = (sys.executable, "-I", str(Path(__file__).with_name("child.py")))
AT_ONCE = 2  # children of a process; more would fight for the same processors and memory
NOT_STARTED = 1  # exit code of a program that failed before or after it looked at the file
HEAD = 4_096  # bytes that the first line may have
STARTS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
KINDS = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp"),
        *("image/heic", "application/pdf", "application/dicom"),
    }
)
KEPT = ("LD_LIBRARY_PATH",)  # of our environment: without it some interpreters do not start
log = logging.getLogger(__name__)
_places = threading.BoundedSemaphore(AT_ONCE)


class RendererBusyError(Exception):
    """Nothing is wrong with the file: there is no room, or no process, for a rendering now."""


@dataclass(frozen=True)
class Rendered:
    """A picture as it came; `content` is a JPEG or a PNG by its first bytes."""

    edge: int
    mime: str
    width: int
    height: int
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Limits:
    """Bytes of memory and of output, seconds of processor and by the clock."""

    memory: int = limits.MEMORY
    cpu: int = limits.CPU
    wall: int = limits.WALL
    output: int = limits.OUTPUT


def render(
    content: BinaryIO,
    kind: str,
    *,
    page: int = 1,
    edges: Sequence[int] = limits.EDGES,
    within: Limits | None = None,
    wait: float = 10.0,
) -> tuple[int, list[Rendered]]:
    """Return how many pages a file has, and the pictures of one, in the sizes that are asked.

    `content` is a real file (it has a descriptor), `kind` its MIME type, `wait` the seconds for
    which a free place is waited for. Raises `CannotRenderError` with the reason, and
    `RendererBusyError` where it should be tried again. Memory here is that of the pictures.
    """
    bounds = within or Limits()
    asked = {"kind": kind, "page": page, "edges": list(edges), **vars(bounds)}
    with _place(wait), tempfile.TemporaryFile() as out:
        content.seek(0)
        code = _run([*CHILD, json.dumps(asked)], content, out, bounds.wall)
        out.seek(0)
        head = out.readline(HEAD)
        if code == NOT_STARTED:
            log.error("The renderer does not start; is everything installed that it needs?")
            raise RendererBusyError
        if code != 0:
            raise CannotRenderError(TIMED_OUT if code in _OUT_OF_TIME else CRASHED)
        return _read(head, out, edges, bounds.output)


def _run(command: Sequence[str], content: BinaryIO, out: BinaryIO, wall: int) -> int:
    """Run the child to its end, or to its limit; return its exit code, negative for a signal.

    It inherits nothing of the environment (which holds our secrets) and no descriptor but these;
    what it says of an error is thrown away, for it may quote the file.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        child = subprocess.Popen(
            command,
            stdin=content,
            stdout=out,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", **kept},
            start_new_session=True,
        )
    except OSError as error:
        raise RendererBusyError from error
    try:
        return child.wait(wall)
    except subprocess.TimeoutExpired:
        return -_KILL
    finally:
        child.kill()  # no harm where it has ended
        child.wait()


_KILL = 9
_OUT_OF_TIME = {-_KILL, -14, -24}  # killed at a hard limit or by us, SIGALRM, SIGXCPU


def _read(
    head: bytes, out: BinaryIO, edges: Sequence[int], most: int
) -> tuple[int, list[Rendered]]:
    """Take the answer apart. Raises `CannotRenderError` for what a sound child does not say."""
    try:
        said = json.loads(head)
        if "reason" in said:
            reason = said["reason"]
            raise CannotRenderError(reason if reason in REASONS else CRASHED)
        found = [_picture(told, out, most) for told in said["pictures"]]
        pages = int(said["pages"])
    except (ValueError, KeyError, TypeError) as error:
        raise CannotRenderError(CRASHED) from error
    sound = 1 <= pages <= limits.MOST_PAGES and {one.edge for one in found} == set(edges)
    if not sound or len(found) != len(edges):
        raise CannotRenderError(CRASHED)
    return pages, found


def _picture(told: dict[str, Any], out: BinaryIO, most: int) -> Rendered:
    length, mime = int(told["length"]), str(told["mime"])
    width, height, edge = (int(told[name]) for name in ("width", "height", "edge"))
    if not 0 < length <= most or not 0 < max(width, height) <= edge:
        raise ValueError
    content = out.read(length)
    if len(content) != length or not content.startswith(STARTS[mime]):
        raise ValueError
    return Rendered(edge, mime, width, height, content)


@contextmanager
def _place(wait: float) -> Iterator[None]:
    places = _places
    if not places.acquire(timeout=wait):
        raise RendererBusyError
    try:
        yield
    finally:
        places.release()


def _fresh_places() -> None:
    """A fork takes along what other threads hold, and none of them gives it back there."""
    global _places  # noqa: PLW0603  one for the process
    _places = threading.BoundedSemaphore(AT_ONCE)


os.register_at_fork(after_in_child=_fresh_places)
