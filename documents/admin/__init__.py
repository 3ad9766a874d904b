"""The admin pages of documents; importing them registers them."""

from documents.admin import documents

__all__ = ["documents"]
