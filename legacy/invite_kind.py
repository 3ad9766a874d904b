"""The job that gives old invites their patients; `job_kinds` makes it known."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from jobs.kinds import ItemKind, NewItem, Outcome, Reconciliation, WorkItem
from jobs.models import SourceLink
from legacy.address import parse_address
from legacy.connections import Connections, away
from legacy.errors import SourceError
from legacy.invites import InviteMover
from legacy.naming import read_parameters
from legacy.schema import INVITES
from legacy.services.checking_invites import check_invites
from legacy.services.moving import Mover
from legacy.services.undoing import take_back
from legacy.source import OldSystem


class LegacyInvites(ItemKind):
    """Gives each invite of an old system its patient: found by e-mail, else made."""

    name = "legacy_invites"
    title = "Old system: invites"
    concurrency = 1
    max_failed_share = 1.0  # conflicts are for people; each has its own reason

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        cleaned = read_parameters(parameters)
        with OldSystem(parse_address(cleaned["source"])) as old:
            if INVITES not in old.tables:
                raise SourceError(f"The old system lacks the table {INVITES}.")
            lacking = [name for name in ("id", "email") if name not in old.tables[INVITES]]
            if lacking:
                names = ", ".join(f"the column {INVITES}.{name}" for name in lacking)
                raise SourceError(f"The old system lacks {names}.")
        return cleaned

    @property
    def source(self) -> str:
        return str(self.parameters["source_name"])

    def start(self) -> None:
        self._systems = Connections(self.parameters["source"])

    def close(self) -> None:
        if hasattr(self, "_systems"):
            self._systems.close()

    def list_items(self) -> Iterator[NewItem]:
        with away():
            for row in self._systems.mine().stream(INVITES):
                yield NewItem(f"{INVITES}:{row['id']}", {"id": str(row["id"])})

    def process(self, item: WorkItem) -> Outcome:
        with away():
            zone = ZoneInfo(self.parameters["time_zone"])
            mover = InviteMover(Mover(self, self._systems.mine(), zone))
            return mover.move(str(item.payload["id"]))

    def reconcile(self) -> Reconciliation:
        """Look that each invite has its patient, or is listed with its conflict."""
        with away():
            return check_invites(self, self._systems.mine())

    def undo(self, link: SourceLink, target: Any) -> None:
        take_back(link, target)
