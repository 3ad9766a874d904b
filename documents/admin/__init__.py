"""The admin pages of documents; importing them registers them."""

from documents.admin import archives, batches, documents, erasures, quarantine

__all__ = ["archives", "batches", "documents", "erasures", "quarantine"]
