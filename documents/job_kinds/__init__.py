"""The long work on documents; importing it registers it."""

from documents.job_kinds import finishing, previewing, purging, scanning, verifying

__all__ = ["finishing", "previewing", "purging", "scanning", "verifying"]
