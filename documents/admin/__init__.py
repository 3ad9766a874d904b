"""The admin pages of documents; importing them registers them."""

from documents.admin import archives, documents, erasures

__all__ = ["archives", "documents", "erasures"]
