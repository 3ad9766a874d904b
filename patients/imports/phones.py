"""Phone numbers by the hundred thousand, as the `phonenumbers` library would say, but sooner.

A number in one of two plain forms, `0412 345 678` or `+61 412 345 678` where the clinic is, is held
against the library's own patterns of that country. Whatever is written in another way, or does not
match, goes to the library; so the short way never refuses and never differs.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber, to_python

from patients.phones import CheckedPhone

_PLAIN = re.compile(r"\+?[0-9(][0-9 ()-]{5,28}[0-9]", re.ASCII)
_SEPARATORS = str.maketrans("", "", " ()-")


@dataclass(frozen=True)
class Region:
    """What the short way needs of a country; without `numbers` it is not taken."""

    name: str
    code: int  # as in +61
    prefix: str = ""  # before a national number; empty where the country's rule is not this plain
    numbers: re.Pattern[str] | None = None  # landlines and mobiles, without any prefix
    abroad: re.Pattern[str] | None = None  # what is dialled before a foreign number


@lru_cache(maxsize=8)
def region_of(name: str) -> Region:
    """Return the plain rules of a country by the library's own data."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(name)
    code = phonenumbers.country_code_for_region(name)
    first = phonenumbers.region_code_for_country_code(code) == name
    if metadata is None or not first or metadata.leading_digits:
        return Region(name, code)  # a country that shares another's code
    kinds = (metadata.fixed_line, metadata.mobile, metadata.general_desc)
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None]
    if len(patterns) != len(kinds) or None in patterns:
        return Region(name, code)
    line, mobile, general = patterns
    plain = metadata.national_prefix == "0" and not metadata.national_prefix_transform_rule
    return Region(
        name,
        code,
        "0" if plain else "",
        re.compile(f"(?=[1-9])(?=(?:{general})\\Z)(?:{line}|{mobile})", re.ASCII),
        re.compile(metadata.international_prefix or r"(?!)", re.ASCII),
    )


def phone_of(text: str) -> CheckedPhone | None:
    """Return a valid number, or None for what is none."""
    region = region_of(settings.PHONENUMBER_DEFAULT_REGION)
    national = _national(text, region)
    if national:
        number = CheckedPhone(
            country_code=region.code, national_number=int(national), raw_input=text
        )
        number._valid = True
        return number
    found = to_python(text, region=region.name)
    if not isinstance(found, PhoneNumber):
        return None
    checked = CheckedPhone.of(found)
    return checked if checked.is_valid() else None


def _national(text: str, region: Region) -> str:
    """Return the national number of a text in plain form, or an empty string."""
    if region.numbers is None or not _PLAIN.fullmatch(text):
        return ""
    digits = text.translate(_SEPARATORS)
    start = f"+{region.code}" if digits[0] == "+" else region.prefix
    if not start or not digits.startswith(start):
        return ""
    if digits[0] != "+" and region.abroad is not None and region.abroad.match(digits):
        return ""
    national = digits[len(start) :]
    return national if region.numbers.fullmatch(national) else ""
