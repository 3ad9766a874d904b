"""Object keys: built here and nowhere else, and taken apart again.

The first segment is the clinic's schema. No name of a person or of a file ever gets into a key.
Pure code but for `current_tenant`, which asks the connection.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from uuid import UUID

from accounts.tenancy import PUBLIC, current_schema

MAX_KEY_LENGTH = 500  # characters; the column's width (S3 itself allows 1,024 bytes)
_TENANT = r"(?P<tenant>[a-z][a-z0-9_]{1,47})"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EXT = r"(?P<ext>\.[a-z0-9]{1,8})"
_TOKEN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
STAGING = "uploads"  # the folder of system/temp/ where clients' bytes wait to be looked at
RECORD_FOLDERS = ("lab-results", "insurances", "visits", "procedures")
FILEMAKER_FOLDERS = ("referrals", "reports", "letters", "other")


class ObjectKeyError(ValueError):
    """A key that cannot be built, or is none of ours."""


@dataclass(frozen=True, kw_only=True)
class KeyContext:
    """What a key may be built from. `extension` is lower case with its dot."""

    tenant: str
    document_id: UUID
    owner_id: UUID
    extension: str
    patient_id: UUID | None = None
    batch_id: UUID | None = None
    on: date | None = None
    view: str = ""
    source_id: str = ""
    direction: str = ""
    ordinal: int = 0

    def __post_init__(self) -> None:
        # On its own: behind an imported id, which may hold dots, `.jpg.exe` would look right.
        if not re.fullmatch(_EXT, self.extension):
            raise ObjectKeyError(
                "A key's extension is a dot and at most 8 small letters or digits."
            )


@dataclass(frozen=True)
class ParsedKey:
    """A key taken apart: its kind (the name in `_SHAPES`), clinic and named parts."""

    kind: str
    tenant: str
    parts: dict[str, str]


def _id(name: str) -> str:
    return f"(?P<{name}>{_UUID})"


_SHAPES: dict[str, str] = {
    "patient-document": f"patients/documents/{_id('patient')}/{_id('document')}{_EXT}",
    "patient-record": "patients/(?P<folder>" + "|".join(RECORD_FOLDERS) + ")/"
    f"{_id('patient')}/{_id('document')}{_EXT}",
    "image": f"patients/images/{_id('patient')}/{_id('batch')}/{_id('document')}{_EXT}",
    "at-report": f"patients/at-reports/{_id('patient')}/{_id('document')}"
    r"_AT_Report_(?P<date>\d{4}-\d{2}-\d{2})(?P<ext>\.pdf)",
    "filemaker-document": "patients/filemaker-import/documents/(?P<folder>"
    + "|".join(FILEMAKER_FOLDERS)
    + f")/{_id('patient')}/(?P<source>{_TOKEN}){_EXT}",
    "filemaker-photo": "patients/filemaker-import/images/clinical-photos/"
    f"{_id('patient')}/(?P<view>(?=[^/]{{1,40}}/)[a-z0-9]+(?:-[a-z0-9]+)*)/(?P<source>{_TOKEN}){_EXT}",
    "filemaker-scan": "patients/filemaker-import/images/scanned-documents/"
    f"{_id('patient')}/(?P<source>{_TOKEN}){_EXT}",
    "medical-record": r"medical-records/(?P<year>\d{4})/(?P<month>\d{2})/"
    f"{_id('record')}/{_id('document')}{_EXT}",
    "referrer": f"referrers/(?P<folder>documents|images)/{_id('referrer')}/{_id('document')}{_EXT}",
    "company": f"companies/documents/{_id('company')}/{_id('document')}{_EXT}",
    "coordinator": f"coordinators/documents/{_id('coordinator')}/{_id('document')}{_EXT}",
    "message": rf"sms/(?P<direction>inbound|outbound)/(?P<patient>{_UUID}|unmatched)/"
    rf"{_id('message')}(?:-(?P<ordinal>[1-9]\d{{0,2}}))?{_EXT}",
    "preview": rf"previews/{_id('document')}/{_id('preview')}-(?P<page>[1-9]\d{{0,2}})"
    r"-(?P<edge>[1-9]\d{1,3})(?P<ext>\.(?:jpg|png))",
    "system": rf"system/(?P<folder>backups|exports|temp)/(?P<name>{_TOKEN}(?:/{_TOKEN})*)",
    "archive": rf"archive/(?P<folder>patients|referrers|sms)/(?P<name>{_TOKEN}(?:/{_TOKEN})*)",
}
_PATTERNS = {kind: re.compile(f"{_TENANT}/{shape}", re.ASCII) for kind, shape in _SHAPES.items()}
_VARIES = re.compile(rf"{_UUID}|\d{{4}}|unmatched", re.ASCII)  # segments that are no folder's name
_IMAGES = frozenset({".jpg", ".jpeg", ".png", ".tiff", ".gif", ".bmp", ".heic", ".webp"})


def current_tenant() -> str:
    """Return the schema the connection is in; keys cannot be built in the shared one."""
    schema = current_schema()
    if schema == PUBLIC:
        raise ObjectKeyError(
            "An object key belongs to a clinic; there is none in the shared schema."
        )
    return schema


def parse_key(key: str) -> ParsedKey:
    """Take a key apart. Raises `ObjectKeyError` for anything that this module does not build."""
    for kind, pattern in _PATTERNS.items():
        match = pattern.fullmatch(key)
        if match and ".." not in key:
            parts = {name: text for name, text in match.groupdict().items() if text is not None}
            return ParsedKey(kind, parts.pop("tenant"), parts)
    raise ObjectKeyError("This is no key of an object of ours.")


def folder_of(key: str) -> str:
    """Return a key's folders after the clinic, up to an id or a year: `patients/lab-results`.

    Raises `ObjectKeyError` for anything that this module does not build.
    """
    parse_key(key)
    folders = key.split("/")[1:-1]
    return "/".join(takewhile(lambda one: not _VARIES.fullmatch(one), folders))


def belongs_to(key: str, tenant: str) -> bool:
    """Say whether a key lies under a clinic's prefix, without any way out of it."""
    return key.startswith(f"{tenant}/") and ".." not in key.split("/") and "//" not in key


