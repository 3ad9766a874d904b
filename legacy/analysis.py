"""What an old system holds, before anything is moved: in the words that its operators know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from legacy.listing import Listing
from legacy.schema import LAB_RESULTS, PATIENTS, USERS
from legacy.source import OldSystem, quoted

MOST_LISTED = 50  # of each problem, in the lines for people; the job's failures have all


@dataclass(frozen=True)
class OldPatient:
    id: str
    name: str
    files: int


@dataclass(frozen=True)
class OldUser:
    """A login of the old system with the patients that it looked after."""

    id: str
    email: str
    patients: tuple[OldPatient, ...] = field(default=())

    @property
    def files(self) -> int:
        return sum(patient.files for patient in self.patients)


def users_of(old: OldSystem, listing: Listing) -> Iterator[OldUser]:
    """Yield the users, one at a time, with their patients and the number of each one's files."""
    for row in old.stream(USERS):
        pk = str(row["id"])
        counts = listing.counts_of(pk)
        sql = f"SELECT * FROM {quoted(PATIENTS)} WHERE user_id = ? ORDER BY id"  # noqa: S608
        patients = tuple(
            OldPatient(str(one["id"]), name_of(one), counts.get(str(one["id"]), 0))
            for one in old.select(sql, row["id"])
        )
        yield OldUser(pk, str(row.get("email") or row.get("username") or ""), patients)


def name_of(row: dict[str, Any]) -> str:
    """Return what people call a patient of the old system."""
    parts = (row.get("first_name"), row.get("last_name"))
    return " ".join(str(part).strip() for part in parts if part) or str(row.get("name") or "")


@dataclass(frozen=True)
class Teller:
    """Tells the operator, and names people only on the operator's own terminal."""

    say: Callable[[str], None]
    names: bool

    def named(self, name: str) -> str:
        return f" ({name})" if self.names and name else ""

    def user(self, user: OldUser) -> str:
        return f"User {user.id}{self.named(user.email)}"


def tell_analysis(old: OldSystem, listing: Listing, teller: Teller) -> dict[str, Any]:
    """Tell what there is and what is wrong with it; return the same as numbers by id (JSON)."""
    say = teller.say
    totals = {
        "users": old.count(USERS),
        "patients": old.count(PATIENTS),
        "lab_results": old.count(LAB_RESULTS),
        "files": listing.total(),
    }
    say("=== PRE-MIGRATION ANALYSIS ===")
    say("System Overview:")
    say(f"  - Total Users: {totals['users']:,}")
    say(f"  - Total Patients: {totals['patients']:,}  (multiple patients per user account)")
    say(f"  - Total Lab Results: {totals['lab_results']:,}")
    say(f"  - Total Files to Migrate: {totals['files']:,}")
    for user in users_of(old, listing):
        say("")
        say(f"{teller.user(user)} has {len(user.patients)} patient(s)")
        for patient in user.patients:
            say(f"  - Patient {patient.id}{teller.named(patient.name)}: {patient.files} files")
        say(f"{teller.user(user)}: {user.files} files total")
    problems = listing.problems()
    _tell_problems(listing, problems, say)
    return {**totals, "problems": problems}


def _tell_problems(listing: Listing, problems: dict[str, int], say: Callable[[str], None]) -> None:
    found = sum(problems.values())
    if not found:
        return
    say("")
    say(f"Found {found:,} orphaned/missing files")
    for problem, number in problems.items():
        for shown, row in enumerate(listing.files_of(problem)):
            if shown == MOST_LISTED:
                say(f"  - and {number - MOST_LISTED:,} more ({problem})")
                break
            say(f"  - File ID {row.id}: {row.table} ({problem})")
