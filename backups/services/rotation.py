"""Letting go of old backups, never of the last complete one."""

import shutil
from pathlib import Path

from backups.places import NAME, sync_folder

DELETING = ".deleting-"


def rotate(folder: Path, *, schema: str, keep: int, new: str = "") -> list[str]:
    """Leave a clinic's newest `keep` complete backups; return the names of those that went.

    Incomplete ones go when they are older than all that are left. Called when `new` has just been
    read back whole; it stays, even where a wrong clock has named others as if they were newer.
    `keep` below 1 counts as 1. What a killed rotation left goes too.
    """
    for left in folder.glob(f"{DELETING}{schema}-*"):
        if NAME.fullmatch(left.name.removeprefix(DELETING)):
            _remove(left)
    mine = sorted(
        (found["at"], path.name, found["incomplete"] is None)
        for path in folder.iterdir()
        if (found := NAME.fullmatch(path.name)) and found["schema"] == schema
    )
    complete = [(at, name) for at, name, whole in mine if whole]
    if not complete:
        return []
    oldest_left = complete[-max(1, keep) :][0]
    gone = [name for at, name, _ in mine if (at, name) < oldest_left and name != new]
    for name in gone:
        doomed = folder / f"{DELETING}{name}"
        (folder / name).rename(doomed)  # half a folder must not look like a backup
        _remove(doomed)
    sync_folder(folder)
    return gone


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
