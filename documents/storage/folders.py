"""Folders as a store needs them: errors without paths, and names that outlive a power cut."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from documents.storage.base import ObjectExistsError, ObjectMissingError, StoreError


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    """Turn the file system's errors into ours, without paths or keys in their text."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissingError("There is no object at this key.") from error
    except FileExistsError as error:
        raise ObjectExistsError("There is an object at this key already.") from error
    except OSError as error:
        raise StoreError(f"The folder of objects cannot be used: {error.strerror}.") from error


def sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
