"""The long work on documents; importing it registers it."""

from documents.job_kinds import archiving, purging, verifying

__all__ = ["archiving", "purging", "verifying"]
