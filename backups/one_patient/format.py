"""The format of a patient's export: a ZIP whose manifest hashes what lists and hashes the rest.

    README.txt                     what this is, for people
    records/<app>.<model>.jsonl    the rows of a table, a line of JSON each
    people.jsonl                   the names behind ids of clinicians and logins
    documents/<id>/<name>          the files as they were sent
    documents.jsonl                a line for each document: place, size, SHA-256, and what is known
    manifest.json                  the last one: the SHA-256 of each list, and whether all is there

Nothing is compressed, so that memory and time to check it are those of reading it.
"""

from typing import Any

FORMAT, VERSION = "chartvault-patient", 1
MANIFEST, LISTING, PEOPLE, README = "manifest.json", "documents.jsonl", "people.jsonl", "README.txt"
INCOMPLETE = "INCOMPLETE - read documents.jsonl.txt"
LONGEST_LINE = 16 * 1024**2  # bytes
LONGEST_MANIFEST = 1024**2
EXPLAINED = """Everything that the clinic keeps of one patient, as of {made_at}.

The files are under documents/, each in a folder of its own. What is known of them stands in
documents.jsonl, what was recorded in records/, a line of JSON for each entry. manifest.json has the
SHA-256 of these lists, and they have that of each file.

This archive holds health data in plain text. Keep it as you keep a passport.
"""
NOTICE = """This export is INCOMPLETE: {number} of the patient's files could not be read.
documents.jsonl says of each which one it is, under "problem".
"""


def records_name(label: str) -> str:
    return f"records/{label}.jsonl"


Line = dict[str, Any]
