"""The long work on documents; importing it registers it."""

from documents.job_kinds import (
    archiving,
    deleting_old,
    finishing,
    previewing,
    purging,
    restructuring,
    retaining,
    scanning,
    verifying,
)

__all__ = [
    "archiving",
    "deleting_old",
    "finishing",
    "previewing",
    "purging",
    "restructuring",
    "retaining",
    "scanning",
    "verifying",
]
