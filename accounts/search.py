"""Finding rows by any part of what is written in them, among a million.

A model that is searched has `search_text`, a generated column of `accounts.folding.folded`, and an
index of `grams("search_text")`.
"""

import re
from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet, UUIDField

from accounts.folding import fold, grams, grams_of

MAX_WORDS = 10
MAX_LENGTH = 300  # characters that are looked at; no field that is searched is longer
MIN_PHONE_DIGITS = 6
COMMON = 0.025  # of all patients; what more of them have is looked for without the index
GAP = 8  # times the average distance between two hits
_PHONE = re.compile(r"\+?[\d\s().\-/]+", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
HAS = "strpos(search_text, %s) > 0"
SAMPLED = 2_000  # rows, of a large table; a hundredth of a smaller one
SAMPLE = """
    WITH sample AS MATERIALIZED (
        SELECT {place} AS place, {condition} AS hit FROM "{table}" TABLESAMPLE SYSTEM (
            (SELECT least(1, {sampled} * 100.0 / greatest(reltuples, 1))
               FROM pg_class WHERE oid = '"{table}"'::regclass))),
    ends AS MATERIALIZED (
        SELECT min(place) AS first, max(place) AS last FROM sample WHERE hit)
    SELECT count(*), count(*) FILTER (WHERE hit),
           count(*) FILTER (WHERE place < first), count(*) FILTER (WHERE place > last)
      FROM sample, ends"""

# What is wanted: one of the ways to say it; in each, all the words; of each, one of its forms.
Wanted = list[list[list[str]]]


def search_rows(
    rows: QuerySet[Any], text: str, *, order: str, phones: bool = False
) -> QuerySet[Any]:
    """Return those with each word of the text in what is searched.

    Case and accents make no difference. With `phones`, what looks like a phone number is also
    compared by its digits alone, without the zero of the trunk: 0412 345 678 finds +61412345678.
    `order` is the column by which the list is going to be read.

    The planner cannot know how many have a word: it takes the runs of letters in "gmail" for
    independent of each other and expects next to none. So a sample of the table is counted first.
    What is rare is fetched through the index of runs, and sorted. What is common is found by
    reading in the order of the list: the first page is soon full.
    """
    if _UNSTORABLE.search(text):
        return rows.none()
    wanted = wanted_by(text[:MAX_LENGTH], phones=phones)
    if not wanted:
        return rows
    found = rows.filter(_condition(wanted, _contains))
    if _is_common(rows, wanted, order):
        return found
    return found.alias(search_grams=grams("search_text")).filter(_condition(wanted, _has_grams))


def _is_common(rows: QuerySet[Any], wanted: Wanted, order: str) -> bool:
    """Say whether many have it, all along the list; from a sample of the table's pages.

    A surname is frequent and yet all in one place: reading there in the order of names would be
    long. Were the hits anywhere, a run without one would hardly be `GAP` times the average.
    """
    forms = [form for way in wanted for forms in way for form in forms]
    condition = " OR ".join(
        "(" + " AND ".join("(" + " OR ".join([HAS] * len(forms)) + ")" for forms in way) + ")"
        for way in wanted
    )
    column = rows.model._meta.get_field(order)
    # PostgreSQL knows no smallest UUID; as texts they have the same order.
    place = f"{column.column}::text" if isinstance(column, UUIDField) else column.column
    table = rows.model._meta.db_table
    sample = SAMPLE.format(table=table, condition=condition, place=place, sampled=SAMPLED)
    with connections[rows.db].cursor() as cursor:
        cursor.execute(sample, forms)
        seen, hits, before, after = cursor.fetchone()
    return bool(hits > max(1, seen * COMMON) and max(before, after) * hits <= GAP * seen)


def wanted_by(text: str, *, phones: bool) -> Wanted:
    """Return what a text asks for: its words, or its digits where the whole is a phone number."""
    words = list(dict.fromkeys(fold(text).split()))[:MAX_WORDS]
    if not phones:
        return [[[word] for word in words]] if words else []
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