def _checked(key: str) -> str:
    if len(key) > MAX_KEY_LENGTH:
        raise ObjectKeyError(f"The key would have {len(key)} characters.")
    parse_key(key)
    return key


def _patient(context: KeyContext) -> UUID:
    if context.patient_id is None:
        raise ObjectKeyError("This key needs a patient.")
    return context.patient_id


def patient_document_key(c: KeyContext) -> str:
    return _checked(f"{c.tenant}/patients/documents/{_patient(c)}/{c.document_id}{c.extension}")


def patient_record_key(folder: str) -> Callable[[KeyContext], str]:
    """Return the key builder of a kind of record that lies under its patient."""

    def build(c: KeyContext) -> str:
        return _checked(f"{c.tenant}/patients/{folder}/{_patient(c)}/{c.document_id}{c.extension}")

    return build


def image_key(c: KeyContext) -> str:
    batch = c.batch_id or c.owner_id
    return _checked(
        f"{c.tenant}/patients/images/{_patient(c)}/{batch}/{c.document_id}{c.extension}"
    )


def at_report_key(c: KeyContext) -> str:
    if c.on is None:
        raise ObjectKeyError("An AT report's key needs its date.")
    return _checked(
        f"{c.tenant}/patients/at-reports/{_patient(c)}/"
        f"{c.document_id}_AT_Report_{c.on:%Y-%m-%d}{c.extension}"
    )


def filemaker_document_key(folder: str) -> Callable[[KeyContext], str]:
    def build(c: KeyContext) -> str:
        return _checked(
            f"{c.tenant}/patients/filemaker-import/documents/{folder}/"
            f"{_patient(c)}/{c.source_id}{c.extension}"
        )

    return build


def filemaker_image_key(c: KeyContext) -> str:
    """Build the key of a clinical photograph, or of a scanned document when it shows no view."""
    place = (
        f"clinical-photos/{_patient(c)}/{c.view}" if c.view else f"scanned-documents/{_patient(c)}"
    )
    return _checked(
        f"{c.tenant}/patients/filemaker-import/images/{place}/{c.source_id}{c.extension}"
    )


