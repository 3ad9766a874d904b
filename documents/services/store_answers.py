"""What a store's error means: for one object, or for the run."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.tenancy import current_schema
from documents.storage import StoreError, object_store
from jobs.errors import StopRunError, TransientError


@contextmanager
def store_errors() -> Iterator[None]:
    """Blame the object where the store answers otherwise; else end the run for now."""
    try:
        yield
    except StoreError as error:
        require_store()
        raise TransientError(
            "unreadable",
            str(error),
            "Look at the object's permissions, storage class and encryption key, or at the disk.",
        ) from error


def require_store() -> None:
    """Raise `StopRunError` where the store cannot be reached. Writes nothing."""
    with stopped_without_store():
        next(object_store().keys(f"{current_schema()}/"), None)


@contextmanager
def stopped_without_store() -> Iterator[None]:
    """End the run for now where the store does not answer."""
    try:
        yield
    except StoreError as error:
        raise StopRunError(
            "store_unavailable", f"{error} Start it again when the store can be reached."
        ) from error
