"""Requests that nobody's program sends: each is refused as the client's fault, none is our error.

Whatever is refused has a twin beside it that differs in the one thing and gets through.
"""

import base64
import json
import tempfile
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from accounts import tasks
from accounts.backends import MembershipBackend
from documents.api.ranges import Span, UnsatisfiableRangeError, parse_range
from documents.models import Document
from documents.registry import policy_for_slug
from documents.uploads import SpooledUploadHandler, largest_size_limit
from patients.models import Patient
from tests.accounts.logins import APP, BROWSER, address_of, bearer, post_json, tokens_of, visitor
from tests.conftest import PASSWORD, member
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import FORM, assert_problem, form, part, temporary

MIB = 1024 * 1024
DEEP = "[" * 100_000
PATIENTS = "/api/v1/patients"
LOGIN_PAGE = "/admin/login/"


@pytest.fixture
def priya(client_of):
    client = client_of("priya")
    client.raise_request_exception = False
    return client


@pytest.fixture
def stranger(db):
    client = visitor()
    client.raise_request_exception = False
    return client


def files_of(world):
    return f"/api/v1/lab-results/{world.lab.pk}/files"


def post(client, path, body, kind="application/json", **extra):
    return client.generic("POST", path, body, content_type=kind, **extra)


def nested(levels):
    return "[" * levels + "]" * levels


# --- What Django calls suspicious ---------------------------------------------------------------


@pytest.mark.parametrize(("count", "status"), [(900, 201), (1500, 400)])
def test_a_form_of_too_many_fields_is_refused(world, priya, count, status):
    fields = [part(f"f{number}", b"x") for number in range(count)]
    answer = post(priya, files_of(world), form(part("file", minimal(), "a.pdf"), *fields), FORM)
    if status == 400:
        assert_problem(answer, 400, "bad_request")
        assert temporary() == []
    assert answer.status_code == status


@pytest.mark.parametrize(("size", "status"), [(100, 201), (3 * MIB, 413)])
def test_a_field_that_fills_the_memory_is_refused(world, priya, size, status):
    body = form(part("file", minimal(), "a.pdf"), part("unknown", b"x" * size))
    answer = post(priya, files_of(world), body, FORM)
    if status == 413:
        assert_problem(answer, 413, "body_too_large")
        assert temporary() == []
    assert answer.status_code == status


@pytest.mark.parametrize(("size", "status"), [(100, 201), (10 * MIB, 413)])
def test_json_that_fills_the_memory_is_refused(priya, size, status):
    body = {"first_name": "Una", "last_name": "Cole", "unknown": "x" * size}
    answer = post_json(priya, PATIENTS, body)
    if status == 413:
        assert_problem(answer, 413, "body_too_large")
    assert answer.status_code == status


# --- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [DEEP, '{"a":' * 100_000, nested(40), nested(900)])
def test_deep_json_is_refused_by_the_api(priya, body):
    assert_problem(post(priya, PATIENTS, body), 400, "parse_error")


def test_json_that_is_not_deep_is_read(priya):
    body = {"first_name": "Una", "last_name": "Cole", "unknown": json.loads(nested(20))}
    assert post_json(priya, PATIENTS, body).status_code == 201


UNREADABLE = {
    "deep": DEEP,
    "deep-value": '{"email": "%s", "password": ' + nested(900) + "}",
    "long-number": '{"email": "%s", "password": ' + "1" * 5000 + "}",
    "half-character": '{"email": "%s", "password": "\\ud800"}',
    "half-character-in-the-name": '{"email": "\\udfff%s", "password": "x"}',
    "half-character-in-a-key": '{"email": "%s", "password": "x", "\\ud800": 1}',
    "half-character-inside": '{"email": "%s", "password": ["x", {"a": "\\ud800"}]}',
    "no-utf-8": '{"email": "%s", "password": "\xff"}',
}