def medical_record_key(c: KeyContext) -> str:
    if c.on is None:
        raise ObjectKeyError("A medical record's key needs its date.")
    return _checked(
        f"{c.tenant}/medical-records/{c.on:%Y}/{c.on:%m}/{c.owner_id}/{c.document_id}{c.extension}"
    )


def referrer_key(c: KeyContext) -> str:
    folder = "images" if c.extension in _IMAGES else "documents"
    return _checked(f"{c.tenant}/referrers/{folder}/{c.owner_id}/{c.document_id}{c.extension}")


def company_key(c: KeyContext) -> str:
    return _checked(f"{c.tenant}/companies/documents/{c.owner_id}/{c.document_id}{c.extension}")


def coordinator_key(c: KeyContext) -> str:
    return _checked(f"{c.tenant}/coordinators/documents/{c.owner_id}/{c.document_id}{c.extension}")


def message_key(c: KeyContext) -> str:
    """Build the key of a message's first file; `numbered_key` makes those of the others."""
    number = f"-{c.ordinal}" if c.ordinal else ""
    return _checked(
        f"{c.tenant}/sms/{c.direction}/{c.patient_id or 'unmatched'}/"
        f"{c.owner_id}{number}{c.extension}"
    )


def numbered_key(key: str, number: int) -> str:
    """Return the key of a message's file as that of its file number `number`, from 0."""
    found = parse_key(key)
    if found.kind != "message":
        raise ObjectKeyError("Only the files of messages are numbered.")
    parts = found.parts
    return message_key(
        KeyContext(
            tenant=found.tenant,
            document_id=UUID(parts["message"]),  # it is not in the key
            owner_id=UUID(parts["message"]),
            extension=parts["ext"],
            patient_id=None if parts["patient"] == "unmatched" else UUID(parts["patient"]),
            direction=parts["direction"],
            ordinal=number,
        )
    )


def key_of_patient(key: str, patient_id: UUID | None) -> str:
    """Return a key as it is with another patient, or for a message's file with nobody.

    Raises `ObjectKeyError` for a key that is none of ours or has no patient in it.
    """
    kind = parse_key(key).kind
    match = _PATTERNS[kind].fullmatch(key)
    if match is None or "patient" not in match.groupdict():
        raise ObjectKeyError("This key has no patient in it.")
    start, end = match.span("patient")
    return _checked(f"{key[:start]}{patient_id or 'unmatched'}{key[end:]}")


def preview_key(
    *, tenant: str, document_id: UUID, preview_id: UUID, page: int, edge: int, mime: str
) -> str:
    """Build the key of a small picture; each attempt at making one has a key of its own."""
    extension = {"image/jpeg": ".jpg", "image/png": ".png"}.get(mime, "")
    return _checked(f"{tenant}/previews/{document_id}/{preview_id}-{page}-{edge}{extension}")


def system_key(folder: str, name: str) -> str:
    """Build a key for what is no document: backups, exports, temporary files."""
    return _checked(f"{current_tenant()}/system/{folder}/{name}")


def staging_key(document_id: UUID) -> str:
    """Build the key under which a client sends a document's bytes straight to the store."""
    return system_key("temp", f"{STAGING}/{document_id}")


def staged_document(key: str) -> UUID | None:
    """Return the document whose bytes are sent to this key; None where it is no such key."""
    found = re.fullmatch(rf"{_TENANT}/system/temp/{STAGING}/{_id('document')}", key, re.ASCII)
    return UUID(found["document"]) if found else None


def archive_key(folder: str, name: str) -> str:
    """Build the key of a copy that is kept: of something of patients, referrers or messages."""
    return _checked(f"{current_tenant()}/archive/{folder}/{name}")


def extension_of(filename: str) -> str:
    """Return the lower-case extension with its dot, or an empty string."""
    found = re.search(r"\.[A-Za-z0-9]{1,8}\Z", filename)
    return found.group().lower() if found else ""
