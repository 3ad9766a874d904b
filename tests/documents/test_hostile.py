"""Files that would cost much memory or time to look at: refused early, cheaply, and by name."""

import io
import json
import struct
import time
import tracemalloc
import zlib
from random import Random

import pytest
from hypothesis import example, given, settings, strategies as st

from documents.errors import DocumentRefusedError
from documents.registry import policy_for_slug
from documents.verification import verify_file
from documents.verification.jsons import JsonReader
from tests.documents import corpus_dicom, corpus_images, corpus_office_bad
from tests.documents.corpus import GOOD
from tests.documents.corpus_model import MIB, zipped
from tests.documents.corpus_office import docx_parts


def look(name, body):
    return verify_file(
        io.BytesIO(body),
        filename=name,
        size=len(body),
        declared_type="",
        policy=policy_for_slug("patients"),
    )


def deep(unit, end, levels):
    return unit * levels + end * levels


def names(number):
    return b"<a>" + b"".join(b"<n%d/>" % one for one in range(number)) + b"</a>"


def dicom_of(elements):
    """A sound header, then this in explicit little endian."""
    body = corpus_dicom.dicom()
    length = int.from_bytes(body[140:144], "little")
    return body[: 144 + length] + elements


def nested(levels):
    opening = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    opening += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    closing = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return dicom_of(opening * levels + closing * levels)


def many(number):
    element = struct.pack("<HH2sH", 0x0009, 0x1001, b"LO", 0)
    return dicom_of(element * number)


def deflated(megabytes):
    """One private element of that many zeros."""
    body = corpus_dicom.image(corpus_dicom.DEFLATED)
    length = int.from_bytes(body[140:144], "little")
    packer = zlib.compressobj(9, wbits=-15)
    head = struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, megabytes * MIB)
    packed = packer.compress(head)
    packed += b"".join(packer.compress(bytes(MIB)) for _ in range(megabytes)) + packer.flush()
    return body[: 144 + length] + packed


def pages(number):
    """A TIFF of that many pages that all have the same strip."""
    first = corpus_images.tiff()
    at, size = 8, 2 + 9 * 12 + 4
    directory = first[at : at + size - 4]
    start = len(first)
    chain = [struct.pack("<I", start + size * (n + 1) * (n + 1 < number)) for n in range(number)]
    chain[-1] = bytes(4)
    return (
        first[:4]
        + struct.pack("<I", start)
        + first[8:]
        + b"".join(directory + following for following in chain)
    )


def strips(count):
    body = bytearray(corpus_images.tiff())
    for entry in (5, 8):  # offsets and counts
        struct.pack_into("<I", body, 10 + entry * 12 + 4, count)
    return bytes(body)


def entries(number):
    return zipped({**docx_parts(), **{f"word/{n}.bin": b"" for n in range(number)}})


# One sound file of each kind, not too large.
SEEDS = list(
    {
        upload.name.rpartition(".")[2].lower(): upload
        for upload in reversed(GOOD)
        if upload.id.endswith(("minimal", "plain", "photo", "explicit-little-endian"))
        or upload.id in {"dicom-jpeg-compressed", "doc-legacy", "xls-legacy", "xml-cda"}
        or upload.id in {"json-object", "tiff-multi-page", "webp-lossy", "csv-utf16"}
    }.values()
)


# name, body that is refused, its code, and the twin that differs in one number
HOSTILE = {
    "json nested": ("a.json", lambda: deep(b"[", b"]", 201), "bomb", lambda: deep(b"[", b"]", 200)),
    "json objects nested": (
        "a.json",
        lambda: deep(b'{"a":', b"}", 201).replace(b":}", b":1}"),
        "bomb",
        lambda: deep(b'{"a":', b"}", 200).replace(b":}", b":1}"),
    ),
    "xml nested": (
        "a.xml",
        lambda: deep(b"<a>", b"</a>", 501),
        "bomb",
        lambda: deep(b"<a>", b"</a>", 500),
    ),
    "xml names": ("a.xml", lambda: names(20_001), "bomb", lambda: names(19_000)),
    "xml tag": (
        "a.xml",
        lambda: b'<a b="' + b"x" * 4 * MIB + b'"/>',
        "bomb",
        lambda: b'<a b="' + b"x" * MIB + b'"/>',
    ),
    "xml comment": (
        "a.xml",
        lambda: b"<a><!--" + b"x" * 4 * MIB + b"--></a>",
        "bomb",
        lambda: b"<a>" + b"x" * 4 * MIB + b"</a>",
    ),
    "xml laughs": ("a.xml", lambda: corpus_office_bad.LAUGHS, "bomb", lambda: b"<d>ha</d>"),
    "dicom nested": ("a.dcm", lambda: nested(51), "bomb", lambda: nested(50)),
    "dicom elements": ("a.dcm", lambda: many(500_001), "bomb", lambda: many(10_000)),
    "dicom deflated": ("a.dcm", lambda: deflated(201), "bomb", lambda: deflated(20)),
    "tiff pages": ("a.tiff", lambda: pages(5_001), "bomb", lambda: pages(50)),
    "tiff strips": ("a.tiff", lambda: strips(1_000_001), "bomb", lambda: strips(1)),
    "zip entries": ("a.docx", lambda: entries(10_001), "bomb", lambda: entries(100)),
}


