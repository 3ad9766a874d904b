"""No record is left out, however people add and remove others while the pages are read."""

import random

import pytest

from filemaker.client import Page, Record
from filemaker.paging import PAGE, Walk
from jobs.errors import TransientError
from tests.filemaker.emulated_records import another, documents

SIZE = 5


def walk(client, size=SIZE):
    return Walk(
        lambda offset, limit: client.page("API_Docs", offset=offset, limit=limit, sort="id"),
        size=size,
    )


def ids(records):
    return [record.fields["id"] for record in records]


def ordered(fm):
    return sorted(row.id for row in fm.docs)


@pytest.mark.parametrize("size", [2, 3, 5, 19, 20, 21, 100])
def test_each_record_comes_once_in_order_whatever_the_page(client, fm, size):
    walked = walk(client, size)
    assert ids(walked) == ordered(fm)
    assert (walked.found, walked.seen) == (20, 20)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_tables_of_almost_nothing(client, fm, number):
    del fm.docs[number:]
    walked = walk(client)
    assert len(ids(walked)) == walked.found == walked.seen == number


def test_a_server_that_gives_less_than_asked_is_no_end(client, fm):
    fm.habits.page_limit = 3
    assert ids(walk(client)) == ordered(fm)


def remove(fm, record_id):
    fm.docs[:] = [row for row in fm.docs if row.id != record_id]


@pytest.mark.parametrize("how_many", [1, 2, 4, 5, 6, 9])
@pytest.mark.parametrize("at", [5, 9, 13])
def test_what_is_removed_before_our_place_makes_us_miss_nothing(client, fm, how_many, at):
    """Paging by position alone would leave out as many as were removed."""
    before = ordered(fm)
    gone = before[:how_many]

    def people(layout, offset):
        if offset >= at:
            for one in gone:
                remove(fm, one)

    fm.before_page = people
    found = ids(walk(client))
    assert len(found) == len(set(found))
    assert set(before) - set(gone) <= set(found)


@pytest.mark.parametrize("how_many", [1, 5, 12])
def test_what_is_added_before_our_place_makes_nothing_come_twice(client, fm, how_many):
    before = ordered(fm)
    new = list(documents(99, how_many, fm.contacts))

    def people(layout, offset):
        if offset >= 9 and new:
            for number, row in enumerate(new):
                row.record_id = 1_000 + number
                row.fields["id"] = f"0000{number:04}"
                fm.docs.append(row)
            new.clear()

    fm.before_page = people
    found = ids(walk(client))
    assert len(found) == len(set(found))
    assert set(before) <= set(found)


@pytest.mark.parametrize("seed", range(25))
def test_any_traffic_leaves_out_nothing_that_was_there_all_the_time(client, fm, seed):
    rng = random.Random(seed)
    stays = set(ordered(fm))
    spare = list(documents(seed + 500, 40, fm.contacts))

    def people(layout, offset):
        for _ in range(rng.randint(0, 3)):
            if rng.random() < 0.5 and spare:
                row = spare.pop()
                row.record_id = 5_000 + len(spare)
                fm.docs.append(row)
            elif len(fm.docs) > 6:
                stays.discard(fm.docs.pop(rng.randrange(len(fm.docs))).id)

    fm.before_page = people
    found = ids(walk(client))
    assert len(found) == len(set(found))
    assert stays <= set(found)


def test_removed_down_to_nothing(client, fm):
    def people(layout, offset):
        if offset > 1:
            fm.docs.clear()

    fm.before_page = people
    walked = walk(client)
    assert len(ids(walked)) == 5
    assert walked.found == 0


def test_records_of_one_id_both_come(client, fm):
    fm.docs.append(another(fm.docs[0], record_id=77))
    found = [record.record_id for record in walk(client)]
    assert len(found) == 21
    assert {"1", "77"} <= set(found)


def test_a_server_that_announces_what_it_never_gives_ends_in_an_error():
    record = Record("1", "0", {"id": "A"})
    with pytest.raises(TransientError) as failed:
        list(Walk(lambda offset, limit: Page((record,), 500)))
    assert failed.value.code == "source_changing"


def test_a_million_records_do_not_fill_memory():
    number = 30 * PAGE

    def fetch(offset, limit):
        shown = range(offset, min(offset + limit, number + 1))
        return Page(tuple(Record(str(n), "0", {"id": n}) for n in shown), number)

    walked = Walk(fetch)
    assert sum(1 for _ in walked) == number
    assert len(walked._recent) <= 21 * PAGE
