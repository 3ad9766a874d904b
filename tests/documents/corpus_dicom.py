"""DICOM files: plain, compressed, many frames, and what is wrong with one."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache, partial
from typing import Any

from tests.documents.corpus_images import jpeg, picture
from tests.documents.corpus_model import (
    ACTIVE,
    BOMB,
    CORRUPT,
    ELF,
    MISMATCH,
    PATIENTS,
    PE,
    POLYGLOT,
    Upload,
)
from tests.documents.corpus_pdf import minimal

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.7.2"
PDF_STORAGE = "1.2.840.10008.5.1.4.1.1.104.1"
REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
SIDE = 16
DICOM_START = 132


@cache
def dicom(
    syntax: str = EXPLICIT,
    preamble: bytes = b"",
    kind: str = CAPTURE,
    patient: str = "Test^Patient",
    **elements: Any,
) -> bytes:
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = "1.2.826.0.1.3680043.8.498.2"
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = kind
    data.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    data.PatientName = patient
    data.PatientID = "0001"
    data.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.3"
    data.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.4"
    data.Modality = "OT"
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    file = FileDataset("", data, file_meta=meta, preamble=preamble.ljust(128, b"\x00")[:128])
    if "PixelData" in elements:
        file["PixelData"].VR = "OB"
        file["PixelData"].is_undefined_length = syntax == JPEG_BASELINE
    buffer = io.BytesIO()
    file.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def image(
    syntax: str = EXPLICIT,
    preamble: bytes = b"",
    *,
    rows: int = SIDE,
    columns: int = SIDE,
    frames: int = 1,
    patient: str = "Test^Patient",
    pixels: bytes = b"",
) -> bytes:
    more = {"NumberOfFrames": frames} if frames > 1 else {}
    return dicom(
        syntax,
        preamble,
        MULTI_FRAME if frames > 1 else CAPTURE,
        patient,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=rows,
        Columns=columns,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PixelData=pixels or bytes(range(256)) * min(frames, 3),
        **more,
    )


def compressed(**facts: int) -> bytes:
    """One JPEG frame inside, whatever the header says of its size."""
    from pydicom.encaps import encapsulate

    frame = io.BytesIO()
    picture("L", (SIDE, SIDE)).save(frame, "JPEG")
    return image(JPEG_BASELINE, pixels=encapsulate([frame.getvalue()]), **facts)


def encapsulated_pdf() -> bytes:
    body = minimal()
    return dicom(
        kind=PDF_STORAGE,
        EncapsulatedDocument=body + bytes(len(body) % 2),
        MIMETypeOfEncapsulatedDocument="application/pdf",
    )


def report() -> bytes:
    return dicom(kind=REPORT, CompletionFlag="COMPLETE", VerificationFlag="UNVERIFIED")


def deflate_bomb() -> bytes:
    """Three hundred kilobytes whose dataset inflates to 300 MB of pixels, as its header admits."""
    side = 17_320
    head = image(rows=side, columns=side)
    start = head.index(b"\x08\x00\x05\x00CS")
    end = head.index(b"\xe0\x7f\x10\x00")
    meta = image(DEFLATED)
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(head[start:end] + b"\xe0\x7f\x10\x00OB\x00\x00")
    packed += packer.compress(struct.pack("<I", side * side))
    row = bytes(side * 20)
    packed += b"".join(packer.compress(row) for _ in range(side // 20)) + packer.flush()
    length = int.from_bytes(meta[140:144], "little")
    return meta[: 144 + length] + packed


def cut(share: float) -> bytes:
    body = image()
    return body[: int(len(body) * share)]


def wrong_prefix() -> bytes:
    body = image()
    return body[:128] + b"DICX" + body[DICOM_START:]


def _bad(ident: str, build: Any, codes: frozenset[str]) -> Upload:
    return Upload(ident, "CT0001.dcm", build, "application/dicom", PATIENTS, codes)


def _good(ident: str, build: Any, name: str = "CT0001.dcm", declared: str = "") -> Upload:
    return Upload(ident, name, build, declared or "application/dicom", PATIENTS)


BAD: tuple[Upload, ...] = (
    _bad("dicom-cut-in-pixels", partial(cut, 0.9), CORRUPT),
    _bad("dicom-cut-in-header", lambda: image()[:150], CORRUPT),
    _bad("dicom-prefix-only", lambda: image()[:DICOM_START], CORRUPT),
    _bad("dicom-without-prefix", wrong_prefix, CORRUPT | MISMATCH),
    _bad("dicom-pe-preamble", partial(image, preamble=PE), POLYGLOT),
    _bad("dicom-elf-preamble", partial(image, preamble=ELF), POLYGLOT),
    _bad("dicom-implicit-pe-preamble", partial(image, IMPLICIT, PE), POLYGLOT),
    _bad(
        "dicom-html-preamble",
        partial(image, preamble=b"<html><script src=//x.example/a.js></script><!--"),
        POLYGLOT | ACTIVE,
    ),
    _bad("dicom-bomb-native", partial(image, rows=65_535, columns=65_535), BOMB | CORRUPT),
    _bad("dicom-bomb-compressed", partial(compressed, rows=65_535, columns=65_535), BOMB),
    _bad(
        "dicom-bomb-frames",
        partial(compressed, rows=4096, columns=4096, frames=100_000),
        BOMB,
    ),
    _bad("dicom-bomb-deflated", deflate_bomb, BOMB | CORRUPT),
    _bad("dicom-is-jpeg", jpeg, MISMATCH),
)

GOOD: tuple[Upload, ...] = (
    _good("dicom-explicit-little-endian", image),
    _good("dicom-implicit-little-endian", partial(image, IMPLICIT)),
    _good("dicom-octet-stream", image, declared="application/octet-stream"),
    _good("dicom-upper-case-extension", image, "IM000001.DCM"),
    _good("dicom-arabic-patient", partial(image, patient="اختبار^مريض")),
    _good("dicom-text-preamble", partial(image, preamble=b"Saved by a workstation")),
    _good("dicom-three-frames", partial(image, frames=3)),
    _good("dicom-jpeg-compressed", compressed),
    _good("dicom-encapsulated-pdf", encapsulated_pdf),
    _good("dicom-report-without-pixels", report),
)
