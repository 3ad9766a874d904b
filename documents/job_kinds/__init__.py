"""The long work on documents; importing it registers it."""

from documents.job_kinds import archiving, purging, retaining, verifying

__all__ = ["archiving", "purging", "retaining", "verifying"]