@pytest.mark.parametrize("path", [f"{APP}auth/login", f"{BROWSER}auth/login"])
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_login_that_cannot_be_read_tells_nothing(stranger, path, body):
    answers = []
    for name in ("priya", "nobody"):
        sent = body.replace("%s", address_of(name)).encode("latin-1")
        answers.append(post(stranger, path, sent))
        assert_problem(answers[-1], 400, "parse_error")
    known, unknown = answers
    assert known.content == unknown.content


def test_a_login_with_any_whole_character_is_read(stranger):
    body = json.dumps({"email": address_of("priya"), "password": "😀"})
    assert r"\ud83d\ude00" in body, "both halves, each written on its own"
    assert post(stranger, f"{APP}auth/login", body).json()["errors"][0]["param"] == "password"
    body = {"email": address_of("priya"), "password": PASSWORD}
    assert post_json(stranger, f"{APP}auth/login", body).status_code == 200


@pytest.mark.parametrize("bad", ["\ud800", "\0"])
def test_the_backend_takes_what_cannot_be_asked_for_as_a_wrong_login(alpha, monkeypatch, bad):
    hashed = []
    monkeypatch.setattr(
        "accounts.models.User.set_password", lambda _, password: hashed.append(password)
    )
    with tenant_context(alpha):
        log_in, name = MembershipBackend().authenticate, address_of("priya")
        assert log_in(None, name, f"{PASSWORD}{bad}") is None
        assert log_in(None, f"{bad}{name}", PASSWORD) is None
        assert len(hashed) == 2, "as slow as an unknown address"
        assert log_in(None, name, PASSWORD) == member("priya").user


# --- Ranges ---------------------------------------------------------------------------------------

ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    ("header", "status", "content_range"),
    [
        (f"bytes={ENDLESS}-", 416, "bytes */27"),
        (f"bytes={ENDLESS}-{ENDLESS}", 416, "bytes */27"),
        (f"bytes=5-{ENDLESS}", 206, "bytes 5-26/27"),
        (f"bytes=-{ENDLESS}", 206, "bytes 0-26/27"),
        ("bytes=5-7", 206, "bytes 5-7/27"),
    ],
    ids=["first", "both", "last", "suffix", "twin"],
)
def test_endless_numbers_in_a_range_are_behind_the_end(world, priya, header, status, content_range):
    answer = priya.get(f"/api/v1/files/{world.document.pk}/download", headers={"Range": header})
    assert (answer.status_code, answer["Content-Range"]) == (status, content_range)


def test_zeros_before_a_number_do_not_count():
    assert parse_range("bytes=" + "0" * 5000 + "3-", 10) == Span(3, 9)
    assert parse_range("bytes=-" + "0" * 30 + "4", 10) == Span(6, 9)
    with pytest.raises(UnsatisfiableRangeError):
        parse_range("bytes=-" + "0" * 5000, 10)


# --- Cursors --------------------------------------------------------------------------------------

ID = "01a1fbdb-9a20-7e21-a4c5-000000000000"
CURSORS = {
    "half-character": rf'["\ud800", "b", "{ID}"]',
    "nul": rf'["a\u0000", "b", "{ID}"]',
    "nul-in-nul": rf'["\u00\u000000", "b", "{ID}"]',
    "infinity": f'[Infinity, "b", "{ID}"]',
    "too-large": f'[1e400, "b", "{ID}"]',
    "nulls": "[null, null, null]",
    "number": f'["a", 5, "{ID}"]',
    "list": f'["a", ["b"], "{ID}"]',
    "deep": DEEP,
    "mapping": '{"a": 1, "b": 2, "c": 3}',
}


def page_from(client, path, position):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    return client.get(path, {"cursor": cursor})


@pytest.mark.parametrize("position", CURSORS.values(), ids=CURSORS)
def test_a_made_up_cursor_is_refused(priya, position):
    assert_problem(page_from(priya, PATIENTS, position), 404, "not_found")


