"""POST /api/v1/files/archive and the admin's action: who gets what, and what is refused."""

import io
import json
import uuid
import zipfile

import pytest
from django.contrib.messages import get_messages
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from documents.models import Document
from documents.services import archives
from documents.services.trash import trash_document
from documents.services.zipping import MANIFEST
from medical_records.models import LabResult
from patients.models import Patient
from tests.conftest import member
from tests.documents.helpers import assert_problem, row, sha, upload

URL = "/api/v1/files/archive"
LIST = "/admin/documents/document/"
TEXT = b"potassium;4.1\n"


def ask(client, **body):
    return client.post(URL, json.dumps(body), content_type="application/json")


def unzip(answer):
    assert answer.status_code == 200, answer.content
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def ids_in(answer):
    return {one["id"] for one in json.loads(unzip(answer).read(MANIFEST))["files"]}


def ids_of(*documents):
    return [str(one.pk) for one in documents]


@pytest.fixture
def two(world):
    return [upload(world), upload(world, TEXT, name="b.csv", owner=world.urine)]


def test_the_answer_is_a_zip_that_nothing_keeps_or_runs(two, priya):
    answer = ask(priya, ids=ids_of(*two))
    assert {name: answer[name] for name in HEADERS} == HEADERS
    assert answer["Content-Disposition"].startswith('attachment; filename="documents-20')
    assert "Content-Length" not in answer
    found = unzip(answer)
    told = json.loads(found.read(MANIFEST))["files"]
    assert [sha(found.read(one["name"])) for one in told] == [one["sha256"] for one in told]


