"""Telling how far it is, user by user, in the words that the old system's operators know."""

import threading
from dataclasses import dataclass, field

from legacy.analysis import OldUser, Teller


@dataclass
class _Count:
    user: OldUser
    total: int
    seen: int = 0
    here: int = 0  # moved, now or before
    moved: int = 0


@dataclass
class Progress:
    """Counts files by user; says a line every `batch` files and at each user's end."""

    teller: Teller
    batch: int
    _counts: dict[str, _Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def knows(self, owner: str) -> bool:
        return owner in self._counts

    def begin(self, user: OldUser, *, total: int) -> None:
        with self._lock:
            self._counts[user.id] = _Count(user, total)
        shout = f"USER {user.id}" if user.id else "PATIENTS WITHOUT A USER"
        self.teller.say("")
        self.teller.say(f"=== MIGRATING FILES FOR {shout}{self.teller.named(user.email)} ===")
        self.teller.say(f"{_name(user)} has {total} files to migrate")

    def note(self, owner: str, *, moved: bool, here: bool) -> None:
        """Count one file: whether this run has moved it, and whether it is here now."""
        with self._lock:
            count = self._counts[owner]
            count.seen += 1
            count.here += here
            count.moved += moved
            ended = count.seen == count.total
            told = ended or count.seen % self.batch == 0
            line = f"{_name(count.user)} progress: {count.here}/{count.total} files"
            end = f"{_name(count.user)} migration completed: {count.moved} files migrated"
        if told:
            self.teller.say(line)
        if ended:
            self.teller.say(end)


def _name(user: OldUser) -> str:
    return f"User {user.id}" if user.id else "Patients without a user"
