"""What an old system's tables are called, what they must have, and what belongs to what."""

from collections.abc import Mapping
from dataclasses import dataclass

USERS, PATIENTS, LAB_RESULTS = "users", "patients", "lab_results"
LAB_FILES, ENTITY_FILES = "lab_result_files", "entity_files"
INVITES = "invites"


@dataclass(frozen=True)
class RecordTable:
    """A table of a patient's records: by which policy their files go, and their old names."""

    table: str
    slug: str
    entity_types: tuple[str, ...]


RECORD_TABLES = (
    RecordTable(LAB_RESULTS, "lab-results", ("lab-result", "lab_result", "lab-results")),
    RecordTable("insurances", "insurances", ("insurance", "insurances")),
    RecordTable("encounters", "visits", ("visit", "visits", "encounter", "encounters")),
    RecordTable("procedures", "procedures", ("procedure", "procedures")),
)
RECORDS = {one.table: one for one in RECORD_TABLES}

# What must be there; every other column may be missing, and those we do not know are kept aside.
REQUIRED = {
    USERS: ("id",),
    PATIENTS: ("id", "user_id"),
    LAB_RESULTS: ("id", "patient_id"),
    LAB_FILES: ("id", "lab_result_id", "file_path"),
    ENTITY_FILES: ("id", "entity_type", "entity_id", "file_path"),
    "insurances": ("id", "patient_id"),
    "encounters": ("id", "patient_id"),
    "procedures": ("id", "patient_id"),
}
ALWAYS = (USERS, PATIENTS, LAB_RESULTS)


def what_is_missing(tables: Mapping[str, frozenset[str]]) -> list[str]:
    """Return what an old system lacks, named as an operator would look for it."""
    missing = [f"the table {table}" for table in ALWAYS if table not in tables]
    if LAB_FILES not in tables and ENTITY_FILES not in tables:
        missing.append(f"the table {LAB_FILES} (or {ENTITY_FILES})")
    missing += [
        f"the column {table}.{column}"
        for table, columns in REQUIRED.items()
        if table in tables
        for column in columns
        if column not in tables[table]
    ]
    return missing


def record_tables(tables: Mapping[str, frozenset[str]]) -> list[RecordTable]:
    """Return the tables of records that this system has."""
    return [one for one in RECORD_TABLES if one.table in tables]