@pytest.mark.parametrize("size", ["Infinity", "1e400", "null", "5"])
def test_a_cursor_holds_texts_only(world, priya, size):
    path = f"{files_of(world)}?sort=size"
    cursor = base64.b64encode(urlencode({"p": f'[{size}, "{ID}"]'}).encode()).decode()
    assert_problem(priya.get(f"{path}&cursor={cursor}"), 404, "not_found")
    cursor = base64.b64encode(urlencode({"p": f'["5", "{ID}"]'}).encode()).decode()
    assert priya.get(f"{path}&cursor={cursor}").status_code == 200


def test_a_cursor_of_ours_is_followed_whatever_the_name(alpha, client_of):
    with tenant_context(alpha):
        for name in (r"\u0000", "😀", "Zed"):
            Patient.objects.create(first_name="Sam", last_name=name)
    client, address, seen = client_of("ada"), f"{PATIENTS}?page_size=1", []
    while address:
        page = client.get(address).json()
        seen += [row["last_name"] for row in page["results"]]
        address = page["next"]
    assert sorted(seen) == sorted([r"\u0000", "😀", "Zed"])


# --- Charsets -------------------------------------------------------------------------------------

CHARSETS = ["rot13", "bz2", "idna", "utf-16", "latin-1", "no-such", "utf-8"]


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_form_is_utf_8_whatever_it_says(world, priya, charset):
    body = form(part("file", minimal(), "é.pdf"), part("description", "Später".encode()))
    answer = post(priya, files_of(world), body, f"{FORM}; charset={charset}")
    assert answer.status_code == 201, answer.content
    assert (answer.json()["description"], answer.json()["file_name"]) == ("Später", "é.pdf")


@pytest.mark.parametrize("charset", CHARSETS)
def test_no_charset_makes_a_query_or_a_page_fail(priya, stranger, charset):
    kind = f"application/json; charset={charset}"
    answer = priya.generic("GET", f"{PATIENTS}?search=a%20b", content_type=kind)
    assert answer.status_code == 200
    stranger.get(LOGIN_PAGE)  # without its cookie the CSRF check does not read the form
    answer = post(stranger, LOGIN_PAGE, form(part("username", b"a")), f"{FORM}; charset={charset}")
    assert answer.status_code == 403, "for want of the CSRF token"


# --- Files from strangers -------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch):
    """Note every byte that goes into a temporary file."""
    found = []

    class Noting(tempfile.SpooledTemporaryFile):
        def write(self, data):
            found.append(len(data))
            return super().write(data)

    monkeypatch.setattr("documents.uploads.tempfile.SpooledTemporaryFile", Noting)
    return found


def upload_to(client, path, size, **extra):
    return post(client, path, form(part("file", b"x" * size, "a.pdf")), FORM, **extra)


@pytest.mark.parametrize(
    ("cookie", "extra"),
    [(None, {}), ("0123456789abcdefghijklmnopqrstuv", {}), (None, bearer("x"))],
    ids=["nothing", "made-up-session", "made-up-token"],
)
def test_nothing_of_a_strangers_file_is_kept(stranger, written, cookie, extra):
    stranger.get(LOGIN_PAGE)  # without its cookie the CSRF check does not read the form
    if cookie:
        stranger.cookies["sessionid"] = cookie
    answer = upload_to(stranger, LOGIN_PAGE, 6 * MIB, **extra)
    assert answer.status_code == 403, "for want of the CSRF token"
    assert written == []


def test_a_file_of_somebody_logged_in_is_received(client_of, written):
    client_of("ada").post(LOGIN_PAGE, {"file": file_of(MIB)})
    assert sum(written) == MIB


def test_a_program_sends_files_with_its_token(world, written):
    token = bearer(tokens_of("priya")["access_token"])
    body = form(part("file", minimal(), "a.pdf"))
    assert post(visitor(), files_of(world), body, FORM, **token).status_code == 201
    written.clear()
    assert post(visitor(), files_of(world), body, FORM).status_code == 401
    assert written == []


def file_of(size):
    return SimpleUploadedFile("a.pdf", b"x" * size)


