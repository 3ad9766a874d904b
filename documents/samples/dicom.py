"""What devices record: radiographs as DICOM, electrocardiograms, pressure maps, trends."""

import datetime as dt
import hashlib
import math
import uuid
from io import BytesIO
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageOps
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from documents.samples.images import blobs, encode, fitted, font, foot_outline
from documents.samples.text import Sample, Subject, at_time, dated_name, latin

DEEP = 0.4  # share of radiographs with more than eight bits
LONG_STRING = 64  # characters in a value of the representations LO and PN
EIGHT_BIT, TWELVE_BIT = 512, 384  # side of the square image, by depth
RAYS = (  # metatarsal base, metatarsal head, tip of the toe, thickness: shares of the side
    ((0.40, 0.55), (0.31, 0.31), (0.30, 0.09), 0.050),
    ((0.46, 0.52), (0.41, 0.27), (0.41, 0.07), 0.031),
    ((0.51, 0.53), (0.50, 0.29), (0.51, 0.10), 0.029),
    ((0.56, 0.55), (0.58, 0.33), (0.60, 0.15), 0.028),
    ((0.61, 0.58), (0.65, 0.38), (0.68, 0.21), 0.029),
)
TARSALS = (  # centre and radii: cuneiforms, cuboid, navicular, talus, calcaneus
    (0.41, 0.61, 0.045, 0.055), (0.47, 0.59, 0.035, 0.050), (0.52, 0.60, 0.035, 0.052),
    (0.60, 0.66, 0.060, 0.075), (0.46, 0.685, 0.070, 0.034), (0.46, 0.775, 0.066, 0.066),
    (0.53, 0.87, 0.058, 0.095),
)  # fmt: skip


def _uid(*parts: object) -> str:
    """A UID under 2.25 (a UUID in decimal), the same for the same parts."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


Point = tuple[float, float]


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _bone(draw: ImageDraw.ImageDraw, ends: tuple[Point, Point], width: float) -> None:
    """A long bone: dense cortex, fainter marrow, wider at both ends."""
    for share, level in ((1.0, 190), (0.58, 150)):
        draw.line(ends, fill=level, width=max(1, round(width * share)))
        for x, y in ends:
            knob = width * share * 0.66
            draw.ellipse((x - knob, y - knob, x + knob, y + knob), fill=level)


def _ray(rng: Random, ray: tuple[Point, Point, Point, float], side: int) -> tuple[Point, ...]:
    """Base, head and tip in pixels, each foot a little different."""
    wobble = side * 0.008
    return tuple(
        (x * side + rng.uniform(-wobble, wobble), y * side + rng.uniform(-wobble, wobble))
        for x, y in ray[:3]
    )


def _foot_film(rng: Random, side: int) -> Image.Image:
    """A dorsoplantar view of a foot: soft tissue, tarsal bones, five rays."""
    bones, flesh = Image.new("L", (side, side)), Image.new("L", (side, side))
    draw, around = ImageDraw.Draw(bones), ImageDraw.Draw(flesh)
    for x, y, across, down in TARSALS:
        box = ((x - across) * side, (y - down) * side, (x + across) * side, (y + down) * side)
        draw.ellipse(box, fill=150, outline=185, width=side // 128)
        grown = (box[0] - side / 20, box[1] - side / 40, box[2] + side / 20, box[3] + side / 40)
        around.ellipse(grown, fill=62)
    for ray in RAYS:
        base, head, tip = _ray(rng, ray, side)
        width = ray[3] * side
        around.line((base, head, tip), fill=62, width=round(width * 2.7), joint="curve")
        around.ellipse((tip[0] - width, tip[1] - width, tip[0] + width, tip[1] + width), fill=62)
        _bone(draw, (base, head), width)
        _bone(draw, (_between(head, tip, 0.2), _between(head, tip, 0.55)), width * 0.7)
        _bone(draw, (_between(head, tip, 0.72), tip), width * 0.55)
    soft = ImageChops.add(
        flesh.filter(ImageFilter.GaussianBlur(side / 50)),
        bones.filter(ImageFilter.GaussianBlur(side / 220)),
    )
    trabeculae = Image.frombytes("L", (side, side), rng.randbytes(side * side))
    textured = Image.blend(soft, ImageChops.multiply(soft, trabeculae), 0.22)
    return ImageChops.add(textured, Image.new("L", (side, side), 12))


def _film(rng: Random, side: int) -> tuple[Image.Image, str]:
    """The film with its side marker and unexposed border, and which foot it shows."""
    film, letter = _foot_film(rng, side), rng.choice("LR")
    film = ImageOps.mirror(film) if letter == "R" else film
    draw = ImageDraw.Draw(film)
    draw.text((side * 0.08, side * 0.08), letter, 240, font(side // 14, bold=True))
    draw.rectangle((0, 0, side - 1, side - 1), outline=0, width=side // 40)
    return film, letter


def _twelve_bit(rng: Random, film: Image.Image) -> bytes:
    """Sixteen bits to a pixel, twelve of them used: the film's levels with fine noise below."""
    levels = film.tobytes()
    low = film.point([(level & 0x0F) << 4 for level in range(256)]).tobytes()
    noise = bytes(each & 0x0F for each in range(256))
    packed = bytearray(2 * len(levels))
    fine = rng.randbytes(len(levels)).translate(noise)
    packed[0::2] = ImageChops.add(
        Image.frombytes("L", film.size, low), Image.frombytes("L", film.size, fine)
    ).tobytes()
    packed[1::2] = film.point([level >> 4 for level in range(256)]).tobytes()
    return bytes(packed)


