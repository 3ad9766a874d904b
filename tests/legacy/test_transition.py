"""Old addresses lead to the documents, for who may see them, until the operator ends that."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import include, path
from django_tenants.utils import tenant_context

from config.urls import api, urlpatterns as clinic_urls
from legacy.models import Transition
from patients.models import Guardian, Patient
from tests.conftest import member
from tests.legacy.helpers import documents, links, move
from tests.legacy.old_system import build

urlpatterns = [
    path("api/v1/", include([path("", include("legacy.api.urls")), path("", include(api))])),
    *clinic_urls,
]
WIRED = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture(autouse=True)
def _wired():
    with WIRED:
        yield


@pytest.fixture
def clinic(tmp_path, alpha):
    found = build(tmp_path / "old", newer=True)
    with tenant_context(alpha):
        assert move(found).state == "succeeded"
        Patient.objects.filter(pk=links()["patients:1"].target_id).update(
            clinician=member("paul").pk
        )
        Guardian.objects.create(
            patient_id=links()["patients:1"].target_id, user=member("gina").user
        )
    return found


def get(client, kind, old_id):
    return client.get(f"/api/v1/{kind}/{old_id}/download")


def bytes_at(client, answer):
    assert answer.status_code == 302, answer.content
    found = client.get(answer["Location"])
    assert found.status_code == 200
    return b"".join(found.streaming_content)


def of(clinic, record_table="lab_results"):
    return next(one for one in clinic.files if (one.record_table, one.patient) == (record_table, 1))


def test_an_old_address_leads_to_the_very_file(clinic, client_of):
    ada, lab, visit = client_of("ada"), of(clinic), of(clinic, "encounters")
    assert bytes_at(ada, get(ada, "lab-result-files", lab.id)) == clinic.stored(lab).read_bytes()
    for old_id in (lab.source_id, f"lab_result_files:{lab.id}", lab.id):
        assert bytes_at(ada, get(ada, "legacy-files", old_id)) == clinic.stored(lab).read_bytes()
    assert bytes_at(ada, get(ada, "legacy-files", visit.id)) == clinic.stored(visit).read_bytes()


@pytest.mark.parametrize("name", ["ada", "paul", "gina"])
def test_who_sees_the_patient_is_led_there(clinic, client_of, name):
    client, one = client_of(name), of(clinic)
    assert (
        bytes_at(client, get(client, "lab-result-files", one.id)) == clinic.stored(one).read_bytes()
    )


@pytest.mark.parametrize("name", ["priya", "pat", "rex", "dev"])
def test_who_does_not_see_the_patient_learns_nothing(clinic, client_of, name):
    client = client_of(name)
    hidden, unknown = (get(client, "lab-result-files", pk) for pk in (of(clinic).id, 99_999))
    assert hidden.status_code == unknown.status_code == 404
    same = [{**answer.json(), "instance": ""} for answer in (hidden, unknown)]
    assert same[0] == same[1]


def test_guardians_are_led_to_their_own_patients_files_only(clinic, client_of):
    gina = client_of("gina")
    seen = {
        one.id
        for one in clinic.files
        if get(gina, "legacy-files", one.source_id).status_code == 302
    }
    assert seen == {one.id for one in clinic.files if one.patient == 1}


def test_strangers_and_the_other_clinic_get_nothing(clinic, client_of):
    one = of(clinic)
    assert get(client_of(None), "legacy-files", one.id).status_code in {401, 403}
    assert get(client_of("bea"), "legacy-files", one.id).status_code == 404
    assert get(client_of("bea", host="alpha"), "legacy-files", one.id).status_code in {401, 403}


@pytest.mark.parametrize(
    "old_id",
    ["0", "-1", "x", "patients:1", "lab_results:1", "entity_files:", ":", "%00", "'", "9" * 300],
)
def test_what_is_no_files_number_leads_nowhere(clinic, client_of, old_id):
    answer = get(client_of("ada"), "legacy-files", old_id)
    assert (answer.status_code, answer.json()["code"]) in {(404, "not_found"), (400, "bad_request")}


def test_a_number_that_two_tables_had_must_name_its_table(clinic, client_of, alpha):
    with tenant_context(alpha):
        first, second = (
            documents()[of(clinic).source_id],
            documents()[of(clinic, "encounters").source_id],
        )
        known = links()
        known[f"lab_result_files:{of(clinic).id}"].delete()
        other = known[of(clinic, "encounters").source_id]
        other.pk, other.source_id = None, f"lab_result_files:{of(clinic).id}"
        other.save(force_insert=True)
    ada, one = client_of("ada"), of(clinic)
    answer = get(ada, "legacy-files", one.id)
    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous")
    for table, document in (("entity_files", first), ("lab_result_files", second)):
        led = get(ada, "legacy-files", f"{table}:{one.id}")
        assert led["Location"] == f"/api/v1/files/{document.pk}/download"


def end(*arguments, capsys):
    call_command("end_legacy_transition", "--tenant", "alpha", "--json", *arguments)
    return json.loads(capsys.readouterr().out)


def test_the_operator_ends_it_and_the_documents_stay(clinic, client_of, alpha, capsys):
    ada, one = client_of("ada"), of(clinic)
    older = sum(1 for one in clinic.files if one.record_table == "lab_results")
    expected = [{"source": "legacy-old", "addresses": len(clinic.files) + older}]
    shown = end(capsys=capsys)
    assert (shown["applied"], shown["ended"]) == (False, expected)
    assert get(ada, "legacy-files", one.id).status_code == 302
    done = end("--apply", capsys=capsys)
    assert (done["applied"], done["ended"]) == (True, expected)
    assert get(ada, "legacy-files", one.id).status_code == 404
    assert end("--apply", capsys=capsys)["ended"] == []
    with tenant_context(alpha):
        assert len(documents()) == len(clinic.files)
        # A further run does not open it again: the operator has said that it is over.
        assert move(clinic).state == "succeeded"
        assert Transition.objects.get().ended_at is not None
    assert get(ada, "legacy-files", one.id).status_code == 404


def test_one_of_several_old_systems_is_ended_by_name(clinic, tmp_path, client_of, alpha, capsys):
    with tenant_context(alpha):
        move(build(tmp_path / "other", seed=9), name="other")
    assert [
        one["source"]
        for one in end("--source-name", "legacy-other", "--apply", capsys=capsys)["ended"]
    ] == ["legacy-other"]
    assert [one["source"] for one in end(capsys=capsys)["ended"]] == ["legacy-old"]
    for wrong in (("--source-name", "nothing"), ("--tenant", "nowhere")):
        with pytest.raises(CommandError) as error:
            call_command("end_legacy_transition", "--tenant", "alpha", *wrong)
        assert error.value.returncode == 2


def test_a_dry_run_opens_no_address(tmp_path, alpha):
    with tenant_context(alpha):
        move(build(tmp_path / "old"), dry_run=True)
        assert not Transition.objects.exists()
