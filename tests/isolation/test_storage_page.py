"""The page of numbers, and the filters of the list of documents: who gets them, and what they say."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from documents.models import Document
from documents.registry import policy_for_slug
from patients.models import Patient
from tests.conftest import member
from tests.isolation.conftest import attach

PAGE = "/admin/documents/document/storage/"
MB = 1024 * 1024


@pytest.fixture
def listed(world, alpha):
    """Documents of two classes in three months; one is purged and does not count."""
    with tenant_context(alpha):
        made = [attach(world.patient, by=member("ada"), name=f"f{n}.txt") for n in range(4)]
        facts = [
            ("clinical", 3 * MB, "2024-01-15T00:00Z", "available"),
            ("image", MB, "2024-03-31T14:00Z", "trashed"),  # April, by the clinic's clock
            ("clinical", MB // 2, "2024-01-20T00:00Z", "available"),
            ("clinical", 50 * MB, "2024-01-20T00:00Z", "purged"),
        ]
        for one, (retention, size, when, state) in zip(made, facts, strict=True):
            Document.objects.filter(pk=one.pk).update(
                retention=retention, file_size=size, uploaded_at=when, state=state,
                trashed_at=when, purge_after=when,
            )  # fmt: skip
        others = Document.objects.exclude(pk__in=[one.pk for one in made])
        others.update(state="rejected")
    return made


def test_the_chart_says_what_its_table_says(listed, client_of):
    answer = client_of("ada").get(PAGE)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "3 documents with 4.50 MB" in text
    rows = re.findall(
        r'<th scope="row"[^>]*>([^<]*)</th>\s*<td[^>]*>([^<]*)</td>\s*<td[^>]*>([^<]*)</td>', text
    )
    assert rows == [
        ("clinical", "2", "3.50"), ("image", "1", "1.00"),
        ("2024-01", "2", "3.50"), ("2024-02", "0", "0.00"),
        ("2024-03", "0", "0.00"), ("2024-04", "1", "1.00"),
    ]  # fmt: skip
    drawings = [
        ET.fromstring(one)  # noqa: S314  our own page
        for one in re.findall(r'<svg role="img".*?</svg>', text, re.DOTALL)
    ]
    bars = []
    for one in drawings:
        named = {child.get("id") for child in one}
        assert set(one.get("aria-labelledby").split()) <= named
        bars += [(bar.find("title").text, float(bar.get("width")), float(bar.get("height")))
                 for bar in one.iter("rect")]  # fmt: skip
    assert [title for title, _, _ in bars] == [f"{label}: {mb} MB" for label, _, mb in rows]
    (_, clinical, _), (_, image, _), (_, _, january), (_, _, february), _, (_, _, april) = bars
    assert image / clinical == pytest.approx(1 / 3.5, abs=0.01)
    assert (february, april / january) == (0, pytest.approx(1 / 3.5, abs=0.01))
    assert '<script src="https' not in text
    link = client_of("ada").get(reverse("admin:documents_document_changelist")).content.decode()
    assert PAGE in link


def test_it_costs_the_same_however_many_documents_there_are(listed, client_of, alpha, world):
    client = client_of("ada")
    client.get(PAGE)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return [one for one in captured if "documents_document" in one["sql"]], len(captured)

    (counted, first) = cost()
    with tenant_context(alpha):
        for n in range(3):
            attach(world.patient, by=member("ada"), name=f"more{n}.txt")
    assert (len(counted), cost()[1]) == (1, first)


def test_an_empty_clinic_has_a_page_too(client_of, alpha):
    with tenant_context(alpha):
        assert not Document.objects.exists()
    assert "There are no documents yet." in client_of("ada").get(PAGE).content.decode()


def test_only_administrators_get_the_numbers(listed, client_of):
    from accounts.errors import NotPermittedError
    from documents.services.amounts import amounts

    for name in ("priya", "paul"):
        client = client_of(name)
        assert client.get(PAGE).status_code == 403
        assert PAGE not in client.get("/admin/documents/document/").content.decode()
    for name in ("pat", "gina", "rex", "dev", "bea", None):
        answer = client_of(name, host="alpha").get(PAGE)
        assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={PAGE}")
    assert "4.50 MB" not in client_of("bea", host="beta").get(PAGE).content.decode()
    for name in ("priya", "pat", "rex"):
        with pytest.raises(NotPermittedError):
            amounts(membership=member(name))


# --- Filters --------------------------------------------------------------------------------------


def found(client, **query):
    answer = client.get(reverse("admin:documents_document_changelist"), query, follow=True)
    assert answer.status_code == 200
    if answer.redirect_chain:
        return "refused"
    return {row.original_filename for row in answer.context["cl"].result_list}


def test_each_filter_finds_its_own(listed, client_of, alpha, world):
    with tenant_context(alpha):
        patient = Patient.objects.create(first_name="Other", last_name="Person")
        pdf = attach(patient, by=member("ada"), name="other.txt")
        Document.objects.filter(pk=pdf.pk).update(
            file_type="application/pdf", document_date="2024-05-05", category="letter",
            content_type_id=policy_for_slug("lab-results").content_type_id,
        )  # fmt: skip
        Document.objects.filter(pk=listed[1].pk).update(file_type="image/png")
    ada = client_of("ada")
    for query, names in (
        ({"state__exact": "trashed"}, {"f1.txt"}),
        ({"retention__exact": "image"}, {"f1.txt"}),
        ({"type": "pdf"}, {"other.txt"}),
        ({"type": "image"}, {"f1.txt"}),
        ({"type": "nonsense"}, set()),
        ({"slug": "lab-results"}, {"other.txt"}),
        ({"slug": "nonsense"}, set()),
        ({"category": "letter"}, {"other.txt"}),
        ({"patient__id__exact": patient.pk}, {"other.txt"}),
        ({"patient__id__exact": "nonsense"}, "refused"),
        ({"document_date__gte": "2024-05-01"}, {"other.txt"}),
        (
            {
                "uploaded_at__gte": "2024-01-01 00:00+00:00",
                "uploaded_at__lt": "2024-02-01 00:00+00:00",
            },
            {"f0.txt", "f2.txt"},
        ),
    ):
        assert found(ada, **query) == names, query


def test_a_filter_shows_no_more_than_the_role_may(listed, client_of, alpha):
    """Paul does not see the patient: neither documents nor, in the filter, the name."""
    with tenant_context(alpha):
        patient = Patient.objects.create(
            first_name="Hidden", last_name="Nameless", clinician=member("priya")
        )
        attach(patient, by=member("priya"), name="hidden.txt")
    query = {"patient__id__exact": patient.pk}
    page = reverse("admin:documents_document_changelist")
    assert "Nameless" in client_of("priya").get(page, query).content.decode()
    shown = client_of("paul").get(page, query).content.decode()
    assert "hidden.txt" not in shown
    assert "Nameless" not in shown


@pytest.mark.parametrize("query", [{}, {"slug": "patients"}, {"type": "image"}])
def test_filters_ask_for_no_more_with_more_patients(listed, client_of, alpha, query):
    ada, page = client_of("ada"), reverse("admin:documents_document_changelist")
    ada.get(page, query)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            ada.get(page, query)
        return len(captured)

    first = cost()
    with tenant_context(alpha):
        for n in range(5):
            Patient.objects.create(first_name="More", last_name=f"Person{n}")
    assert cost() == first
