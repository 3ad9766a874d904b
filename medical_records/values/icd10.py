"""ICD-10-CM codes: whether there is such a code, and which ones fit what somebody types.

ICD-10-CM is the clinical modification of the United States (CDC, in the public domain); here it
is the release of fiscal year 2026 with its update of April 2026. Australia's ICD-10-AM is
licensed, and its codes differ in places.

The codes are read once per process, when first asked for, by whichever thread comes first: 2 to 3 s
and 55 MB. A search then takes 0.1 to 10 ms, up to 30 ms for many one-letter words.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from threading import Lock

from medical_records.values.icd10_data import read_codes

LONGEST = 200  # characters of a search; what is longer finds nothing
LONGEST_CODE = 20  # characters, spaces and all
CODE = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?\Z", re.ASCII)
PREFIX = re.compile(r"[A-Z](?:\d[0-9A-Z]{0,5})?\Z", re.ASCII)
SIZES = range(3, 8)  # characters of a code, without its dot
WORD = re.compile(r"[^\W_]+")
APOSTROPHES = re.compile("['’ʼ`]")
LAST = "\U0010ffff"  # sorts behind all that begins alike
_reading = Lock()


@dataclass(frozen=True, slots=True)
class Icd10Code:
    """`billable` tells a code that is used as it is from a heading such as E11."""

    code: str
    description: str
    billable: bool


@dataclass(frozen=True, slots=True)
class _Index:
    """Codes are numbered by length of description, then code: smaller numbers come first."""

    codes: list[Icd10Code]
    numbers: dict[str, int]  # by the code without its dot
    bare: list[str]  # the codes without their dots, sorted
    words: list[str]  # of all descriptions, sorted
    holders: "list[array[int]]"  # the numbers of the codes that have the word


def icd10_code(text: str) -> Icd10Code | None:
    """Return the code that a text names (`E11.9`, `e119`, `e11 9`), or None."""
    if len(text) > LONGEST_CODE:
        return None
    spelled = "".join(text.split()).upper()
    if not CODE.match(spelled):
        return None
    index = _index()
    number = index.numbers.get(spelled.replace(".", ""))
    return None if number is None else index.codes[number]


def search_icd10(text: str, limit: int = 20) -> list[Icd10Code]:
    """Return codes that begin with the text, then those whose description has all its words.

    Of the first, the exact code and shorter ones come first; of the others, those that have the
    very words, then those with words that begin so, shorter descriptions first. Case, accents
    and apostrophes do not matter.
    """
    if len(text) > LONGEST or limit < 1:
        return []
    wanted = set(_words(text))
    if not wanted:
        return []
    index = _index()
    found = dict.fromkeys(_by_prefix(index, text, limit))
    for exact in (True, False):
        if len(found) < limit:
            more = _by_words(index, wanted, exact=exact) - found.keys()
            found |= dict.fromkeys(nsmallest(limit - len(found), more))
    return [index.codes[number] for number in found]


def _by_prefix(index: _Index, text: str, limit: int) -> Iterator[int]:
    prefix = "".join(text.split()).replace(".", "").upper()
    if not PREFIX.match(prefix):
        return
    first, end = _span(index.bare, prefix)
    for size in SIZES:
        for place in range(first, end):
            if len(index.bare[place]) == size:
                yield index.numbers[index.bare[place]]
                limit -= 1
                if not limit:
                    return


def _by_words(index: _Index, wanted: set[str], *, exact: bool) -> set[int]:
    spans = [_span(index.words, word, exact=exact) for word in wanted]
    held = [index.holders[first:end] for first, end in spans]
    held.sort(key=lambda arrays: sum(map(len, arrays)))
    found = set().union(*held[0])
    for arrays in held[1:]:
        if not found:
            break
        found = set().union(*(found.intersection(numbers) for numbers in arrays))
    return found


def _span(words: list[str], word: str, *, exact: bool = False) -> tuple[int, int]:
    first = bisect_left(words, word)
    if exact:
        return first, first + (words[first : first + 1] == [word])
    return first, bisect_left(words, word + LAST)


def _words(text: str) -> list[str]:
    plain = APOSTROPHES.sub("", text).casefold()
    if not plain.isascii():  # ASCII has no accents to take off: nearly all descriptions
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in apart if not unicodedata.combining(char))
    return WORD.findall(plain)


def _index() -> _Index:
    with _reading:  # two threads that come first at once would both read
        return _read()


@cache
def _read() -> _Index:
    codes = [Icd10Code(*found) for found in read_codes()]
    codes.sort(key=lambda found: (len(found.description), found.code))
    numbers: dict[str, int] = {}
    holders: dict[str, array[int]] = {}
    for number, found in enumerate(codes):
        numbers[found.code.replace(".", "")] = number
        for word in set(_words(found.description)):
            holders.setdefault(word, array("I")).append(number)
    words = sorted(holders)
    return _Index(codes, numbers, sorted(numbers), words, [holders[word] for word in words])
