"""Sending a file: what the form may hold, how large it may be, and who may send it."""

import io
import threading

import pytest
from django.db import connection
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django_tenants.utils import tenant_context

from documents.errors import TooManyDocumentsError
from documents.models import Document
from documents.services.trash import trash_document
from tests.conftest import member
from tests.documents.conftest import make_world
from tests.documents.corpus_pdf import minimal
from tests.documents.helpers import (
    FORM,
    assert_problem,
    form,
    objects,
    part,
    row,
    send,
    sha,
    temporary,
    upload,
)

MIB = 1024 * 1024


class Unread(io.RawIOBase):
    """A body of which nobody may take a byte."""

    def readable(self):
        return True

    def readinto(self, _):
        raise AssertionError("the body was read")


def nothing_is_kept():
    return not Document.objects.exists() and objects() == set() and temporary() == []


def test_an_upload_is_described_whole(world, priya):
    answer = send(
        priya,
        world.files,
        description="Fasting",
        category="report",
        document_date="2024-05-01",
    )

    assert answer.status_code == 201, answer.content
    made = Document.objects.get()
    assert answer.json() == {
        "id": str(made.pk),
        "entity_type": "lab-results",
        "entity_id": str(world.blood.pk),
        "patient_id": str(world.amal.pk),
        "file_name": "scan.pdf",
        "file_type": "application/pdf",
        "file_size": len(minimal()),
        "sha256": sha(minimal()),
        "category": "report",
        "description": "Fasting",
        "document_date": "2024-05-01",
        "tags": [],
        "metadata": {},
        "state": "available",
        "state_reason": "",
        "uploaded_by": {"id": str(member("priya").user_id), "name": "Priya"},
        "uploaded_at": made.uploaded_at.isoformat().replace("+00:00", "Z"),
        "trashed_at": None,
        "purge_after": None,
        "retention": "clinical",
        "retain_until": None,
        "legal_hold": False,
        "purged_on": None,
        "s3_key": f"alpha/patients/lab-results/{world.amal.pk}/{made.pk}.pdf",
        "download_url": f"/api/v1/files/{made.pk}/download",
        "preview_url": f"/api/v1/files/{made.pk}/preview",
    }
    assert objects() == {made.s3_key}
    assert [event.pgh_label for event in made.events.order_by("pgh_id")] == ["insert", "update"]


def test_a_patient_does_not_see_the_key(world, client_of):
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    answer = send(client_of("pat"), world.files)
    assert answer.status_code == 201
    assert (answer.json()["s3_key"], answer.json()["file_name"]) == (None, "scan.pdf")


def test_the_singular_slug_is_accepted_too(world, priya):
    answer = send(priya, world.files.replace("lab-results", "lab-result"))
    assert answer.status_code == 201
    assert answer.json()["entity_type"] == "lab-results"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"category": "holiday"}, "category", "invalid_choice"),
        ({"description": "x" * 501}, "description", "max_length"),
        ({"document_date": "01.05.2024"}, "document_date", "invalid"),
    ],
    ids=["category", "description", "date"],
)
def test_what_is_said_of_the_file_is_checked(fields, field, code, world, priya):
    assert_problem(send(priya, world.files, **fields), 400, code, field)
    assert nothing_is_kept()
    good = {"category": "image", "description": "x" * 500, "document_date": "2024-05-01"}
    made = send(priya, world.files, **{field: good[field]}).json()
    assert made[field] == good[field]


def test_without_a_category_it_is_the_first_one(world, priya):
    assert send(priya, world.files, category="").json()["category"] == "result"


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ([part("document", minimal(), "scan.pdf")], "unexpected_file", "document"),
        (
            [part("file", minimal(), "scan.pdf"), part("file", minimal(), "b.pdf")],
            "unexpected_file",
            "file",
        ),
        (
            [part("file", minimal(), "scan.pdf"), part("other", minimal(), "b.pdf")],
            "unexpected_file",
            "other",
        ),
        ([part("description", b"no file")], "required", "file"),
        ([part("file", b"as a text")], "invalid", "file"),
        ([part("file", minimal(), "")], "invalid", "file"),
    ],
    ids=["wrong field", "two files", "second field", "no file", "text", "no name"],
)
def test_exactly_one_file_is_sent_in_its_field(parts, code, field, world, priya):
    answer = priya.generic("POST", world.files, form(*parts), content_type=FORM)
    assert_problem(answer, 400, code, field)
    assert nothing_is_kept()
    one = form(part("file", minimal(), "scan.pdf"))
    assert priya.generic("POST", world.files, one, content_type=FORM).status_code == 201


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("application/pdf", minimal(), 415, "unsupported_media_type"),
        ("multipart/form-data", b"no form", 400, "parse_error"),
        (FORM, b"no form at all", 400, "required"),
    ],
    ids=["json", "bare", "no boundary", "broken"],
)
def test_only_forms_are_read(content_type, body, status, code, world, priya):
    answer = priya.generic("POST", world.files, body, content_type=content_type)
    assert_problem(answer, status, code, "file" if code == "required" else None)
    assert nothing_is_kept()


