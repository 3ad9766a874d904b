"""The staff's pages: searching, suggesting, importing from CSV, archiving."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from patients.admin import patients as page
from patients.models import Guardian, Patient
from tests.conftest import member

LIST = "/admin/patients/patient/"
IMPORT = "/admin/patients/patient/import-csv/"
CSV = "first_name,last_name,email\nZoë,Okafor,zoe@mail.test\nSam,Oh,anna@mail.test\n"


def messages(answer):
    return [str(message) for message in answer.context["messages"]]


def send(client, text):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile("people.csv", content)})


def carried(answer):
    return re.search(r'name="_csv" value="([^"]+)"', answer.content.decode())[1]


def test_the_search_is_the_apis(people, client_of, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["anna"].pk).update(first_name="Ännä")
    for text, expected in {"anna": ["Ännä"], "0412 000 001": ["Ännä"], "n-200": ["Ben"]}.items():
        found = client_of("ada").get(LIST, {"q": text})
        assert [row.first_name for row in found.context["cl"].result_list] == expected, text
    own = client_of("paul").get(LIST, {"q": "a"})
    assert [row.first_name for row in own.context["cl"].result_list] == ["Cara"]


def test_a_search_counts_no_further_than_anybody_leafs(alpha, client_of, monkeypatch):
    monkeypatch.setattr(page, "MOST_FOUND", 2)
    with tenant_context(alpha):
        for number in range(3):
            Patient.objects.create(first_name="Sam", last_name=f"Same{number}")
    client = client_of("ada")
    assert client.get(LIST, {"q": "sam"}).context["cl"].result_count == 2
    assert client.get(LIST).context["cl"].result_count == 3


def test_a_search_costs_one_query_more(people, client_of):
    client = client_of("ada")
    client.get(LIST)

    def cost(**query):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST, query).status_code == 200
        return len(captured)

    assert cost(q="a") == cost() + 1


def test_suggestions_are_searched_in_the_same_way(people, client_of):
    query = {
        "app_label": "patients",
        "model_name": "guardian",
        "field_name": "patient",
        "term": "ARCHÉR",
    }
    found = client_of("ada").get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["Anna Archer"]
    assert client_of("paul").get(reverse("admin:autocomplete"), query).json()["results"] == []


def test_a_csv_is_looked_at_and_then_imported(people, client_of, alpha):
    client = client_of("ada")
    assert "Import CSV" in client.get(LIST).content.decode()
    assert "first_name, last_name" in client.get(IMPORT).content.decode()
    preview = send(client, CSV)
    text = preview.content.decode()
    assert "Zoë Okafor" in text
    assert "email: Another patient has this email." in text
    assert "1 patient can be imported." in text
    assert "1 line is wrong" in text
    with tenant_context(alpha):
        assert not Patient.objects.filter(first_name="Zoë").exists()
    done = client.post(IMPORT, {"_csv": carried(preview)}, follow=True)
    assert messages(done) == ["1 patients imported.", "1 lines were not imported."]
    with tenant_context(alpha):
        assert Patient.objects.get(first_name="Zoë").email == "zoe@mail.test"
        assert not Patient.objects.filter(first_name="Sam").exists()


def test_a_file_that_cannot_be_read_says_why(people, client_of):
    for text, reason in {
        "first_name,blood\nA,B\n": "Unknown columns: blood.",
        b"first_name,last_name\nZo\x89,B\nJ\x81rg,B\n": "Line 2 is not UTF-8",
    }.items():
        answer = send(client_of("ada"), text)
        assert (answer.status_code, reason in answer.content.decode()) == (200, True), reason
        assert 'name="_csv"' not in answer.content.decode()


@pytest.mark.parametrize("text", ["x", "eA==", "", "é"])
def test_a_damaged_confirmation_imports_nothing(people, client_of, alpha, text):
    answer = client_of("ada").post(IMPORT, {"_csv": text}, follow=True)
    assert messages(answer) == ["The file has been damaged on its way. Choose it again."]
    with tenant_context(alpha):
        assert Patient.objects.count() == len(people)


@pytest.mark.parametrize("name", ["pat", "rex", "dev"])
def test_nobody_else_imports(client_of, alpha, name):
    answer = send(client_of(name), CSV)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={IMPORT}")
    assert send(client_of("priya"), CSV).status_code == 200


def test_archiving_and_restoring_several(people, client_of, alpha):
    client, ids = client_of("ada"), [str(people[name].pk) for name in ("anna", "ben")]

    def act(action):
        body = {"action": action, "_selected_action": ids}
        return messages(client.post(LIST, body, follow=True))

    def status():
        with tenant_context(alpha):
            return list(Patient.objects.order_by("id").values_list("status", flat=True))

    assert act("archive_selected") == ["2 archived."]
    assert status() == ["archived", "archived", "active"]
    assert act("restore_selected") == ["2 restored."]
    assert status() == ["active", "inactive", "active"]
    assert act("restore_selected")[-1] == "0 restored."


def test_consent_is_kept_with_its_day(people, client_of, alpha):
    client, path = client_of("ada"), f"{LIST}{people['ben'].pk}/change/"
    form = client.get(path).context["adminform"].form
    body = {name: "" if (v := form[name].value()) is None else v for name in form.fields}
    body |= {f"documents-document-content_type-object_id-{n}": "0" for n in ("TOTAL_FORMS", "INITIAL_FORMS")}  # fmt: skip
    body |= {"research_consent": "on"}
    refused = client.post(path, body, follow=True)
    assert "Say on which day the patient consented to research." in refused.content.decode()
    body |= {"research_consent_on": "2026-01-02"}
    client.post(path, body, follow=True)
    with tenant_context(alpha):
        ben = Patient.objects.get(pk=people["ben"].pk)
    assert (ben.research_consent, str(ben.research_consent_on)) == (True, "2026-01-02")


def test_guardians_are_chosen_from_patients_logins(people, client_of, alpha):
    with tenant_context(alpha):
        Guardian.objects.create(user=member("gina").user, patient=people["anna"])
    form = client_of("ada").get("/admin/patients/guardian/add/").context["adminform"].form
    choices = {user.email for user in form.fields["user"].queryset}
    assert choices == {"pat@alpha.test", "gina@alpha.test"}