HEADERS = {
    "Content-Type": "application/zip",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@pytest.mark.parametrize("accept", ["application/zip", "*/*", "application/json"])
def test_whatever_the_client_accepts_it_is_a_zip(two, priya, accept):
    answer = priya.post(
        URL, {"ids": ids_of(*two)}, content_type="application/json", headers={"Accept": accept}
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert ids_in(answer) == set(ids_of(*two))


def test_a_document_that_is_named_twice_comes_once(two, priya):
    assert unzip(ask(priya, ids=ids_of(two[0], two[0]))).namelist() == ["scan.pdf", MANIFEST]


def test_all_of_a_patient(two, world, priya):
    petras = upload(world, owner=world.petras, who="paul")
    assert ids_in(ask(priya, patient=str(world.amal.pk))) == set(ids_of(*two))
    assert_problem(ask(priya, patient=str(world.petra.pk)), 404, "not_found")
    assert Document.objects.filter(pk=petras.pk, state="available").exists()


def test_who_gets_an_archive(two, world, client_of):
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    answers = {
        name: ask(client_of(name), ids=ids_of(*two)).status_code
        for name in ("ada", "priya", "paul", "pat", "gina", "rex", "dev", None)
    }
    assert answers == {
        "ada": 200,
        "priya": 200,
        "paul": 200,  # Amal is anybody's
        "pat": 200,
        "gina": 404,
        "rex": 403,
        "dev": 403,
        None: 401,
    }
    assert ids_in(ask(client_of("pat"), patient=str(world.amal.pk))) == set(ids_of(*two))
    for name, status in {"gina": 404, "rex": 403, "dev": 403, None: 401}.items():
        assert ask(client_of(name), patient=str(world.amal.pk)).status_code == status, name


def test_one_that_is_not_the_callers_refuses_all(two, world, priya, ada):
    petras = upload(world, owner=world.petras, who="paul")
    before = AccessLog.objects.count()
    answer = ask(priya, ids=ids_of(*two, petras))
    body = assert_problem(answer, 404, "not_found")
    assert not any(pk in json.dumps(body) for pk in ids_of(*two, petras))
    unknown = ask(priya, ids=[*ids_of(*two), str(uuid.uuid4())])
    assert unknown.json() == body  # what is hidden and what does not exist look alike
    trash_document(membership=member("ada"), document=two[1])
    assert ask(priya, ids=ids_of(*two)).json() == body
    assert AccessLog.objects.count() == before
    assert ids_in(ask(priya, ids=ids_of(two[0]))) == set(ids_of(two[0]))
    assert ids_in(ask(ada, ids=ids_of(two[0], petras))) == set(ids_of(two[0], petras))
    noted = AccessLog.objects.filter(detail__archive=True).latest("pk")
    assert set(noted.object_ids) == {two[0].pk, petras.pk}
    assert noted.detail["patient"] is None  # they are of two


def test_the_other_clinics_ids_are_unknown(two, world, beta, client_of):
    with tenant_context(beta):
        patient = Patient.objects.create(first_name="Ben", last_name="Away")
        lab = LabResult.objects.create(patient=patient, test_name="Urine")
        away = row(world, patient=patient, object_id=lab.pk, s3_key=f"beta/{patient.pk}.pdf")
    ada, bea = client_of("ada"), client_of("bea")
    for client, document, owner in ((ada, away, patient), (bea, two[0], world.amal)):
        assert_problem(ask(client, ids=ids_of(document)), 404, "not_found")
        assert_problem(ask(client, patient=str(owner.pk)), 404, "not_found")
    assert ids_in(ask(ada, ids=ids_of(two[0]))) == set(ids_of(two[0]))
    # Its bytes are nowhere, but Bea may know of it.
    told = json.loads(unzip(ask(bea, ids=ids_of(away))).read(MANIFEST))
    assert [one["id"] for one in told["left_out"]] == ids_of(away)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"ids": []}, "ids"),
        ({"ids": "all"}, "ids"),
        ({"ids": None}, "ids"),
        ({"ids": ["7"]}, "ids.0"),
        ({"ids": [str(uuid.uuid4())] * 5_001}, "ids"),
        ({"patient": "Amal"}, "patient"),
        ({"patient": None}, "patient"),
        ({"ids": [str(uuid.uuid4())], "patient": str(uuid.uuid4())}, None),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field(priya, body, field):
    answer = ask(priya, **body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    named = [error["field"] for error in answer.json()["errors"]]
    assert named == ([field] if field else ["non_field_errors"]), answer.json()


def test_a_patient_without_documents(world, priya):
    answer = ask(priya, patient=str(world.amal.pk))
    assert_problem(answer, 422, "nothing_to_archive", "patient")


def test_too_much_becomes_a_job(two, world, priya, monkeypatch):
    before = AccessLog.objects.count()
    monkeypatch.setattr(archives, "MAX_FILES", 1)
    for body in ({"ids": ids_of(*two)}, {"patient": str(world.amal.pk)}):
        answer = ask(priya, **body)
        assert (answer.status_code, answer.json()["state"]) == (202, "making")
    assert AccessLog.objects.count() == before


def act(client, *documents):
    body = {"action": "download_selected", "_selected_action": ids_of(*documents)}
    return client.post(LIST, body)


def test_staff_download_what_they_chose_in_the_list(two, priya):
    assert b'value="download_selected"' in priya.get(LIST).content
    before = set(AccessLog.objects.values_list("pk", flat=True))
    answer = act(priya, *two)
    assert ids_in(answer) == set(ids_of(*two))
    noted = AccessLog.objects.exclude(pk__in=before).filter(action="download")
    assert [set(one.object_ids) for one in noted] == [{one.pk for one in two}]


def test_the_list_says_why_there_is_no_zip(two, world, priya, monkeypatch):
    trash_document(membership=member("priya"), document=two[1])
    refused = act(priya, *two)
    assert refused.status_code == 302
    assert [str(one) for one in get_messages(refused.wsgi_request)] == [
        "Only available documents go into a ZIP. Filter the list by state and choose again."
    ]
    monkeypatch.setattr(archives, "MAX_FILES", 0)
    monkeypatch.setattr(archives, "JOB_FILES", 0)
    refused = act(priya, two[0])
    assert "an archive takes at most 0" in str(list(get_messages(refused.wsgi_request))[-1])
    monkeypatch.undo()
    assert ids_in(act(priya, two[0])) == set(ids_of(two[0]))


def test_the_list_gives_out_nothing_that_it_does_not_show(two, world, client_of):
    petras = upload(world, owner=world.petras, who="paul")
    priya = client_of("priya")
    answer = act(priya, two[0], petras)
    assert ids_in(answer) == set(ids_of(two[0]))  # the other was not in the list to be chosen
    for name in ("pat", "rex", "dev"):
        assert act(client_of(name), two[0]).status_code in {302, 403}, name
