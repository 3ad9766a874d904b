"""Work that is spread over processes: whoever dies costs one item."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection, wait

from accounts.services.forks import spread


def test_a_process_that_dies_with_an_item_unread_costs_that_item_only():
    """Its end of the pipe is reset then, not merely closed."""

    def die_unread(pipe):
        wait([pipe])
        os.kill(os.getpid(), signal.SIGKILL)

    def work(item):
        if item == "a":
            Connection.recv = die_unread  # in this process, which is a fork
        return f"{item} done"

    found = spread(work, ["a", "b", "c"], number=1, died=lambda item, code: f"{item} {code}")
    assert list(found) == ["a done", "b -9", "c done"]


def test_whoever_stops_asking_lets_the_processes_end():
    found = spread(str.upper, ["a", "b", "c", "d"], number=2, died=lambda item, _: item)
    assert next(found) in {"A", "B"}
    found.close()
    for child in multiprocessing.active_children():
        child.join(60)
        assert child.exitcode == 0


def test_each_item_is_done_once_by_so_many_processes():
    found = list(spread(lambda item: (item, os.getpid()), "abcdefgh", number=3, died=no_death))
    assert sorted(item for item, _ in found) == list("abcdefgh")
    assert len({pid for _, pid in found}) <= 3
    assert os.getpid() not in {pid for _, pid in found}


def no_death(item, code):
    raise AssertionError(f"{item} ended with {code}")
