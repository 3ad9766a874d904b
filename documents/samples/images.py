"""Pictures: photographs, insurance cards and trend charts, drawn rather than taken."""

import datetime as dt
import math
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

import pillow_heif
import reportlab
from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

from documents.samples import text as facts
from documents.samples.text import Sample, Subject, at_time, dated_name, latin

PHOTO = (1200, 900)
HALF = (600, 450)  # photographs are shaded at half size, then enlarged: four times fewer pixels
PIXELS_PER_MM = 4
DRAPES = (("#16424a", "#5b9aa3"), ("#1d3557", "#6f93bd"), ("#3f4a3c", "#93a38b"))
SKINS = (
    ("#8a5a44", "#dba98c", "#f6d9c4"), ("#5d3b2a", "#b07b58", "#d9aa86"),
    ("#3a2419", "#7d5138", "#ad7d5d"),
)  # fmt: skip
WOUND = (("#d8b183", 1.3), ("#c9705c", 1.1), ("#7a2023", 1.0), ("#a8332f", 0.85), ("#bf5145", 0.5))
FOAMS = (
    ("#14213d", "#3b5b92", "#7d9ccc"), ("#5a1e1e", "#a94438", "#d98a73"),
    ("#23331f", "#55774a", "#96b588"),
)  # fmt: skip
COVER = ("#3b3a38", "#63615d", "#8d8a84")
PADS = ((0.16, 0.52, 0.10, 0.22), (0.56, 0.47, 0.06, 0.17))  # heel and metatarsal pads
TABLE, TURNED, LOCATED = ("#877f70", "#e2dccd"), 0.3, 0.4
INSURERS = (("#1b6f8a", "Meridian Mutual Health"), ("#7b2d43", "Kranich Krankenkasse"),
            ("#2f6b3c", "Santé Solidaire du Lac"))  # fmt: skip
FOOT = (  # heel to the left, big toe above: centre and radii in shares of length and breadth
    (0.15, 0.52, 0.14, 0.27), (0.30, 0.60, 0.16, 0.21), (0.45, 0.60, 0.18, 0.23),
    (0.62, 0.50, 0.16, 0.40), (0.68, 0.40, 0.13, 0.33),
)  # fmt: skip
TOES = (
    (0.875, 0.205, 0.115, 0.140), (0.885, 0.430, 0.100, 0.078), (0.850, 0.590, 0.095, 0.070),
    (0.800, 0.730, 0.090, 0.064), (0.735, 0.855, 0.082, 0.060),
)  # fmt: skip


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The typeface which reportlab brings along: the same on every machine."""
    file = Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")
    return ImageFont.truetype(file, size)


def fitted(text: str, width: float, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The largest font up to `size` in which the text is no wider than `width`."""
    while size > 8 and font(size, bold=bold).getlength(text) > width:  # noqa: PLR2004
        size -= 1
    return font(size, bold=bold)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _noise(rng: Random, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))


