"""The admin pages of documents; importing them registers them."""

from documents.admin import documents, quarantine

__all__ = ["documents", "quarantine"]
