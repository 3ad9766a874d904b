"""The admin pages of documents; importing them registers them."""

from documents.admin import batches, documents, quarantine

__all__ = ["batches", "documents", "quarantine"]
