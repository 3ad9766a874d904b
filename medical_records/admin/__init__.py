"""The admin pages of records; importing them registers them."""

from medical_records.admin import at_reports, entries, records

__all__ = ["at_reports", "entries", "records"]
