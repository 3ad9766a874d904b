"""DICOM as people look at it: what the standard's formulas say, on pixels that are known."""

import io
import struct

import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from documents.rendering import radiographs
from documents.rendering.limits import CannotRenderError
from tests.documents.previews.files import dicom, saved, words

RAMP = (0, 500, 1000, 4095)


def levels(body, *, page=1):
    """The levels of grey (or colours) that a preview of the file shows, pixel by pixel."""
    _, (found,) = radiographs.render(io.BytesIO(body), "application/dicom", page=page, edges=[200])
    assert found.mime == "image/png"
    image = Image.open(io.BytesIO(found.content))
    assert set(image.info) == set(), "nothing of the patient goes along"
    return list(image.get_flattened_data())


def shown(*values, **elements):
    return levels(dicom(words(*values), (len(values), 1), **elements))


def test_without_a_window_it_goes_from_the_darkest_to_the_brightest():
    assert shown(*RAMP) == [0, 31, 62, 255]
    assert shown(7, 7, 7) == [127, 127, 127]


def test_a_window_is_the_standards():
    """C.11.2.1.2.1: below centre - 0.5 - (width - 1) / 2 black, above the other end white."""
    assert shown(*RAMP, WindowCenter=500, WindowWidth=1000) == [0, 128, 255, 255]
    assert shown(499, 500, WindowCenter=500, WindowWidth=1) == [0, 255]
    several = {"WindowCenter": [500, 40], "WindowWidth": [1000, 80]}
    assert shown(*RAMP, **several) == [0, 128, 255, 255]
    exact = {"WindowCenter": 500, "WindowWidth": 1000, "VOILUTFunction": "LINEAR_EXACT"}
    assert shown(*RAMP, **exact) == [0, 128, 255, 255]
    assert shown(*RAMP, WindowCenter=500, WindowWidth=0) == [0, 31, 62, 255]  # none that is valid


def test_values_are_rescaled_before_the_window():
    hounsfield = {"RescaleSlope": 1, "RescaleIntercept": -1024}
    assert shown(0, 1024, 2048, WindowCenter=0, WindowWidth=2048, **hounsfield) == [0, 128, 255]


def test_monochrome1_is_turned_round():
    assert shown(*RAMP, PhotometricInterpretation="MONOCHROME1") == [255, 224, 193, 0]
    assert shown(*RAMP, PresentationLUTShape="INVERSE") == [255, 224, 193, 0]


def test_signed_values_and_bits_above_the_stored():
    signed = {"PixelRepresentation": 1, "BitsStored": 16}
    assert shown(-1000, 0, 1000, **signed) == [0, 128, 255]
    assert shown(0xF000, 0xFFFF, BitsStored=12) == [0, 255]  # an overlay in the upper bits
    assert shown(0x800, 0x7FF, PixelRepresentation=1, BitsStored=12) == [0, 255]


def table(name, values, first=0, bits=8):
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values), first, bits])
    item.add_new("LUTData", "US", list(values))
    return {f"{name}LUTSequence": [item]}


def test_tables_take_the_place_of_formulas():
    assert shown(0, 1, 2, 9, **table("VOI", [255, 0, 100])) == [255, 0, 100, 100]
    assert shown(0, 1, 2, 9, **table("Modality", [10, 20, 30])) == [0, 128, 255, 255]
    assert shown(5, 6, 7, **table("VOI", [0, 255], first=6)) == [0, 0, 255]


def test_frames_are_shown_one_by_one():
    body = dicom(words(0, 4095, 4095, 0), (2, 1), frames=2)
    assert levels(body) == [0, 255]
    assert levels(body, page=2) == [255, 0]
    with pytest.raises(CannotRenderError, match="no_such_page"):
        levels(body, page=3)


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_other_encodings_of_plain_pixels(syntax):
    pixels = words(*RAMP)
    if syntax == ExplicitVRBigEndian:
        pixels = b"".join(pixels[at : at + 2][::-1] for at in range(0, 8, 2))
    assert levels(dicom(pixels, (4, 1), syntax=syntax)) == [0, 31, 62, 255]


EIGHT = {"BitsAllocated": 8, "BitsStored": 8}


def test_eight_bits_and_colours():
    body = dicom(bytes([0, 51, 255, 0]), (4, 1), **EIGHT)
    assert levels(body) == [0, 51, 255, 0]
    colours = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", **EIGHT}
    by_pixel = dicom(bytes([255, 0, 0, 0, 0, 255]), (2, 1), PlanarConfiguration=0, **colours)
    by_plane = dicom(bytes([255, 0, 0, 0, 0, 255]), (2, 1), PlanarConfiguration=1, **colours)
    assert levels(by_pixel) == levels(by_plane) == [(255, 0, 0), (0, 0, 255)]
    palette = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour, entries in (("Red", [255, 0]), ("Green", [0, 9]), ("Blue", [0, 255]))
        for part, value in (
            ("Descriptor", [2, 0, 16]),
            ("Data", words(*(one << 8 for one in entries))),
        )
    }
    palette["PhotometricInterpretation"] = "PALETTE COLOR"
    body = dicom(bytes([0, 1]), (2, 1), **EIGHT, **palette)
    assert levels(body) == [(255, 0, 0), (0, 9, 255)]


def test_compressed_frames():
    grey = Image.linear_gradient("L")
    jpeg = saved(grey, "JPEG", quality=95)
    j2k = saved(grey, "JPEG2000", irreversible=False)
    for syntax, frames in ((JPEGBaseline8Bit, [jpeg]), (JPEG2000Lossless, [j2k])):
        found = levels(dicom(frames, grey.size, syntax=syntax, **EIGHT))
        assert (min(found) < 5, max(found) > 250) == (True, True), syntax
    # PS3.5, G: one segment at byte 64; six bytes as they are, then one that stands three times
    runs = struct.pack("<16L", 1, 64, *[0] * 14) + bytes([5, 0, 51, 102, 153, 204, 255, 254, 7])
    packed = dicom([runs + b"\0"], (9, 1), syntax=RLELossless, **EIGHT)
    assert levels(packed) == [0, 51, 102, 153, 204, 255, 7, 7, 7]
    with pytest.raises(CannotRenderError, match="unsupported"):
        levels(dicom([b"\xff\xd8\xff\xd9"], (2, 2), syntax=JPEGLosslessSV1, **EIGHT))


def test_a_frame_that_is_not_what_it_says_is_damaged():
    jpeg = saved(Image.linear_gradient("L"), "JPEG")
    with pytest.raises(CannotRenderError, match="damaged"):
        levels(dicom([jpeg], (9, 9), syntax=JPEGBaseline8Bit, **EIGHT))
    with pytest.raises(CannotRenderError, match="unsupported"):
        levels(dicom(bytes(16), (2, 2), BitsAllocated=32, BitsStored=32))
