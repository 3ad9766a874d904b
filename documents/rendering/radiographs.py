"""One frame of a DICOM file as people look at it: modality, window, polarity (PS3.3, C.11).

Plain tables instead of arrays: each stored pattern of 8 or 16 bits has one level of grey.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import pydicom
from PIL import Image
from pydicom.encaps import get_frame
from pydicom.multival import MultiValue
from pydicom.pixels import get_decoder
from pydicom.uid import JPEG2000, JPEG2000Lossless, JPEGBaseline8Bit

from documents.rendering.limits import (
    DAMAGED,
    MOST_PAGES,
    MOST_PIXELS,
    NO_SUCH_PAGE,
    TOO_LARGE,
    UNSUPPORTED,
    CannotRenderError,
)
from documents.rendering.output import Picture, previews

GREY = {"MONOCHROME1", "MONOCHROME2"}
PICTURES = {JPEG2000, JPEG2000Lossless, JPEGBaseline8Bit}  # syntaxes that Pillow decodes itself
WIDE, NARROW = 16, 8  # bits


def render(
    content: BinaryIO, kind: str, *, page: int, edges: Sequence[int]
) -> tuple[int, list[Picture]]:
    """Return how many frames there are (at most `MOST_PAGES`), and the pictures of one."""
    dataset = pydicom.dcmread(content)
    if "PixelData" not in dataset:
        raise CannotRenderError(UNSUPPORTED)
    frames = min(int(dataset.get("NumberOfFrames") or 1), MOST_PAGES)
    if page > frames:
        raise CannotRenderError(NO_SUCH_PAGE)
    if not dataset.Rows or not dataset.Columns:
        raise CannotRenderError(DAMAGED)
    if dataset.Rows * dataset.Columns > MOST_PIXELS:
        raise CannotRenderError(TOO_LARGE)
    image = _frame(dataset, page - 1)
    return frames, previews(image, edges, lossless=True)


def _frame(dataset: pydicom.Dataset, index: int) -> Image.Image:
    size = (int(dataset.Columns), int(dataset.Rows))
    colours = str(dataset.PhotometricInterpretation)
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax in PICTURES:
        return _compressed(dataset, index, colours, size)
    decoder = get_decoder(syntax)  # NotImplementedError for what pydicom does not know
    if not decoder.is_available:
        raise CannotRenderError(UNSUPPORTED)
    pixels, told = decoder.as_buffer(dataset, index=index, raw=True)
    bits = int(told["bits_allocated"])
    if colours in GREY or colours == "PALETTE COLOR":
        grey = _grey(bytes(pixels), size, bits, big=_is_big(dataset))
        return _toned(grey, dataset, bits, colours)
    if bits != NARROW or int(told["samples_per_pixel"]) != 3:  # noqa: PLR2004  red, green, blue
        raise CannotRenderError(UNSUPPORTED)
    return _coloured(bytes(pixels), size, str(told["photometric_interpretation"]), told)


def _is_big(dataset: pydicom.Dataset) -> bool:
    return not dataset.file_meta.TransferSyntaxUID.is_little_endian


def _compressed(
    dataset: pydicom.Dataset, index: int, colours: str, size: tuple[int, int]
) -> Image.Image:
    frames = int(dataset.get("NumberOfFrames") or 1)
    found = get_frame(dataset.PixelData, index, number_of_frames=frames)
    image = Image.open(io.BytesIO(found), formats=("JPEG", "JPEG2000"))
    if image.width * image.height > MOST_PIXELS:
        raise CannotRenderError(TOO_LARGE)
    image.load()
    if image.size != size:
        raise CannotRenderError(DAMAGED)
    if colours in GREY or colours == "PALETTE COLOR":
        wide = image.mode.startswith("I")
        if not wide and image.mode != "L":
            raise CannotRenderError(UNSUPPORTED)
        return _toned(image, dataset, WIDE if wide else NARROW, colours)
    return image.convert("RGB")


def _grey(pixels: bytes, size: tuple[int, int], bits: int, *, big: bool) -> Image.Image:
    """Return the stored patterns, unsigned, whatever they mean."""
    if bits == NARROW:
        return Image.frombytes("L", size, pixels)
    if bits == WIDE:
        return Image.frombytes("I", size, pixels, "raw", "I;16B" if big else "I;16")
    raise CannotRenderError(UNSUPPORTED)


def _coloured(
    pixels: bytes, size: tuple[int, int], colours: str, told: dict[str, Any]
) -> Image.Image:
    mode = "YCbCr" if colours.startswith("YBR") else "RGB"
    if int(told.get("planar_configuration") or 0) == 0:
        return Image.frombytes(mode, size, pixels).convert("RGB")
    plane = size[0] * size[1]
    bands = [
        Image.frombytes("L", size, pixels[start : start + plane])
        for start in range(0, 3 * plane, plane)
    ]
    return Image.merge(mode, bands).convert("RGB")


# --- From stored patterns to levels of grey ------------------------------------------------------


def _toned(image: Image.Image, dataset: pydicom.Dataset, bits: int, colours: str) -> Image.Image:
    if image.mode not in {"L", "I"}:
        image = image.convert("I")
    stored = _meanings(dataset, bits)
    if colours == "PALETTE COLOR":
        return _palette(image, dataset, stored)
    values = _rescaled(stored, dataset)
    window = _window(dataset) or _whole(image, values)
    inverted = colours == "MONOCHROME1"
    if str(dataset.get("PresentationLUTShape", "")) == "INVERSE":
        inverted = True
    levels = [window(value) for value in values]
    return image.point([255 - level if inverted else level for level in levels], "L")


def _meanings(dataset: pydicom.Dataset, bits: int) -> list[int]:
    """Return the number that each pattern of bits stands for; bits above the stored are ignored."""
    used = int(dataset.get("BitsStored") or bits)
    if not 0 < used <= bits:
        raise CannotRenderError(DAMAGED)
    mask, signed = (1 << used) - 1, bool(dataset.get("PixelRepresentation"))
    half = 1 << (used - 1)
    found = []
    for pattern in range(1 << bits):
        value = pattern & mask
        found.append(value - 2 * half if signed and value >= half else value)
    return found


def _rescaled(stored: list[int], dataset: pydicom.Dataset) -> list[float]:
    """Apply the modality's table, or slope and intercept."""
    if dataset.get("ModalityLUTSequence"):
        look = _table(dataset.ModalityLUTSequence[0])
        return [look(value) for value in stored]
    slope = float(dataset.get("RescaleSlope") or 1)
    intercept = float(dataset.get("RescaleIntercept") or 0)
    return [value * slope + intercept for value in stored]


