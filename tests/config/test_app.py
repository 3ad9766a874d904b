"""The single-page app as Django hands it out, on a clinic's host and nowhere else."""

import json

import pytest
from django.contrib.staticfiles import finders

from config import frontend
from documents.storage.s3 import S3ObjectStore

PAGE = "<!doctype html><div id=root></div>"
MANIFEST = {
    "index.html": {"file": "assets/app-1.js", "isEntry": True, "imports": ["_shared.js"]},
    "_shared.js": {"file": "assets/shared-2.js", "css": ["assets/shared-3.css"]},
    "src/island.tsx": {
        "file": "assets/island-4.js",
        "css": ["assets/island-5.css"],
        "imports": ["_shared.js", "index.html"],
    },
}


@pytest.fixture
def built(tmp_path, settings):
    settings.APP_FILES = tmp_path
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


@pytest.mark.parametrize("path", ["/app/", "/app/patients/01a/files", "/app/sign-in?next=%2Fx"])
def test_every_address_of_the_app_gives_its_page(built, client_of, path):
    answer = client_of(None).get(path)
    assert (answer.status_code, answer.content.decode()) == (200, PAGE)
    assert answer.cookies["csrftoken"].value  # the first change needs it
    assert "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self';" in policy


def test_the_page_may_send_to_the_store_and_to_nobody_else(built, client_of, monkeypatch):
    store = S3ObjectStore(
        bucket_name="files", endpoint_url="http://store:9", access_key="a", secret_key="b",
        public_endpoint_url="https://files.example",
    )  # fmt: skip
    monkeypatch.setattr("config.views.object_store", lambda: store)
    policy = client_of(None).get("/app/")["Content-Security-Policy"]
    assert "connect-src 'self' https://files.example;" in policy
    assert "store:9" not in policy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/", "/app/"),
        ("/app", "/app/"),
        ("/invite", "/app/invite"),
        ("/invite?a=1", "/app/invite?a=1"),
    ],
)
def test_old_and_short_addresses_lead_to_it(client_of, old, new):
    answer = client_of(None).get(old)
    assert (answer.status_code, answer["Location"]) == (302, new)


def test_the_platforms_host_has_no_app(client_of, built):
    assert client_of(None).get("/app/", HTTP_HOST="localhost").status_code == 404


def test_it_takes_no_changes(client_of, built):
    assert client_of(None).post("/app/").status_code == 405


@pytest.mark.logs_errors  # it is one, of whoever installed it
def test_an_app_that_was_not_built_says_what_to_do(client_of, settings, tmp_path):
    settings.APP_FILES = tmp_path / "nowhere"
    answer = client_of(None).get("/app/")
    assert answer.status_code == 503
    assert b"run `make build`" in answer.content


def test_a_new_build_is_seen_at_once(built, client_of):
    client_of(None).get("/app/")
    (built / "index.html").write_text("second")
    assert client_of(None).get("/app/").content == b"second"


def test_an_entry_knows_its_files_and_those_of_what_it_imports(built):
    entry = frontend.entry("src/island.tsx")
    assert entry.scripts == ["app/assets/island-4.js"]
    assert entry.styles == ["app/assets/island-5.css", "app/assets/shared-3.css"]
    with pytest.raises(frontend.NotBuiltError, match="make build"):
        frontend.entry("src/other.tsx")


def test_the_real_build_has_both_entries_and_django_finds_them():
    for name in ("index.html", "src/island.tsx"):
        entry = frontend.entry(name)
        assert all(finders.find(path) for path in entry.scripts + entry.styles)
