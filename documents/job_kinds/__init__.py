"""The long work on documents; importing it registers it."""

from documents.job_kinds import finishing, purging, verifying

__all__ = ["finishing", "purging", "verifying"]
