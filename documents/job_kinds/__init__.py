"""The long work on documents; importing it registers it."""

from documents.job_kinds import deleting_old, purging, restructuring, verifying

__all__ = ["deleting_old", "purging", "restructuring", "verifying"]
