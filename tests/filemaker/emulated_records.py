"""The records that the emulated FileMaker serves: made from a seed, their files made when asked for.

Nothing here knows anything of the importer.
"""

import hashlib
import io
import random
import uuid
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from PIL import Image

from tests.documents.corpus_pdf import written

DOC_TYPES = ("Referral", "Report", "Letter", "ERF", "File Notes", "Purchase order", "Quote")
VIEWS = ("Left Dorsal", "Right Plantar", "Left Medial", "Scanned Letter", "X-Ray foot", "")
PICTURES = ("image_Full", "image_Ex_large", "image_large", "image_medium", "image_small")


@dataclass(frozen=True)
class File:
    """A file in a container; its bytes follow from kind, salt and size."""

    name: str
    kind: str = "pdf"
    salt: str = ""
    size: int = 0  # at least so many bytes

    @property
    def extension(self):
        return self.name.rpartition(".")[2] if "." in self.name else "dat"

    def body(self):
        return body_of(self.kind, self.salt, self.size)

    @property
    def sha256(self):
        return hashlib.sha256(self.body()).hexdigest()


@dataclass
class Row:
    """A record. `files` is by container as in `Doc` or `Doc(2)`; None is an empty container."""

    record_id: int
    fields: dict
    files: dict = field(default_factory=dict)
    mod_id: int = 0

    @property
    def id(self):
        return self.fields["id"]

    @property
    def best(self):
        """The file that has to arrive: the first container that is not empty."""
        return next((one for one in self.files.values() if one), None)


@lru_cache(maxsize=64)
def body_of(kind, salt, size):
    mark = hashlib.sha256(salt.encode()).hexdigest().encode()
    return MAKERS[kind](mark, size)


@lru_cache(maxsize=8)
def _blank_pdf(size):
    return written(pad=max(size, 200))


def _pdf(mark, size):
    return _blank_pdf(size).replace(b"-" * 64, mark, 1)


@cache
def _picture(kind):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 12), (120, 80, 40)).save(buffer, kind)
    return buffer.getvalue()


def _jpeg(mark, size):
    """A JPEG with its mark, and as many bytes as wanted, in comments behind the first marker."""
    base, notes, left = _picture("JPEG"), b"", max(size, len(mark))
    text = mark
    while left > 0:
        part = (text + b"." * 60_000)[: min(60_000, max(left, len(text)))]
        notes += b"\xff\xfe" + (len(part) + 2).to_bytes(2, "big") + part
        left -= len(part)
        text = b""
    return base[:2] + notes + base[2:]


MAKERS = {
    "pdf": _pdf,
    "jpeg": _jpeg,
    "png": lambda mark, size: _picture("PNG"),
    "text": lambda mark, size: b"Seen today. " + mark + b"\n" + b"." * size,
    "program": lambda mark, size: b"MZ\x90\x00" + mark + bytes(200),
    "nothing": lambda mark, size: b"",
}


def uuid_from(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4)).upper()


def contact_ids(seed, number):
    rng = random.Random(f"contacts {seed}")
    return [uuid_from(rng) for _ in range(number)]


def documents(seed, number, contacts, sizes=(0,)):
    """Rows of API_Docs: dates in both forms, some without a file; `sizes` in bytes, in turn."""
    rng = random.Random(f"docs {seed}")
    for n in range(1, number + 1):
        day = (rng.randint(2012, 2024), rng.randint(1, 12), rng.randint(1, 28))
        us, iso = "{1:02}/{2:02}/{0}".format(*day), "{}-{:02}-{:02}".format(*day)
        empty = n % 25 == 0
        yield Row(
            record_id=n,
            mod_id=rng.randint(0, 9),
            fields={
                "id": uuid_from(rng),
                "id_Contact": contacts[n % len(contacts)],
                "Type": rng.choice(DOC_TYPES),
                "Date": us if n % 2 else iso,
                "id_Order": str(rng.randint(1, 999)),
                "creationAccountName": "Reception Rita",
                "creationTimestamp": f"{us} 09:15:00",
            },
            files={
                "Doc": None
                if empty
                else File(f"Scan {n}.pdf", salt=f"{seed} doc {n}", size=sizes[n % len(sizes)])
            },
        )


def images(seed, number, contacts, sizes=(0,)):
    """Rows of API_Images: the picture in up to five sizes, the best of them missing in turn."""
    rng = random.Random(f"images {seed}")
    for n in range(1, number + 1):
        day = f"{rng.randint(1, 12):02}/{rng.randint(1, 28):02}/{rng.randint(2015, 2024)}"
        files = dict.fromkeys(PICTURES)
        for place, container in enumerate(PICTURES):
            if place >= n % 6:  # every sixth has none at all
                salt = f"{seed} image {n} {container}"
                files[container] = File(f"IMG_{n:04}.JPG", "jpeg", salt, sizes[n % len(sizes)])
        yield Row(
            record_id=n,
            fields={
                "id": uuid_from(rng),
                "id_Contact": contacts[n % len(contacts)],
                "Type": VIEWS[n % len(VIEWS)],
                "date": day,
                "Name of file": f"IMG_{n:04}.JPG",
            },
            files=files,
        )


def another(row, **changes):
    """The same record once more under another number."""
    return replace(row, fields=dict(row.fields), files=dict(row.files), **changes)
