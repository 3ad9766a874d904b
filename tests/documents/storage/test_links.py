"""Links into the store: they give the bytes for a while, and nothing else to anybody else."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
import requests

from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from tests.documents.storage.conftest import s3
from tests.documents.storage.test_contract import CONTENT, put

NAME = "Анализ крови.pdf"
MINUTE = timedelta(minutes=1)


def link(store, key, *, ttl=MINUTE, **more):
    return store.link(key, ttl=ttl, filename=NAME, content_type="application/pdf", **more)


def test_a_folder_has_no_links(tmp_path, in_alpha, key):
    store = FileSystemObjectStore(location=str(tmp_path / "objects"))
    put(store, key)
    assert link(store, key) is None


def test_a_link_gives_the_bytes(linking, key):
    put(linking, key)
    answer = requests.get(link(linking, key), timeout=10)
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_link_gives_a_span(linking, key):
    put(linking, key)
    answer = requests.get(link(linking, key), headers={"Range": "bytes=10-19"}, timeout=10)
    assert answer.content == CONTENT[10:20]  # rclone gives just these, though it says 200
    assert answer.headers["Content-Range"] == "bytes 10-19/1024"


@pytest.mark.parametrize(
    ("inline", "kind"), [(False, "attachment"), (True, "inline")], ids=["download", "shown"]
)
def test_a_link_names_the_file(moto, in_alpha, key, inline, kind):
    store = s3(moto)
    put(store, key)
    answer = requests.get(link(store, key, inline=inline), timeout=10)
    found, _, name = answer.headers["Content-Disposition"].partition("; filename*=utf-8''")
    assert (found, unquote(name)) == (kind, NAME)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "ttl",
    [timedelta(days=7, seconds=1), timedelta(0), timedelta(seconds=-1)],
    ids=["more than a week", "nothing", "less than nothing"],
)
def test_a_link_lives_at_most_a_week(linking, key, ttl):
    put(linking, key)
    with pytest.raises(StoreError):
        link(linking, key, ttl=ttl)
    answer = requests.get(link(linking, key, ttl=timedelta(days=7)), timeout=10)
    assert answer.content == CONTENT


@pytest.mark.parametrize(
    "change",
    [
        lambda url, key: url.replace(key, key.replace("alpha", "beta")),
        lambda url, key: url[:-4] + ("0000" if url[-4:] != "0000" else "1111"),
        lambda url, key: url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        lambda url, key: url.replace("attachment", "inline"),
        lambda url, key: url.split("?")[0],
    ],
    ids=["another object", "signature", "longer", "shown", "unsigned"],
)
def test_a_changed_link_is_worth_nothing(rclone, in_alpha, key, change):
    """Only against rclone: moto does not look at signatures."""
    store = s3(rclone)
    put(store, key)
    good = link(store, key)
    bad = change(good, key)
    assert bad != good
    answer = requests.get(bad, timeout=10)
    assert answer.status_code in {400, 403}
    assert CONTENT not in answer.content
    assert requests.get(good, timeout=10).content == CONTENT


def test_a_link_dies(rclone, in_alpha, key, monkeypatch):
    """Signed an hour ago for a minute, as the clock says to the one who signs."""
    import datetime as dt

    import botocore.auth

    store = s3(rclone)
    put(store, key)
    past = dt.datetime.now(dt.UTC) - timedelta(hours=1)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: past)
    old = link(store, key)
    monkeypatch.undo()
    answer = requests.get(old, timeout=10)
    assert answer.status_code in {400, 403}
    assert CONTENT not in answer.content
    assert requests.get(link(store, key), timeout=10).content == CONTENT


def test_a_link_names_the_address_that_browsers_know(moto, in_alpha, key):
    inside = s3(moto)
    outside = s3(moto, public_endpoint_url="https://files.clinic.example")
    put(inside, key)
    assert link(inside, key).startswith(f"{moto}/chartvault-tests/{key}?")
    assert link(outside, key).startswith(f"https://files.clinic.example/chartvault-tests/{key}?")
