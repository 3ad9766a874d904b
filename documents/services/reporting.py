"""What a clinic keeps in the store: numbers and bytes by folder and by how long they are kept."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from documents.keys import ObjectKeyError, folder_of
from documents.services.ownership import Owned, stored_objects

UNKNOWN = "(other keys)"  # none that this system builds
NO_DOCUMENT, NOBODYS, LEFT = "(no document)", "(orphan)", "(purged or rejected)"
PREVIEW = "(preview)"


@dataclass
class Amount:
    """Some objects. `size` in bytes as stored."""

    files: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        self.files += 1
        self.size += size

    def report(self) -> dict[str, int]:
        return {"files": self.files, "bytes": self.size}


@dataclass
class BucketReport:
    """Each object counts once in `folders`, and once in `kept`."""

    total: Amount = field(default_factory=Amount)
    folders: dict[str, Amount] = field(default_factory=lambda: defaultdict(Amount))
    kept: dict[str, Amount] = field(default_factory=lambda: defaultdict(Amount))

    @property
    def orphans(self) -> Amount:
        return self.kept.get(NOBODYS, Amount())

    def add(self, one: Owned) -> None:
        for amount in (self.total, self.folders[_folder(one)], self.kept[_kept_as(one)]):
            amount.add(one.info.size)

    def report(self) -> dict[str, Any]:
        return {
            "total": self.total.report(),
            "folders": {name: one.report() for name, one in sorted(self.folders.items())},
            "retention": {name: one.report() for name, one in sorted(self.kept.items())},
            "orphans": self.orphans.report(),
        }


def report_on_bucket() -> BucketReport:
    """Count the objects of the clinic we are in. Raises `StoreError`.

    Whoever uploads meanwhile is counted or not; memory is that of a page of the listing.
    """
    report = BucketReport()
    for one in stored_objects():
        report.add(one)
    return report


def _folder(one: Owned) -> str:
    try:
        return folder_of(one.info.key)
    except ObjectKeyError:
        return UNKNOWN


def _kept_as(one: Owned) -> str:
    if one.is_orphan:
        return NOBODYS
    if one.is_preview:
        return PREVIEW
    if one.owner is None:
        return NO_DOCUMENT
    return LEFT if one.owner.has_no_bytes else one.owner.retention
