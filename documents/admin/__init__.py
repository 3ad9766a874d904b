"""The admin pages of documents; importing them registers them."""

from documents.admin import batches, documents

__all__ = ["batches", "documents"]
