"""The long work on documents; importing it registers it."""

from documents.job_kinds import previewing, purging, verifying

__all__ = ["previewing", "purging", "verifying"]
