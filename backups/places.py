"""Where backups lie and what they are called."""

import os
import re
from pathlib import Path

from django.conf import settings

from backups.errors import BackupRefusedError

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600  # whoever reads a backup reads the clinic
INCOMPLETE = ".incomplete"
TAR, FOLDER = "tar", "folder"
LAYOUTS = (TAR, FOLDER)
NAME = re.compile(
    r"(?P<schema>[a-z][a-z0-9_]{1,47})-(?P<at>\d{8}T\d{6}Z)-[0-9a-f]{12}"
    r"(?P<incomplete>\.incomplete)?(?P<tar>\.tar)?"
)


def backup_dir() -> Path:
    """Return the folder of the scheduled backups."""
    return Path(settings.BACKUP_DIR)


def backups_kept() -> int:
    """Return how many complete backups of a clinic the scheduled ones leave: `BACKUP_KEEP`."""
    return int(settings.BACKUP_KEEP)


def checked_folder(text: str) -> Path:
    """Return the absolute folder that backups are to go to; it is made when it is missing."""
    folder = Path(text) if text else backup_dir()
    if not folder.is_absolute():
        raise BackupRefusedError("Give the folder's whole path, from / on.", field="to")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupRefusedError(
            f"The folder cannot be made: {error.strerror}.", field="to"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackupRefusedError("The folder cannot be written to.", field="to")
    return folder


def file_name(stem: str, layout: str, *, complete: bool) -> str:
    """Return a backup's name; what lacks something says so in its very name."""
    return stem + ("" if complete else INCOMPLETE) + (".tar" if layout == TAR else "")


def sync_folder(path: Path) -> None:
    """Let what was made, renamed or removed in a folder outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
