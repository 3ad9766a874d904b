"""DICOM part 10 files: prefix, readable elements to the end, and not too many pixels."""

from typing import Any, BinaryIO

import pydicom
from pydicom.errors import InvalidDicomError

from documents.verification.images import check_pixels
from documents.verification.polyglots import refuse_program
from documents.verification.refusals import corrupt

PREAMBLE = 128  # bytes, free for any use
LARGE = 4096  # bytes; larger elements are passed over, not read
UNCOMPRESSED = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}


def check(content: BinaryIO, size: int) -> dict[str, Any]:
    content.seek(0)
    preamble = content.read(PREAMBLE)
    if content.read(4) != b"DICM":
        raise corrupt("it has no DICOM prefix")
    refuse_program(preamble)
    content.seek(0)
    try:
        dataset = pydicom.dcmread(content, stop_before_pixels=True, defer_size=LARGE)
        width, height = int(dataset.get("Columns") or 0), int(dataset.get("Rows") or 0)
        frames = int(dataset.get("NumberOfFrames") or 1)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", ""))
        depth = int(dataset.get("BitsAllocated") or 0) * int(dataset.get("SamplesPerPixel") or 1)
        modality = str(dataset.get("Modality", ""))
    # pydicom answers damaged files with almost any error there is
    except (
        InvalidDicomError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
        IndexError,
        OverflowError,
    ) as error:
        raise corrupt("its elements cannot be read") from error
    check_pixels(width, height, frames)
    needed = width * height * frames * depth // 8
    if not syntax:
        raise corrupt("it does not say how it is encoded")
    if not len(dataset):
        raise corrupt("it holds no elements")
    if syntax in UNCOMPRESSED and needed > size - content.tell():
        raise corrupt("the picture is shorter than it says")
    return {"width": width, "height": height, "frames": frames, "modality": modality}