@pytest.mark.parametrize(("size", "kept"), [(MIB, MIB), (2 * MIB + 1, 0)])
def test_a_file_that_no_policy_takes_is_counted_and_not_kept(
    client_of, monkeypatch, rf, size, kept
):
    monkeypatch.setattr("documents.uploads.largest_size_limit", lambda: 2 * MIB)
    request = rf.post(LOGIN_PAGE, {"file": file_of(size)})
    with schema_context("alpha"):
        request.session = client_of("ada").session
        sent = request.FILES["file"]
    assert sent.size == size, "so that the form can say how large it was"
    assert len(sent.read()) == kept


def test_the_admin_says_that_a_file_is_too_large(world, alpha, client_of, settings, monkeypatch):
    monkeypatch.setattr("documents.uploads.largest_size_limit", lambda: MIB)
    settings.DOCUMENT_MAX_SIZES = {"lab-results": MIB}
    address = f"/admin/medical_records/labresult/{world.lab.pk}/change/"
    page = client_of("ada").get(address)
    body = dict(page.context["adminform"].form.initial)
    body = {key: "" if value is None else value for key, value in body.items()}
    for formset in page.context["inline_admin_formsets"]:
        body |= {
            f"{formset.formset.prefix}-{key}": value
            for key, value in formset.formset.management_form.initial.items()
        }
        body[f"{formset.formset.prefix}-0-files"] = file_of(MIB + 1)
    answer = client_of("ada").post(address, body)
    assert answer.status_code == 200
    assert "The file is larger than 1 MB" in answer.content.decode()
    with tenant_context(alpha):
        assert not Document.objects.filter(original_filename="a.pdf").exists()


def test_the_default_limit_is_the_largest_of_all_policies(settings):
    assert SpooledUploadHandler().limit == largest_size_limit() == 50 * MIB
    settings.DOCUMENT_MAX_SIZES = {"lab-results": 200 * MIB}
    assert SpooledUploadHandler().limit == policy_for_slug("lab-results").size_limit == 200 * MIB


class Unread:
    """A body of which nobody may take a byte."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def unread(client, path, length):
    """Send nothing but the announcement of so many bytes."""
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM}
    return client.request(
        **client._base_environ(**environ, CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()})
    )


@pytest.mark.parametrize("over", [1, 10**12, 10**30])
def test_a_body_that_no_form_has_is_refused_unread(stranger, over):
    length = 10 * largest_size_limit() + MIB + over
    for path in (PATIENTS, "/api/v1/lab-results/x/files", f"{APP}auth/login"):
        assert_problem(unread(stranger, path, length), 413, "body_too_large")
    answer = unread(stranger, LOGIN_PAGE, length)
    assert (answer.status_code, answer["Content-Type"]) == (413, "text/plain")
    assert answer["X-Request-Id"]


@pytest.mark.logs_errors  # the twin's body cannot be read
def test_a_body_within_the_bound_is_read(stranger):
    stranger.get(LOGIN_PAGE)  # without its cookie the CSRF check looks no further
    assert unread(stranger, LOGIN_PAGE, 10 * largest_size_limit() + MIB).status_code == 500


@pytest.mark.logs_errors  # the twin's body cannot be read
def test_a_login_is_short(stranger):
    assert_problem(unread(stranger, f"{APP}auth/login", 2_621_441), 413, "body_too_large")
    assert unread(stranger, f"{APP}auth/login", 2_621_440).status_code == 500


# --- Sessions that have ended ---------------------------------------------------------------------


def test_the_platforms_own_sessions_are_cleared_too(db, monkeypatch):
    monkeypatch.setattr(tasks.clear_expired_sessions, "delay", lambda: None)
    now = timezone.now()
    for schema in ("public", "alpha"):
        with schema_context(schema):
            for key, end in (("ended", now - timedelta(hours=1)), ("live", now + timedelta(1))):
                Session.objects.create(session_key=key, session_data="x", expire_date=end)
    tasks.clear_expired_sessions_everywhere()
    with schema_context("public"):
        assert [session.pk for session in Session.objects.all()] == ["live"]
    with schema_context("alpha"):
        assert Session.objects.count() == 2, "the clinic's own task does that"
