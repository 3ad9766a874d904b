"""Whose an object is: a document's, a preview's, another app's, or nobody's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from accounts.tenancy import current_schema
from documents.holdings import needed_by_others
from documents.models import Document
from documents.preview_models import Preview
from documents.services.verifying import WITHOUT_BYTES, is_settled
from documents.storage import ObjectInfo, object_store

PAGE = 1_000  # objects that are looked up in one query


@dataclass(frozen=True)
class Owner:
    """The row that names an object's key."""

    state: str
    retention: str
    updated_at: datetime

    @property
    def has_no_bytes(self) -> bool:
        """Say whether the row is the receipt of bytes that should be gone by now."""
        return self.state in WITHOUT_BYTES and is_settled(self.updated_at)


@dataclass(frozen=True)
class Owned:
    """An object of the store, the document that has it, or whether something else needs it."""

    info: ObjectInfo
    owner: Owner | None
    is_needed: bool = False
    is_preview: bool = False

    @property
    def is_orphan(self) -> bool:
        return self.owner is None and not self.is_needed and not self.is_preview


def stored_objects() -> Iterator[Owned]:
    """Yield each object of this clinic and whose it is. Raises `StoreError`.

    The store is listed page by page and each page looked up at once, so memory is that of a page
    and nothing hangs on the order in which the store lists. An announced upload has its row before
    its bytes, so an object whose upload is under way is never nobody's.
    """
    listed = object_store().keys(f"{current_schema()}/")
    while page := list(islice(listed, PAGE)):
        yield from owned(page)


def owned(page: Sequence[ObjectInfo]) -> Iterator[Owned]:
    """Say of some objects whose they are, in three queries at most."""
    keys = [info.key for info in page if is_text(info.key)]
    columns = ("s3_key", "state", "retention", "updated_at")
    rows = Document.objects.filter(s3_key__in=keys).order_by().values_list(*columns)
    owners = {key: Owner(*facts) for key, *facts in rows}
    left = [key for key in keys if key not in owners]
    previews = set(
        Preview.objects.filter(s3_key__in=left).order_by().values_list("s3_key", flat=True)
    )
    needed = needed_by_others(key for key in left if key not in previews)
    for info in page:
        yield Owned(info, owners.get(info.key), info.key in needed, info.key in previews)


def is_text(key: str) -> bool:
    """Say whether a key can be kept in the database; foreign programs name files as they like."""
    try:
        key.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in key