@pytest.mark.parametrize(("name", "body", "code", "twin"), HOSTILE.values(), ids=HOSTILE)
def test_what_would_cost_too_much_is_refused_cheaply(name, body, code, twin):
    sent, begun = body(), time.process_time()
    with pytest.raises(DocumentRefusedError) as raised:
        look(name, sent)
    assert raised.value.code == code
    assert time.process_time() - begun < 10  # seconds
    assert look(name, twin()).extension == name[1:]


FLAT = {
    "json list": ("a.json", lambda: b"[" + b'{"hb": 13.1, "note": "x"},' * 300_000 + b"{}]"),
    "json text": ("a.json", lambda: b'{"scan": "' + b"QUJD" * 2 * MIB + b'"}'),
    "xml": ("a.xml", lambda: b"<r>" + b"<hb unit='g/dl'>13.1</hb>" * 300_000 + b"</r>"),
    "csv": ("a.csv", lambda: b"sample;13,1\r\n" * 600_000),
    "dicom elements": ("a.dcm", lambda: many(100_000)),
    "dicom deflated": ("a.dcm", lambda: deflated(30)),
    "jpeg": ("a.jpg", lambda: segments(100)),
    "png": ("a.png", lambda: png_of_text(8)),
}


def segments(number):
    extra = corpus_images.segment(0xE2, bytes(65_000))
    return corpus_images.inserted(corpus_images.jpeg(), *[extra] * number)


def png_of_text(megabytes):
    text = corpus_images.chunk(b"tEXt", b"Comment\0" + b"x" * megabytes * MIB)
    return corpus_images.png_of(8, 8, zlib.compress(bytes(72)), text)


@pytest.mark.parametrize(("name", "body"), FLAT.values(), ids=FLAT)
def test_memory_stays_flat_however_large_the_file(name, body):
    sent = body()
    content = io.BytesIO(sent)
    tracemalloc.start()
    verify_file(
        content,
        filename=name,
        size=len(sent),
        declared_type="",
        policy=policy_for_slug("patients"),
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * MIB


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
pieces = st.sampled_from(
    [
        *'[]{},:"\\ \n-.',
        "0",
        "1",
        "12",
        "1e5",
        "true",
        "null",
        "nul",
        '"a"',
        '"\\u00e9"',
        "\\n",
        "[]",
        "{}",
    ]
)


def accepted(text, size):
    try:
        JsonReader().read(text[at : at + size] for at in range(0, len(text), size))
    except DocumentRefusedError:
        return False
    return True


def strict(text):
    """Python's own reader, without what it accepts beyond the standard."""
    try:
        json.loads(text, parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return False
    return True


@settings(max_examples=300, deadline=None, database=None)
@given(values, st.integers(1, 9), st.booleans(), st.sampled_from([None, 1]))
def test_json_is_accepted_however_it_is_cut(value, size, ascii_only, indent):
    assert accepted(json.dumps(value, ensure_ascii=ascii_only, indent=indent), size)


@settings(max_examples=1000, deadline=None, database=None)
@given(st.lists(pieces, max_size=12).map("".join), st.integers(1, 9))
@example("[1,]", 9)
@example('{"a":1,}', 9)
@example("[01]", 1)
@example("1 2", 1)
@example('{"a":[],"b":{}}', 3)
@example('"\\u12', 2)
@example("", 1)
def test_json_is_judged_as_the_standard_does(text, size):
    assert accepted(text, size) == strict(text)


@pytest.mark.parametrize("upload", SEEDS, ids=lambda one: one.id)
def test_damage_anywhere_is_a_refusal_and_never_a_crash(upload):
    """Each sound file, damaged in many places: it may still be sound, or it is refused."""
    whole, chance = upload.build(), Random(upload.id)
    found = set()
    for _ in range(40):
        body = bytearray(whole)
        for _ in range(chance.choice([1, 1, 4])):
            at = chance.randrange(min(len(body), chance.choice([64, 600, len(body)])))
            change = chance.choice(["byte", "cut", "twice", "edge"])
            if change == "cut":
                del body[at : at + chance.randrange(1, 40)]
            elif change == "twice":
                body[at:at] = body[at : at + 30]
            else:
                body[at] = (
                    chance.choice([0, 255, 127, 128]) if change == "edge" else chance.randrange(256)
                )
            body = body or bytearray(b"x")
        try:
            look(upload.name, bytes(body))
            found.add("accepted")
        except DocumentRefusedError as error:
            found.add(error.code)
    assert found <= {"accepted", *("corrupt", "type_mismatch", "polyglot", "bomb"), *LABELS}


LABELS = ("active_content", "encrypted", "macro", "extension_not_allowed")
