"""Which column of a file is which of our fields: by name, by alias, or by a mapping file."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from patients.errors import CsvError

# English, German, French. "Name" is in neither list: it is the surname in one language and the
# whole name in another, so only a mapping file can say which.
COLUMNS: dict[str, tuple[str, ...]] = {
    "first_name": (
        *("first name", "firstname", "given name", "given names", "forename"),
        *("vorname", "rufname", "prénom", "prenoms"),
    ),
    "last_name": (
        *("last name", "lastname", "surname", "family name"),
        *("nachname", "familienname", "zuname", "nom", "nom de famille"),
    ),
    "email": (
        *("e mail", "email address", "e mail address", "mail"),
        *("e mail adresse", "email adresse", "mailadresse", "courriel", "adresse e mail"),
        *("adresse email", "adresse mail"),
    ),
    "phone": (
        *("phone number", "mobile", "mobile number", "mobile phone", "telephone", "tel"),
        *("telefon", "telefonnummer", "handy", "handynummer", "mobil", "mobiltelefon"),
        *("téléphone", "portable", "numéro de téléphone", "téléphone portable"),
    ),
    "date_of_birth": (
        *("date of birth", "dob", "birth date", "birthdate", "birthday", "born"),
        *("geburtsdatum", "geburtstag", "geboren", "geboren am", "geb datum", "gebdat"),
        *("date de naissance", "naissance", "né le", "née le"),
    ),
    "sex": ("gender", "geschlecht", "sexe"),
    "address": (
        *("street address", "postal address", "anschrift", "adresse", "postanschrift"),
        "adresse postale",
    ),
    "external_id": (
        *("external id", "patient id", "patient number", "record number", "mrn", "ur"),
        *("patientennummer", "patienten nr", "patientennr", "patienten id", "pat nr"),
        *("numéro patient", "numéro de dossier", "n dossier", "id patient"),
    ),
    "filemaker_id": ("filemaker id",),
    "status": ("statut", "patientenstatus"),
    "notes": (
        *("note", "comment", "comments", "notiz", "notizen", "bemerkung", "bemerkungen"),
        *("remarque", "remarques", "commentaire", "commentaires"),
    ),
}
REQUIRED = ("first_name", "last_name")
ERROR = "error"  # the last column of a file of rejected rows
LEFT_OUT = "-"  # in a mapping: this column is not to be imported
MAX_COLUMNS = 500
MAX_MAPPING = 64 * 1024  # bytes


@dataclass(frozen=True)
class Header:
    """The columns of a file: their titles, and for each our field or an empty string.

    `unknown` are titles that nobody told us anything of; their cells are not imported.
    """

    titles: tuple[str, ...]
    fields: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @cached_property
    def untitled(self) -> tuple[int, ...]:
        return tuple(at for at, title in enumerate(self.titles) if not title)

    @cached_property
    def mended(self) -> bool:
        """Whether this is a file of rejected rows that comes back."""
        return self.titles[-1:] == (ERROR,)

    def title_of(self, field: str) -> str:
        return self.titles[self.fields.index(field)] if field in self.fields else field


def plain(title: str) -> str:
    """Return a title without case, accents and punctuation: `Date-de-Née` is `date de nee`."""
    bare = unicodedata.normalize("NFKD", title)
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]|_", " ", bare).casefold().split())


NAMES = {plain(alias): field for field, aliases in COLUMNS.items() for alias in (field, *aliases)}


def understand(titles: Sequence[str], mapping: Mapping[str, str] | None = None) -> Header:
    """Say which field each column holds. Raises `CsvError`.

    Refused are two columns of one field, two of the same title, a mapping that names a column
    which is not there, and a file without first or last name.
    """
    titles = [title.strip() for title in titles]
    if len(titles) > MAX_COLUMNS:
        raise CsvError(f"The file has {len(titles)} columns; at most {MAX_COLUMNS} are read.")
    told = {plain(title): field for title, field in (mapping or {}).items()}
    missing = [title for title in mapping or {} if plain(title) not in set(map(plain, titles))]
    if missing:
        raise CsvError(f"The mapping names columns that are not in the file: {_some(missing)}.")
    found = [told.get(plain(title)) or NAMES.get(plain(title), "") for title in titles]
    if titles[-1:] == [ERROR]:
        found[-1] = LEFT_OUT
    _refuse_twice(titles, found)
    absent = [name for name in REQUIRED if name not in found]
    if absent:
        unknown = [title for title, field in zip(titles, found, strict=True) if not field and title]
        hint = f" Unknown columns: {_some(unknown)}. A mapping can say what they are."
        error = CsvError(f"A column is missing: {', '.join(absent)}.{hint if unknown else ''}")
        error.extra = {"titles": [title for title in titles if title], "known": list(COLUMNS)}
        raise error
    return Header(
        tuple(titles),
        tuple("" if field == LEFT_OUT else field for field in found),
        tuple(t or "(empty)" for t, field in zip(titles, found, strict=True) if not field),
    )


def _refuse_twice(titles: Sequence[str], fields: Sequence[str]) -> None:
    used = [field for field in fields if field not in {"", LEFT_OUT}]
    twice = sorted({field for field in used if used.count(field) > 1})
    if twice:
        both = [title for title, field in zip(titles, fields, strict=True) if field in twice]
        raise CsvError(
            f"Two columns hold the same: {', '.join(twice)} ({_some(both)})."
            f" Leave one out, or map it to {LEFT_OUT!r}."
        )
    named = [title for title in titles if title]
    same = sorted({title for title in named if named.count(title) > 1})
    if same:
        raise CsvError(f"Two columns are called the same: {_some(same)}.")


def _some(titles: Sequence[str]) -> str:
    return ", ".join(titles)[:200]


def read_mapping(content: bytes) -> dict[str, str]:
    """Read a mapping file: `{"Column of the file": "our_field"}` as JSON, or two columns of CSV.

    `-` as the field leaves a column out. Raises `CsvError` (with the field `mapping`).
    """
    if len(content) > MAX_MAPPING:
        raise mapping_error("The mapping is larger than 64 KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise mapping_error("The mapping is not UTF-8.") from error
    found = _of_json(text) if text.lstrip()[:1] in {"{", "["} else _of_csv(text)
    return checked_mapping(found)


def checked_mapping(found: object) -> dict[str, str]:
    """Check a mapping that comes as an object. Raises `CsvError`."""
    if not isinstance(found, dict):
        raise mapping_error("The mapping is no object of columns and fields.")
    for title, field in found.items():
        if not isinstance(field, str) or field not in {*COLUMNS, LEFT_OUT}:
            known = ", ".join(COLUMNS)
            raise mapping_error(f"{title!r} is mapped to no field. Fields are {known}, or '-'.")
    return dict(found)


def _of_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise mapping_error("The mapping is no JSON.") from error


def _of_csv(text: str) -> dict[str, str]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        ]
    except csv.Error as error:
        raise mapping_error(f"The mapping cannot be read: {error}.") from error
    for number, row in enumerate(rows, 1):
        if len(row) != 2:  # noqa: PLR2004  a pair
            raise mapping_error(f"Row {number} of the mapping is no pair of column and field.")
    return {title.strip(): field.strip() for title, field in rows}


def mapping_error(detail: str) -> CsvError:
    error = CsvError(detail)
    error.field = "mapping"
    return error