def blobs(size: tuple[int, int], shapes: tuple[tuple[float, ...], ...]) -> Image.Image:
    """Ellipses given in shares of the size, as a mask."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    width, height = size
    for x, y, across, down in shapes:
        box = ((x - across) * width, (y - down) * height, (x + across) * width, (y + down) * height)
        draw.ellipse(box, fill=255)
    return mask


def _melted(mask: Image.Image, radius: float) -> Image.Image:
    """Neighbouring shapes grown together with smooth edges."""
    steep = [min(255, max(0, (level - 118) * 12)) for level in range(256)]
    return mask.filter(ImageFilter.GaussianBlur(radius)).point(steep)


def foot_outline(size: tuple[int, int], *, toes: bool) -> Image.Image:
    """The outline of a left sole: with toes as a foot, without as an insole."""
    front = ((0.80, 0.45, 0.17, 0.36), (0.88, 0.32, 0.10, 0.22))
    sole = _melted(blobs(size, FOOT if toes else FOOT + front), size[0] / 28)
    return ImageChops.lighter(sole, _melted(blobs(size, TOES), 2)) if toes else sole


def _ground(rng: Random, tones: tuple[str, str]) -> Image.Image:
    """A cloth with soft folds, lit from one side."""
    folds = _noise(rng, (7, 5)).resize(HALF, Image.Resampling.BICUBIC)
    light = Image.linear_gradient("L").resize(HALF)
    return ImageOps.colorize(Image.blend(light, folds, 0.35), *tones)


def _solid(rng: Random, mask: Image.Image, tones: tuple[str, str, str]) -> Image.Image:
    """The surface of something rounded: darker towards its edge, slightly mottled."""
    depth = mask.filter(ImageFilter.GaussianBlur(22))
    mottle = _noise(rng, (48, 36)).resize(mask.size, Image.Resampling.BICUBIC)
    return ImageOps.colorize(Image.blend(depth, mottle, 0.16), tones[0], tones[2], tones[1])


def _place(rng: Random, scene: Image.Image, mask: Image.Image, tones: tuple[str, str, str]) -> None:
    """Lay a rounded thing with its shadow onto the scene."""
    shadow = ImageChops.offset(mask.filter(ImageFilter.GaussianBlur(9)), 7, 9)
    scene.paste("#0a1418", mask=shadow.point([level * 6 // 10 for level in range(256)]))
    scene.paste(_solid(rng, mask, tones), mask=mask.filter(ImageFilter.GaussianBlur(1)))


def _wound(rng: Random, scene: Image.Image, x: float, y: float, radius: float) -> None:
    """A callused rim with granulating tissue inside, irregular in outline."""
    turns = [rng.uniform(0.8, 1.12) for _ in range(24)]
    tissue = _noise(rng, (100, 75)).resize(scene.size, Image.Resampling.BICUBIC)
    for colour, share in WOUND:
        mask, points = Image.new("L", scene.size), []
        for index, turn in enumerate(turns):
            angle = math.tau * index / len(turns)
            reach = radius * share * turn
            points.append((x + 1.25 * reach * math.cos(angle), y + reach * math.sin(angle)))
        ImageDraw.Draw(mask).polygon(points, fill=190 if share > 1 else 235)
        grain = ImageOps.colorize(tissue, "#2a0708", "#ffe9d8", colour)
        mask = mask.filter(ImageFilter.GaussianBlur(radius / 14))
        scene.paste(Image.blend(Image.new("RGB", scene.size, colour), grain, 0.35), mask=mask)


def _ruler(length_mm: int, caption: str) -> Image.Image:
    """A paper ruler with millimetres, centimetres and a caption."""
    size = (length_mm * PIXELS_PER_MM + 40, 92)
    ruler = Image.new("RGBA", size, "#f7f6f1")
    draw = ImageDraw.Draw(ruler)
    for mm in range(length_mm + 1):
        x = 20 + mm * PIXELS_PER_MM
        reach = 30 if mm % 10 == 0 else 22 if mm % 5 == 0 else 13
        draw.line((x, 0, x, reach), fill="#1b1b1b", width=1 + (mm % 10 == 0))
        if mm % 10 == 0:
            draw.text((x, 34), str(mm // 10), "#1b1b1b", font(17), anchor="ma")
    draw.text((20, 64), caption, "#1b1b1b", fitted(caption, size[0] - 40, 18, bold=True))
    return ruler


def _photograph(rng: Random, scene: Image.Image, caption: str, at: tuple[int, int]) -> Image.Image:
    """The scene at full size with a ruler laid into it and the grain of a sensor."""
    photo = scene.resize(PHOTO, Image.Resampling.BICUBIC)
    ruler = _ruler(120, caption).rotate(rng.uniform(-4, 4), Image.Resampling.BICUBIC, expand=True)
    photo.paste(ruler, at, ruler)
    grain = _noise(rng, HALF).resize(PHOTO).convert("RGB")
    return Image.blend(photo, grain, 0.045)


def _caption(subject: Subject, on: dt.date) -> str:
    return f"{latin(subject.external_id, 'Patient')}   {on.isoformat()}"


def _taken(rng: Random, moment: dt.datetime, *, located: bool) -> Image.Exif:
    """EXIF of a telephone's camera; `located` adds a position."""
    exif, stamp = Image.Exif(), f"{moment:%Y:%m:%d %H:%M:%S}"
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Lumora", "Clinic Phone 4"
    exif[ExifTags.Base.DateTime] = stamp
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = stamp
    if located:
        position = exif.get_ifd(ExifTags.IFD.GPSInfo)
        position[ExifTags.GPS.GPSLatitudeRef], position[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
        position[ExifTags.GPS.GPSLatitude] = (52.0, float(rng.randrange(60)), 12.5)
        position[ExifTags.GPS.GPSLongitude] = (4.0, float(rng.randrange(60)), 41.0)
    return exif


def clinical_photo(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """JPEG of a sole with a lesion and a ruler, dated by EXIF and in some with a position."""
    scene, moment = _ground(rng, rng.choice(DRAPES)), at_time(rng, on)
    mask = Image.new("L", HALF)
    mask.paste(foot_outline((480, 205), toes=True), (70, 60))
    _place(rng, scene, mask, rng.choice(SKINS))
    x, y = rng.choice(((375, 118), (385, 165), (390, 210), (150, 165)))
    _wound(rng, scene, x, y, rng.uniform(9, 15))
    photo = _photograph(rng, scene, _caption(subject, on), (rng.randint(200, 500), 640))
    if rng.random() < TURNED:
        photo = photo.transpose(Image.Transpose.ROTATE_180)
    exif = _taken(rng, moment, located=rng.random() < LOCATED)
    body = encode(photo, "JPEG", quality=80, exif=exif)
    return Sample(f"IMG_{moment:%Y%m%d_%H%M%S}.jpg", "image/jpeg", body)


def wound_photo(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """WebP close-up of a wound which fills the middle of the frame, with a ruler below."""
    tones = rng.choice(SKINS)
    skin = Image.radial_gradient("L").resize(HALF)
    mottle = _noise(rng, (90, 68)).resize(HALF, Image.Resampling.BICUBIC)
    shade = Image.blend(ImageOps.invert(skin), mottle, 0.14)
    scene = ImageOps.colorize(shade, tones[0], tones[2], tones[1])
    _wound(rng, scene, rng.uniform(250, 350), rng.uniform(150, 190), rng.uniform(55, 80))
    photo = _photograph(rng, scene, _caption(subject, on), (rng.randint(120, 500), 690))
    name = dated_name(rng, ("Wound photo", "Wunde Fußsohle", "Úlcera plantar"), on, "webp")
    return Sample(name, "image/webp", encode(photo, "WEBP", quality=78, method=2))


def insole_photo(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """HEIC photograph of a pair of custom insoles with a ruler."""
    scene, moment, tones = _ground(rng, TABLE), at_time(rng, on), rng.choice(FOAMS)
    insole = foot_outline((430, 150), toes=False)
    cover = blobs(insole.size, PADS)
    shifts = [80 + rng.randint(-25, 25) for _ in range(2)]
    for shape, colours in ((insole, tones), (cover, COVER)):
        pair = Image.new("L", HALF)
        pair.paste(shape, (shifts[0], 10))
        pair.paste(ImageOps.flip(shape), (shifts[1], 168))
        _place(rng, scene, pair, colours)
    photo = _photograph(rng, scene, _caption(subject, on), (rng.randint(200, 500), 730))
    buffer = BytesIO()
    picture = pillow_heif.from_pillow(photo.resize((720, 540)))
    picture.info["exif"] = _taken(rng, moment, located=rng.random() < LOCATED).tobytes()
    picture.save(buffer, quality=60, enc_params={"preset": "ultrafast"})
    return Sample(f"IMG_{rng.randint(1000, 9999)}.heic", "image/heic", buffer.getvalue())


def insurance_card(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """JPEG of a health insurance card lying on a desk."""
    accent, insurer = rng.choice(INSURERS)
    card = ImageOps.colorize(Image.linear_gradient("L").resize((1000, 630)), "#ffffff", accent)
    card = Image.blend(card, Image.new("RGB", card.size, "#ffffff"), 0.5)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, 1000, 130), fill=accent)
    draw.text((50, 65), insurer, "white", fitted(insurer, 690, 46, bold=True), anchor="lm")
    draw.text((950, 65), "HEALTH CARD", "white", font(24), anchor="rm")
    draw.rounded_rectangle((60, 190, 190, 290), 16, fill="#d9b54a", outline="#8a6d1f", width=3)
    draw.line((60, 240, 190, 240, 125, 240, 125, 190, 125, 290), fill="#8a6d1f", width=3)
    number = " ".join(f"{rng.randrange(10000):04d}" for _ in range(3))
    fields = (
        (60, 330, 880, "Name", latin(subject.name, f"Member {subject.external_id}")),
        (60, 430, 380, "Date of birth", f"{subject.date_of_birth:%d.%m.%Y}"),
        (480, 430, 460, "Valid until", f"12/{on.year + rng.randint(1, 4)}"),
        (60, 530, 880, "Insured no.", f"X{number}"),
    )
    for x, y, width, label, text in fields:
        draw.text((x, y), label, "#33414d", font(20))
        draw.text((x, y + 26), text, "#10181f", fitted(text, width, 38, bold=True))
    name = f"Insurance card {rng.choice(('front', 'Vorderseite', 'recto'))} {on:%Y-%m}.jpg"
    return Sample(name, "image/jpeg", encode(_on_desk(rng, card), "JPEG", quality=80))


def _on_desk(rng: Random, card: Image.Image) -> Image.Image:
    """The card, slightly turned, with rounded corners and a shadow."""
    grey = rng.choice(("#8b7d6b", "#6f7780", "#a39a8c"))
    desk = ImageOps.colorize(_noise(rng, (150, 6)).resize(PHOTO), "#3b342c", "#d8d0c4", grey)
    desk = Image.blend(Image.new("RGB", PHOTO, grey), desk, 0.25)
    mask = Image.new("L", card.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 999, 629), 42, fill=255)
    turn, smooth = rng.uniform(-3, 3), Image.Resampling.BICUBIC
    card, mask = (each.rotate(turn, smooth, expand=True) for each in (card, mask))
    left, top = (PHOTO[0] - card.width) // 2, (PHOTO[1] - card.height) // 2
    soft = ImageOps.expand(mask, 30).reduce(4).filter(ImageFilter.GaussianBlur(4))
    soft = soft.resize((card.width + 60, card.height + 60)).point([v // 2 for v in range(256)])
    desk.paste("black", (left - 20, top - 16), soft)
    desk.paste(card, (left, top), mask)
    return Image.blend(desk, _noise(rng, HALF).resize(PHOTO).convert("RGB"), 0.03)


def _axes(draw: ImageDraw.ImageDraw, test: facts.Analyte, bounds: tuple[float, float]) -> None:
    """Grid lines with their values, and the reference range as a green band."""
    low, high = bounds
    top, bottom = (_height(bounds, each) for each in (test.high, test.low))
    draw.rectangle((110, top, 960, bottom), fill="#e2f2e5")
    for step in range(6):
        value = low + (high - low) * step / 5
        y = _height(bounds, value)
        draw.line((110, y, 960, y), fill="#cdd5dc")
        draw.text((98, y), f"{value:.{max(1, test.digits)}f}", "#45515c", font(17), anchor="rm")
    draw.text((952, top + 6), "reference", "#3f7d4c", font(15), anchor="ra")


def _height(bounds: tuple[float, float], value: float) -> float:
    low, high = bounds
    return 480 - 370 * (value - low) / (high - low)


def trend_chart(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """PNG of one test over eight visits against its reference range."""
    test = rng.choice([each for panel in facts.PANELS.values() for each in panel])
    values = [facts.measure(rng, test).value for _ in range(8)]
    room = (test.high - test.low) * 0.15
    bounds = max(0.0, min(*values, test.low) - room), max(*values, test.high) + room
    chart = Image.new("RGB", (1000, 580), "#ffffff")
    draw = ImageDraw.Draw(chart)
    draw.text((40, 24), f"{test.name} ({test.unit})", "#17324a", font(28, bold=True))
    who = f"{latin(subject.name, subject.external_id)} · {latin(subject.clinic, 'Clinic')}"
    draw.text((40, 66), who, "#5a6671", fitted(who, 900, 18))
    _axes(draw, test, bounds)
    points = [(150 + 110 * at, _height(bounds, value)) for at, value in enumerate(values)]
    draw.line(points, fill="#1f5a7a", width=4, joint="curve")
    for (x, y), value, ago in zip(points, values, range(7, -1, -1), strict=True):
        inside = test.low <= value <= test.high
        draw.circle((x, y), 8, fill="#1f5a7a" if inside else "#b3261e", outline="white", width=2)
        visit = on - dt.timedelta(days=91 * ago)
        draw.text((x, 500), f"{visit:%m/%Y}", "#45515c", font(17), anchor="ma")
    name = dated_name(rng, ("Trend", "Verlauf", "Évolution"), on, "png")
    return Sample(name, "image/png", encode(chart, "PNG"))
