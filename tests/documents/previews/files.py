"""Files to be shown: small ones of each kind, and what hostile ones are made of."""

import datetime as dt
import io
import struct
import zlib
from functools import cache
from random import Random

from PIL import ExifTags, Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from reportlab.pdfgen.canvas import Canvas

from documents.samples import Subject, make_sample

ANN = Subject(
    name="Ann Lee", date_of_birth=dt.date(1980, 1, 1), clinic="Harbour", external_id="X-1"
)


@cache
def sample(kind, seed=3):
    """A file of the project's own samples, always the same."""
    return make_sample(kind, rng=Random(seed), subject=ANN, on=dt.date(2026, 1, 5))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def corners(size=(40, 20)):
    """A picture whose left upper corner is red, and the rest blue: one sees how it was turned."""
    image = Image.new("RGB", size, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1] // 2))
    return image


def turned_exif(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def flat_png(width, height):
    """A PNG of one colour: a bit for each pixel, packed into next to nothing."""
    row = bytes(1 + (width + 7) // 8)
    packer = zlib.compressobj(1)
    few = height if width * height < 50_000_000 else 1  # the rest is only claimed
    packed = b"".join(packer.compress(row) for _ in range(few)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)  # by a palette of two
    palette = (b"PLTE", bytes([0, 0, 0, 255, 255, 255]))
    chunks = ((b"IHDR", head), palette, (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


@cache
def pdf(pages=1, size=(300, 400)):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=True)
    for number in range(pages):
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(0, 0, size[0], size[1] / 10, stroke=0, fill=1)
        canvas.drawString(40, 200, f"Page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def dicom(pixels, size, *, syntax=ExplicitVRLittleEndian, frames=0, **elements):
    """A DICOM file of these stored bytes: 16 bits of grey unless the elements say otherwise."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.7"
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Lee^Ann", "X-1", "RG"
    dataset.Columns, dataset.Rows = size
    plain = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "PixelRepresentation": 0,
    }
    for name, value in (plain | elements).items():
        setattr(dataset, name, value)
    dataset.HighBit = dataset.BitsStored - 1
    if frames:
        dataset.NumberOfFrames = frames
    dataset.PixelData = encapsulate(pixels) if isinstance(pixels, list) else pixels
    dataset["PixelData"].VR = "OB" if dataset.BitsAllocated == 8 else "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    if isinstance(pixels, list):
        dataset["PixelData"].is_undefined_length = True
    dataset.save_as(
        out, enforce_file_format=True, little_endian=syntax.is_little_endian, implicit_vr=False
    )
    return out.getvalue()


def words(*values):
    return b"".join((value & 0xFFFF).to_bytes(2, "little") for value in values)