def test_a_form_that_breaks_off_is_refused(world, priya):
    whole = form(part("file", minimal(), "scan.pdf"))
    cut = whole[: len(whole) // 2]
    answer = priya.generic("POST", world.files, cut, content_type=FORM)
    assert_problem(answer, 400, "required", "file")
    assert nothing_is_kept()
    assert priya.generic("POST", world.files, whole, content_type=FORM).status_code == 201


def unread(client, url, length):
    meta = {"CONTENT_TYPE": FORM, "wsgi.input": Unread()}
    if length is not None:
        meta["CONTENT_LENGTH"] = length
    request = client._base_environ(PATH_INFO=url, REQUEST_METHOD="POST", **meta)
    if length is None:
        request.pop("CONTENT_LENGTH", None)
    return client.request(**request)


@pytest.mark.logs_errors  # the twin's body cannot be read
def test_a_body_that_is_too_long_is_refused_unread(world, priya):
    answer = unread(priya, world.files, str(10 * MIB + 64 * 1024 + 1))
    assert assert_problem(answer, 413, "too_large", "file")["limit"] == 10 * MIB
    assert nothing_is_kept()
    # Its twin is not refused for its length: it is read.
    answer = unread(priya, world.files, str(10 * MIB + 64 * 1024))
    assert answer.status_code == 500
    assert nothing_is_kept()


@pytest.mark.parametrize("length", [None, "", "many", "-1"])
def test_a_body_of_unknown_length_is_refused_unread(length, world, priya):
    assert_problem(unread(priya, world.files, length), 411, "length_required")
    assert nothing_is_kept()


def test_a_chunked_body_is_refused_unread(world, priya):
    priya.defaults["HTTP_TRANSFER_ENCODING"] = "chunked"
    assert_problem(unread(priya, world.files, None), 411, "length_required")


def test_an_operator_may_allow_more_or_less(world, priya, settings):
    settings.DOCUMENT_MAX_SIZES = {"lab-results": len(minimal()) - 1}
    assert_problem(send(priya, world.files), 413, "too_large", "file")
    assert nothing_is_kept()
    settings.DOCUMENT_MAX_SIZES = {"lab-results": len(minimal())}
    assert send(priya, world.files).status_code == 201


@pytest.mark.parametrize(
    ("name", "host", "status", "code"),
    [
        (None, None, 401, "not_authenticated"),
        ("rex", None, 404, "not_found"),
        ("dev", None, 404, "not_found"),
        ("pat", None, 404, "not_found"),
        ("bo", None, 404, "not_found"),
    ],
)
def test_who_may_not_send_is_refused_unread(name, host, status, code, world, client_of, priya):
    client = client_of(name)
    assert_problem(unread(client, world.files, "1000"), status, code)
    assert nothing_is_kept()
    assert send(priya, world.files).status_code == 201


def test_somebody_elses_patient_is_unknown(world, client_of):
    theirs = f"/api/v1/lab-results/{world.petras.pk}/files"
    assert_problem(unread(client_of("priya"), theirs, "1000"), 404, "not_found")
    assert send(client_of("paul"), theirs).status_code == 201


def test_another_kind_of_record_is_unknown(world, priya):
    url = world.files.replace("lab-results", "holidays")
    assert_problem(unread(priya, url, "1000"), 404, "not_found")
    assert send(priya, world.files).status_code == 201


def strict_client():
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(member("priya").user, backend="accounts.backends.MembershipBackend")
    client.defaults["HTTP_HOST"] = "alpha.localhost"
    return client


def test_a_session_without_csrf_token_is_refused_unread(world):
    client = strict_client()
    assert_problem(unread(client, world.files, "1000"), 403, "permission_denied")
    assert nothing_is_kept()
    token = get_token(RequestFactory().get("/"))
    client.cookies["csrftoken"] = token
    in_form = form(part("csrfmiddlewaretoken", token.encode()), part("file", minimal(), "scan.pdf"))
    # A token in the form would have to be read first; API clients send the header.
    answer = client.generic("POST", world.files, in_form, content_type=FORM)
    assert_problem(answer, 403, "permission_denied")
    client.defaults["HTTP_X_CSRFTOKEN"] = token
    assert send(client, world.files).status_code == 201


def test_the_tenth_file_fits_and_the_eleventh_does_not(world, priya):
    for _ in range(9):
        row(world)
    row(world, object_id=world.urine.pk)  # another record's
    trash_document(membership=member("priya"), document=upload(world))
    assert send(priya, world.files).status_code == 201
    answer = send(priya, world.files)
    assert_problem(answer, 409, "too_many_files", "file")
    assert Document.objects.available().filter(object_id=world.blood.pk).count() == 10
    assert len(objects()) == 2


def test_several_at_the_same_time_do_not_share_the_last_place(committed):
    """Each has a connection of its own, so nothing here is rolled back: `committed` clears up."""
    with tenant_context(committed):
        world = make_world()
        for _ in range(9):
            row(world)
    start, results = threading.Barrier(4), []

    def one():
        try:
            with tenant_context(committed):
                start.wait(10)
                upload(world)
                results.append("kept")
        except TooManyDocumentsError:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["kept", "refused", "refused", "refused"]
    with tenant_context(committed):
        assert Document.objects.available().count() == 10
        assert len(objects()) == 1