def _describe(rng: Random, subject: Subject, on: dt.date) -> Dataset:
    """Patient, study, series and equipment; the image itself is still missing."""
    seed, moment = rng.getrandbits(64), at_time(rng, on)
    given, _, family = subject.name.rpartition(" ")
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = _uid(subject, on, seed, "image")
    dataset.StudyInstanceUID = _uid(subject, on, seed, "study")
    dataset.SeriesInstanceUID = _uid(subject, on, seed, "series")
    dataset.PatientName = f"{family}^{given}"[:LONG_STRING]
    dataset.PatientID = subject.external_id[:LONG_STRING]
    dataset.PatientBirthDate, dataset.PatientSex = f"{subject.date_of_birth:%Y%m%d}", ""
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = f"{moment:%Y%m%d}"
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = f"{moment:%H%M%S}"
    dataset.AccessionNumber, dataset.StudyID = f"X{rng.randrange(10**7):07d}", "1"
    dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
    dataset.ReferringPhysicianName, dataset.PatientOrientation = "", ""
    dataset.Modality, dataset.ConversionType = "RG", "DF"
    dataset.InstitutionName = subject.clinic[:LONG_STRING]
    dataset.BodyPartExamined = "FOOT"
    dataset.StudyDescription = "Foot, dorsoplantar"
    return dataset