def _table(item: pydicom.Dataset) -> Callable[[float], float]:
    """Return a look-up table: what lies outside has the level of its end (C.11.1.1)."""
    number, first, _ = (int(one) for one in item.LUTDescriptor)
    data = item.LUTData
    entries = [data] if isinstance(data, int) else list(_numbers(data))
    number = number or 1 << WIDE
    entries = entries[:number]
    if not entries:
        raise CannotRenderError(DAMAGED)
    last = len(entries) - 1
    return lambda value: float(entries[min(max(int(value) - first, 0), last)])


def _numbers(data: Any) -> list[int]:
    if isinstance(data, bytes):
        return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]
    return [int(one) for one in data]


def _window(dataset: pydicom.Dataset) -> Callable[[float], int] | None:
    """Return what the file says of how to look at it: a table, or the first window."""
    if dataset.get("VOILUTSequence"):
        item = dataset.VOILUTSequence[0]
        look, top = _table(item), (1 << int(item.LUTDescriptor[2])) - 1
        return lambda value: _level(255 * look(value) / top)
    centre, width = _first(dataset.get("WindowCenter")), _first(dataset.get("WindowWidth"))
    if centre is None or width is None:
        return None
    if str(dataset.get("VOILUTFunction") or "LINEAR") == "LINEAR":
        if width < 1:
            return None
        if width == 1:
            return lambda value: 255 if value > centre - 0.5 else 0
        # C.11.2.1.2.1: pixels are steps, so the window is one narrower than it says
        return lambda value: _level(255 * ((value - (centre - 0.5)) / (width - 1) + 0.5))
    return (lambda value: _level(255 * ((value - centre) / width + 0.5))) if width > 0 else None


def _first(found: Any) -> float | None:
    if isinstance(found, MultiValue):
        found = found[0] if found else None
    return None if found in {None, ""} else float(found)


def _whole(image: Image.Image, values: list[float]) -> Callable[[float], int]:
    """Return a window from the lowest value that there is to the highest."""
    present = _present(image)
    there = [values[pattern] for pattern in present]
    low, high = min(there), max(there)
    if high <= low:
        return lambda _: 127
    return lambda value: _level(255 * (value - low) / (high - low))


def _present(image: Image.Image) -> list[int]:
    """Return the patterns that occur."""
    if image.mode == "L":
        return [pattern for pattern, number in enumerate(image.histogram()) if number]
    found: list[Any] = [pattern for _, pattern in image.getcolors(1 << WIDE) or []]
    return [pattern for pattern in found if 0 <= pattern < 1 << WIDE] or [0]


def _level(value: float) -> int:
    return min(max(int(value + 0.5), 0), 255)


def _palette(image: Image.Image, dataset: pydicom.Dataset, stored: list[int]) -> Image.Image:
    """Apply the tables of red, green and blue (C.7.6.3.1.5)."""
    bands = []
    for colour in ("Red", "Green", "Blue"):
        descriptor = dataset[f"{colour}PaletteColorLookupTableDescriptor"].value
        number, first, depth = (int(one) for one in descriptor)
        data = dataset[f"{colour}PaletteColorLookupTableData"].value
        entries = [one >> 8 for one in _numbers(data)] if depth == WIDE else list(data)
        entries = entries[: number or 1 << WIDE]
        if not entries:
            raise CannotRenderError(DAMAGED)
        last = len(entries) - 1
        table = [entries[min(max(value - first, 0), last)] for value in stored]
        bands.append(image.point(table, "L"))
    return Image.merge("RGB", bands)
