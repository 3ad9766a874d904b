"""The long work on documents; importing it registers it."""

from documents.job_kinds import (
    deleting_old,
    finishing,
    previewing,
    purging,
    restructuring,
    scanning,
    verifying,
)

__all__ = [
    "deleting_old",
    "finishing",
    "previewing",
    "purging",
    "restructuring",
    "scanning",
    "verifying",
]
