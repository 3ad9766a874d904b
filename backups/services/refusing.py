"""How a restore ends that cannot be: in words of ours, and with nothing left behind."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.db import DatabaseError, OperationalError
from django_tenants.utils import schema_context

from accounts.errors import ProblemError
from accounts.services.migrating import describe
from backups.errors import ArchiveError, BackupRefusedError
from documents.storage import StoreError, object_store
from documents.storage.base import ObjectExistsError

LATER = ("store_unavailable", "database_unavailable")  # the same, run again, may go through


@contextmanager
def taken_back_if_refused(schema: str) -> Iterator[IO[bytes]]:
    """Yield a file for the keys of objects; those are removed where the backup is refused then."""
    with tempfile.TemporaryFile() as noted:
        try:
            yield noted
        except DatabaseError as error:
            if not isinstance(error, OperationalError):
                _remove(schema, noted)
            raise
        except ProblemError as error:
            if error.code not in LATER:
                _remove(schema, noted)
            raise


def _remove(schema: str, noted: IO[bytes]) -> None:
    noted.seek(0)
    with schema_context(schema), store_errors():
        for line in noted:
            object_store().remove(line.decode().rstrip("\n"))


@contextmanager
def clear_errors() -> Iterator[None]:
    """Say what went wrong below in words of ours, which name no values of rows."""
    try:
        yield
    except OperationalError as error:
        raise BackupRefusedError(
            f"The database cannot go on: {describe(error)}. Run the same again.",
            code="database_unavailable",
        ) from None
    except DatabaseError as error:
        raise ArchiveError(
            "rows_refused", f"The database refuses the rows: {describe(error)}"
        ) from None
    except OSError as error:
        raise ArchiveError("unreadable", f"It cannot be read: {error.strerror}.") from error


@contextmanager
def store_errors() -> Iterator[None]:
    try:
        yield
    except ObjectExistsError:
        raise
    except StoreError as error:
        raise BackupRefusedError(
            f"{error} Run the same again to go on.", code="store_unavailable"
        ) from error
