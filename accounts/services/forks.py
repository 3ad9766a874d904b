"""Work spread over processes, for what the interpreter's lock would keep one after another.

A process that dies (killed, out of memory) costs the item it had in hand and nothing else. When the
parent dies, each child ends after its item: it sees the end of its pipe.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

from django.db import connections

R = TypeVar("R")
GONE = (EOFError, OSError)  # what a pipe says whose other end died; OSError with something unread


def spread(
    work: Callable[[str], R], items: Iterable[str], *, number: int, died: Callable[[str, int], R]
) -> Iterator[R]:
    """Yield `work(item)` for each item, as they come, from `number` forked processes.

    `died(item, exit code)` makes the result of an item whose process died; the code is negative
    for a signal. `work` must not raise: an exception ends its process.
    """
    waiting = deque(items)
    busy: dict[Connection, tuple[BaseProcess, str]] = {}
    try:
        while waiting or busy:
            while waiting and len(busy) < number:
                process, pipe = _fork(work, list(busy))
                busy[pipe] = (process, waiting.popleft())
                _send(pipe, busy[pipe][1])
            ready = wait(list(busy))
            for pipe in [one for one in busy if one in ready]:
                process, item = busy[pipe]
                try:
                    result = pipe.recv()
                except GONE:
                    del busy[pipe]
                    pipe.close()
                    process.join()
                    yield died(item, process.exitcode or 0)
                    continue
                if waiting:
                    busy[pipe] = (process, waiting.popleft())
                    _send(pipe, busy[pipe][1])
                else:
                    del busy[pipe]
                    pipe.close()
                    process.join()
                yield result
    finally:
        for pipe in busy:
            pipe.close()


def _send(pipe: Connection, item: str) -> None:
    """Hand an item to a process. One that is dead shows it when its result is to be read."""
    with suppress(OSError):
        pipe.send(item)


def _fork(work: Callable[[str], R], siblings: list[Connection]) -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(work, theirs, [ours, *siblings]))
    process.start()
    theirs.close()
    return process, ours


def _serve(work: Callable[[str], R], pipe: Connection, parents: list[Connection]) -> None:
    """Do items until the parent closes the pipe or is gone."""
    for other in parents:
        other.close()  # else the pipe would not end with the parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the item in hand is finished
    for ours in connections.all(initialized_only=True):
        del connections[ours.alias]  # the parent's session; the driver leaves it open in a fork
    while True:
        try:
            item = pipe.recv()
        except GONE:
            break
        result = work(item)
        try:
            pipe.send(result)
        except GONE:
            break
    connections.close_all()
    os._exit(0)  # without the parent's exit handlers
