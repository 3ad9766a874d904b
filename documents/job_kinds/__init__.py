"""The long work on documents; importing it registers it."""

from documents.job_kinds import finishing, purging, scanning, verifying

__all__ = ["finishing", "purging", "scanning", "verifying"]
