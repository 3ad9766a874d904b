"""The first lines of a text and the first rows of a CSV, as JSON and never as a page."""

import pytest
from hypothesis import given, settings, strategies as st

from accounts.audit.models import AccessLog
from documents.services.text_heads import HEAD, LONGEST, MOST_CELLS, MOST_LINES, head_of
from documents.storage import object_store
from tests.documents.helpers import assert_problem, upload
from tests.documents.previews.test_showing import address
from tests.documents.verify.helpers import compress


def head(body, *, is_csv=False):
    return head_of(body[:HEAD], whole=len(body) <= HEAD, is_csv=is_csv)


@pytest.mark.parametrize(
    ("body", "charset", "lines"),
    [
        ("Größe\r\nzwei".encode(), "utf-8", ["Größe", "zwei"]),
        ("\ufeffGröße\n".encode(), "utf-8", ["Größe"]),
        ("Größe".encode("cp1252"), "windows-1252", ["Größe"]),
        (b"\xff\xfe" + "足底圧\n".encode("utf-16-le"), "utf-16-le", ["足底圧"]),
        (b"\xfe\xff" + "足底圧\n".encode("utf-16-be"), "utf-16-be", ["足底圧"]),
        (b"", "utf-8", []),
        (b"a\rb\n\nc", "utf-8", ["a", "b", "", "c"]),
    ],
)
def test_the_character_set_is_found(body, charset, lines):
    found = head(body)
    assert (found.charset, found.lines, found.truncated) == (charset, lines, False)


def test_what_is_long_is_cut_and_says_so():
    many = head(b"x\n" * (MOST_LINES + 1))
    assert (len(many.lines), many.truncated) == (MOST_LINES, True)
    wide = head(b"x" * (LONGEST + 1))
    assert (wide.lines, wide.truncated) == (["x" * LONGEST], True)
    # A character of three bytes across the end of what is read is no other character set.
    cut = head(b"ab\n" + "足".encode() * HEAD)
    assert (cut.charset, cut.lines, cut.truncated) == ("utf-8", ["ab"], True)
    cells = head(b";".join([b"1"] * (MOST_CELLS + 1)), is_csv=True)
    assert ([len(row) for row in cells.rows], cells.truncated) == ([MOST_CELLS], True)


@pytest.mark.parametrize(
    ("body", "delimiter", "rows"),
    [
        (b"a;b\n1,5;2\n", ";", [["a", "b"], ["1,5", "2"]]),
        (b'a,b\n"x\ny",2\n', ",", [["a", "b"], ["x\ny", "2"]]),
        (b"a\tb\n1\t2", "\t", [["a", "b"], ["1", "2"]]),
        (b"a|b\n1|2", "|", [["a", "b"], ["1", "2"]]),
        (b"only\nvalues\n", ",", [["only"], ["values"]]),
        (b"", ",", []),
    ],
)
def test_rows_are_taken_apart(body, delimiter, rows):
    found = head(body, is_csv=True)
    assert (found.delimiter, found.rows, found.truncated) == (delimiter, rows, False)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.booleans(), st.booleans())
def test_no_bytes_are_too_strange(body, whole, is_csv):
    found = head_of(body, whole=whole, is_csv=is_csv)
    assert len(found.lines) <= MOST_LINES >= len(found.rows)


def test_over_the_api(world, priya):
    text = upload(world, b"a;b\n<b>1</b>;2\n", name="a.csv")
    answer = priya.get(f"{address(text)}/text")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == (
        "private, no-store",
        "nosniff",
    )
    assert answer.json() == {
        "charset": "utf-8",
        "truncated": False,
        "delimiter": ";",
        "lines": [],
        "rows": [["a", "b"], ["<b>1</b>", "2"]],
    }
    seen = AccessLog.objects.order_by("pk").last()
    assert (seen.action, seen.object_ids) == ("preview", [text.pk])
    packed = upload(world, b"one\ntwo\n", name="b.txt")
    compress(packed, b"one\ntwo\n")
    assert priya.get(f"{address(packed)}/text").json()["lines"] == ["one", "two"]


@pytest.mark.logs_errors
def test_what_has_no_text_says_so(world, priya):
    scan = upload(world)
    assert_problem(priya.get(f"{address(scan)}/text"), 409, "no_text")
    lost = upload(world, b"one\n", name="b.txt")
    object_store().remove(lost.s3_key)
    assert_problem(priya.get(f"{address(lost)}/text"), 503, "store_unavailable")
