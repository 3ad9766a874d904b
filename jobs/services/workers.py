"""Who is at work: each worker holds an advisory lock for as long as its connection lives.

PostgreSQL lets go of the lock in the moment in which a process dies, is killed or loses its
connection. So nobody waits for a time-out to take over what a dead worker had in hand, and nobody
takes it from one that is only slow.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

from accounts.tenancy import current_schema

WORKERS = 7_216_101  # the first half of the locks' keys: workers ...
ROLES = 7_216_102  # ... and what only one may do at a time: conduct a job, fill a slot


class Worker:
    """One worker: a process or thread with a database connection of its own."""

    def __init__(self) -> None:
        self.number = 0
        while not self.number:
            number = secrets.randbelow(2**31 - 1) + 1
            if _try_lock(WORKERS, number):
                self.number = number

    def leave(self) -> None:
        _unlock(WORKERS, self.number)


def living(workers: Iterable[int]) -> set[int]:
    """Return which of these workers hold their lock still."""
    asked = list(workers)
    if not asked:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT objid::bigint FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND classid = %s AND objsubid = 2
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND objid::bigint = ANY(%s)""",
            [WORKERS, asked],
        )
        return {number for (number,) in cursor.fetchall()}


@contextmanager
def only_one(role: str) -> Iterator[bool]:
    """Yield whether we are the only one in a role of this clinic; nobody waits."""
    number = _number(role)
    held = _try_lock(ROLES, number)
    try:
        yield held
    finally:
        if held:
            _unlock(ROLES, number)


def _number(role: str) -> int:
    digest = hashlib.blake2b(f"{current_schema()}:{role}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big", signed=True)


def _try_lock(space: int, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, number])
        return bool(cursor.fetchone()[0])


def _unlock(space: int, number: int) -> None:
    """Let go; where the connection is lost, so is the lock."""
    if connection.connection is None or connection.connection.closed:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, number])