def radiograph(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """DICOM secondary capture of a foot: 512 pixels square at 8 bits or 384 at 12 of 16."""
    dataset, deep = _describe(rng, subject, on), rng.random() < DEEP
    side = TWELVE_BIT if deep else EIGHT_BIT
    film, dataset.Laterality = _film(rng, side)
    dataset.Rows = dataset.Columns = side
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored = (16, 12) if deep else (8, 8)
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    dataset.PixelData = _twelve_bit(rng, film) if deep else film.tobytes()
    dataset["PixelData"].VR = "OW" if deep else "OB"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    name = f"IM{rng.randrange(10**6):06d}.dcm"
    return Sample(name, "application/dicom", buffer.getvalue())


PIXELS_PER_MM, ROW_MM = 6, 34
BAND = 90  # above the grid: who, when, rate
ECG_PALETTE = [255, 250, 247, 250, 214, 208, 238, 160, 150, 28, 26, 34]  # ground, grid, ink
WAVES = ((-0.17, 0.024), (-0.028, 0.009), (0.0, 0.011), (0.03, 0.010), (0.27, 0.050))  # at, width
LEADS = (  # millivolts of P, Q, R, S, T
    (("I", 0.10, -0.05, 0.75, -0.12, 0.22), ("aVR", -0.10, 0.05, -0.85, 0.10, -0.25),
     ("V1", 0.06, 0.0, 0.22, -1.00, -0.08), ("V4", 0.10, -0.08, 1.45, -0.50, 0.42)),
    (("II", 0.15, -0.08, 1.10, -0.18, 0.32), ("aVL", 0.04, -0.04, 0.35, -0.15, 0.10),
     ("V2", 0.08, 0.0, 0.45, -1.35, 0.35), ("V5", 0.10, -0.10, 1.30, -0.25, 0.36)),
    (("III", 0.07, -0.06, 0.45, -0.20, 0.12), ("aVF", 0.11, -0.07, 0.75, -0.18, 0.22),
     ("V3", 0.09, -0.02, 0.85, -0.85, 0.42), ("V6", 0.09, -0.10, 0.95, -0.12, 0.28)),
)  # fmt: skip
Lead = tuple[str, float, float, float, float, float]
RHYTHM: tuple[Lead, ...] = (("II", 0.15, -0.08, 1.10, -0.18, 0.32),)


def _millivolts(moment: float, beats: list[float], heights: tuple[float, ...]) -> float:
    """The sum of five bell curves around the beat which is nearest."""
    beat = min(beats, key=lambda each: abs(moment - each - 0.05))
    return sum(
        height * math.exp(-(((moment - beat - at) / width) ** 2) / 2)
        for height, (at, width) in zip(heights, WAVES, strict=True)
        if abs(moment - beat - at) < 4 * width
    )


def _ecg_paper() -> Image.Image:
    """Red graph paper: a line each millimetre, a stronger one every fifth."""
    width, height = 256 * PIXELS_PER_MM, (4 * ROW_MM + 4) * PIXELS_PER_MM
    paper = Image.new("P", (width, height + BAND))
    paper.putpalette(ECG_PALETTE)
    draw = ImageDraw.Draw(paper)
    for step, colour in ((1, 1), (5, 2)):
        for x in range(0, width, step * PIXELS_PER_MM):
            draw.line((x, BAND, x, height + BAND), fill=colour)
        for y in range(BAND, height + BAND, step * PIXELS_PER_MM):
            draw.line((0, y, width, y), fill=colour)
    return paper


def _trace(
    draw: ImageDraw.ImageDraw, row: int, leads: tuple[Lead, ...], beats: list[float], gain: float
) -> None:
    """One row: its leads one after another, ten seconds in all, each with its name."""
    seconds = 10 / len(leads)
    middle = BAND + (row * ROW_MM + ROW_MM * 0.62) * PIXELS_PER_MM
    for index, (name, *heights) in enumerate(leads):
        start, points = index * seconds, []
        for step in range(int(seconds * 25 * PIXELS_PER_MM)):
            moment = start + step / (25 * PIXELS_PER_MM)
            level = gain * _millivolts(moment, beats, tuple(heights))
            x = (3 + moment * 25) * PIXELS_PER_MM
            points.append((x, middle - level * 10 * PIXELS_PER_MM))
        draw.line(points, fill=3, width=3, joint="curve")
        draw.text((points[0][0] + 4, middle - 19 * PIXELS_PER_MM), name, 3, font(22, bold=True))


def electrocardiogram(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """PNG of twelve leads and a rhythm strip, 25 mm/s and 10 mm/mV on red grid paper."""
    rate, beats = rng.randint(56, 98), [-0.3]
    while beats[-1] < 11:  # noqa: PLR2004 - ten seconds are drawn
        beats.append(beats[-1] + 60 / rate * rng.uniform(0.96, 1.04))
    paper = _ecg_paper()
    draw = ImageDraw.Draw(paper)
    draw.fontmode = "1"
    gain = rng.uniform(0.8, 1.15)
    for row, leads in enumerate((*LEADS, RHYTHM)):
        _trace(draw, row, leads, beats, gain)
    who = f"{latin(subject.name, subject.external_id)}   {subject.date_of_birth:%d.%m.%Y}"
    facts = f"{at_time(rng, on):%d.%m.%Y %H:%M}   {rate}/min   25 mm/s   10 mm/mV"
    draw.text((20, 10), who, 3, fitted(who, 1480, 26, bold=True))
    draw.text((20, 50), facts, 3, font(22))
    stems = ("ECG", "EKG Ruhe", "心电图", "Électrocardiogramme")
    return Sample(dated_name(rng, stems, on, "png"), "image/png", encode(paper, "PNG"))


HOT = ((0.14, 0.52, 0.09, 0.20), (0.66, 0.22, 0.07, 0.16), (0.66, 0.55, 0.09, 0.20),
       (0.60, 0.82, 0.05, 0.10), (0.89, 0.20, 0.06, 0.09), (0.40, 0.70, 0.16, 0.10))  # fmt: skip
SCALE = ("#ffffff", "#2b5fb4", "#27a9c9", "#5dc267", "#f0d33c", "#ee7d22", "#c3201f")


def _sole_pressure(rng: Random, size: tuple[int, int]) -> Image.Image:
    """Pressure under a sole as levels of grey, in the squares of the sensors."""
    load = Image.new("L", size, 40)
    for spot in HOT:
        level = rng.randint(90, 255)
        load = ImageChops.lighter(load, blobs(size, (spot,)).point([0] * 255 + [level]))
    load = load.filter(ImageFilter.GaussianBlur(size[0] / 22))
    pressed = ImageChops.multiply(load, foot_outline(size, toes=True))
    return pressed.reduce(8).resize(size, Image.Resampling.NEAREST).rotate(90, expand=True)


def pressure_map(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """GIF of the pressure under both soles, in colours with a scale in kPa."""
    left, right = (_sole_pressure(rng, (400, 168)) for _ in range(2))
    figure = Image.new("L", (460, 500))
    figure.paste(ImageOps.mirror(left), (20, 60))
    figure.paste(right, (210, 60))
    for level in range(256):
        figure.paste(level, (405, 440 - level * 3 // 2 - 1, 425, 440 - level * 3 // 2 + 1))
    bands = figure.point([level * (len(SCALE) - 1) * 2 // 256 for level in range(256)])
    shown = Image.frombytes("P", bands.size, bands.tobytes())
    shown.putpalette([channel for colour in _ramp() for channel in colour])
    draw, ink = ImageDraw.Draw(shown), len(_ramp()) - 1
    draw.fontmode = "1"
    title = f"Plantar pressure, {on:%d.%m.%Y}"
    draw.text((20, 14), title, ink, font(18, bold=True))
    draw.text((20, 470), latin(subject.external_id, "Patient"), ink, font(14))
    for kpa in (0, 200, 400, 600):
        draw.text((430, 440 - kpa * 382 / 600), str(kpa), ink, font(11), anchor="lm")
    draw.text((405, 462), "kPa", ink, font(13))
    stems = ("Plantar pressure", "足底圧", "Ganganalyse Fußdruck")
    return Sample(dated_name(rng, stems, on, "gif"), "image/gif", encode(shown, "GIF"))


def _ramp() -> list[tuple[int, ...]]:
    """Twelve colours from no pressure to the highest, then ink."""
    ends = [ImageColor.getrgb(each) for each in SCALE]
    steps = [
        tuple((one + other * half) // (1 + half) for one, other in zip(low, high, strict=True))
        for low, high in pairwise(ends)
        for half in (0, 1)
    ]
    return [*steps, (20, 26, 34)]
