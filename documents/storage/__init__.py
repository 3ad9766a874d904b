"""Where bytes lie: one interface, a folder or any S3 behind it."""

from django.core.files.storage import storages

from documents.storage.base import ObjectInfo, ObjectStore, StoreError


def object_store() -> ObjectStore:
    """Return the configured store; each of its calls checks that the key is this clinic's."""
    return storages["documents"]  # type: ignore[return-value]


__all__ = ["ObjectInfo", "ObjectStore", "StoreError", "object_store"]
