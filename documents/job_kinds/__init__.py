"""The long work on documents; importing it registers it."""

from documents.job_kinds import purging, scanning, verifying

__all__ = ["purging", "scanning", "verifying"]
