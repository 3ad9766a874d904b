"""Finding patients by any part of a name, e-mail, phone or number, among hundreds of thousands."""

import re
from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from patients.folding import fold, grams, grams_of

MAX_WORDS = 10
MAX_LENGTH = 300  # characters that are looked at; no field that is searched is longer
MIN_PHONE_DIGITS = 6
COMMON = 0.025  # of all patients; what more of them have is looked for without the index
GAP = 8  # times the average distance between two hits
_PHONE = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
HAS = "strpos(search_text, %s) > 0"
SAMPLE = """
    WITH sample AS MATERIALIZED (
        SELECT last_name, {condition} AS hit FROM "{table}" TABLESAMPLE SYSTEM (1)),
    ends AS MATERIALIZED (
        SELECT min(last_name) AS first, max(last_name) AS last FROM sample WHERE hit)
    SELECT count(*), count(*) FILTER (WHERE hit),
           count(*) FILTER (WHERE last_name < first), count(*) FILTER (WHERE last_name > last)
      FROM sample, ends"""

# What is wanted: one of the ways to say it; in each, all the words; of each, one of its forms.
Wanted = list[list[list[str]]]


def search_patients(patients: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return those with each word of the text in a name, e-mail, phone or external id.

    Case and accents make no difference. What looks like a phone number is also compared by its
    digits alone, without the zero of the trunk: 0412 345 678 finds +61412345678.

    The planner cannot know how many have a word: it takes the runs of letters in "gmail" for
    independent of each other and expects next to none. So one page in a hundred is counted first.
    What is rare is fetched through the index of runs, and sorted. What is common is found by
    reading in the order of the list: the first page is soon full.
    """
    if _UNSTORABLE.search(text):
        return patients.none()
    wanted = wanted_by(text[:MAX_LENGTH])
    if not wanted:
        return patients
    found = patients.filter(_condition(wanted, _contains))
    if _is_common(patients, wanted):
        return found
    return found.alias(search_grams=grams("search_text")).filter(_condition(wanted, _has_grams))


def _is_common(patients: QuerySet[Any], wanted: Wanted) -> bool:
    """Say whether many have it, all along the list; from a sample of the table's pages.

    A surname is frequent and yet all in one place: reading there in the order of names would be
    long. Were the hits anywhere, a run without one would hardly be `GAP` times the average.
    """
    forms = [form for way in wanted for forms in way for form in forms]
    condition = " OR ".join(
        "(" + " AND ".join("(" + " OR ".join([HAS] * len(forms)) + ")" for forms in way) + ")"
        for way in wanted
    )
    table = patients.model._meta.db_table
    with connections[patients.db].cursor() as cursor:
        cursor.execute(SAMPLE.format(table=table, condition=condition), forms)
        seen, hits, before, after = cursor.fetchone()
    return bool(hits > max(1, seen * COMMON) and max(before, after) * hits <= GAP * seen)


def wanted_by(text: str) -> Wanted:
    """Return what a text asks for: its words, or its digits where the whole is a phone number."""
    words = list(dict.fromkeys(fold(text).split()))[:MAX_WORDS]
    ways = [[list(dict.fromkeys([word, *_digits(word)])) for word in words]] if words else []
    whole = [[found] for found in _digits(text)] if len(words) > 1 else []
    return [*ways, whole] if whole else ways


def _digits(text: str) -> Iterable[str]:
    """Yield the digits of a phone number as they stand in an international one."""
    if not _PHONE.fullmatch(text.strip()):
        return
    digits = re.sub(r"\D", "", text.replace("(0)", "")).lstrip("0")
    if len(digits) >= MIN_PHONE_DIGITS:
        yield digits


def _condition(wanted: Wanted, of: Callable[[str], Q]) -> Q:
    ways = (_all(_any(map(of, forms)) for forms in way) for way in wanted)
    return _any(ways)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions)


def _all(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions)


def _contains(form: str) -> Q:
    return Q(search_text__contains=form)


def _has_grams(form: str) -> Q:
    return Q(search_grams__contains=grams_of(form))
