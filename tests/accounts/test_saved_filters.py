"""Filters of lists that people keep under a name: each their own."""

import pytest
from django_tenants.utils import tenant_context

from accounts.desk.models import SavedFilter
from patients.models import Patient

LIST = "/admin/patients/patient/"
KEEP = "/admin/filters/keep/"
MINE = {"page": "patients.patient", "name": "Mine", "query": "status=active&q=lee&p=2"}


def kept(alpha):
    with tenant_context(alpha):
        return [*SavedFilter.objects.order_by("name").values_list("name", "query")]


def test_a_filter_is_kept_shown_used_and_removed(client_of, alpha):
    with tenant_context(alpha):
        for name in ("Lee", "Ray"):
            Patient.objects.create(first_name="Ann", last_name=name)
    ada = client_of("ada")
    assert "Keep this filter" not in ada.get(LIST).content.decode()
    assert "Keep this filter" in ada.get(LIST, {"q": "lee"}).content.decode()
    done = ada.post(KEEP, MINE)
    assert (done.status_code, done["Location"]) == (302, f"{LIST}?status=active&q=lee")
    page = ada.get(LIST)
    (saved,) = page.context["saved_filters"]
    assert f'href="?{saved.query.replace("&", "&amp;")}"' in page.content.decode()
    found = ada.get(f"{LIST}?{saved.query}").context["cl"].result_list
    assert [patient.last_name for patient in found] == ["Lee"]
    gone = ada.post(f"/admin/filters/{saved.pk}/forget/")
    assert (gone.status_code, gone["Location"]) == (302, LIST)
    assert kept(alpha) == []


def test_the_same_name_replaces(client_of, alpha):
    ada = client_of("ada")
    ada.post(KEEP, MINE)
    ada.post(KEEP, {**MINE, "query": "status=inactive"})
    assert kept(alpha) == [("Mine", "status=inactive")]


def test_everybody_has_their_own(client_of, alpha):
    client_of("ada").post(KEEP, MINE)
    with tenant_context(alpha):
        saved = SavedFilter.objects.get()
    priya = client_of("priya")
    assert list(priya.get(LIST).context["saved_filters"]) == []
    assert priya.post(f"/admin/filters/{saved.pk}/forget/").status_code == 404
    assert kept(alpha) == [("Mine", "status=active&q=lee")]
    assert list(client_of("ada").get(LIST).context["saved_filters"]) == [saved]


REFUSED = {
    "no name": {"name": " "},
    "long name": {"name": "x" * 61},
    "no filter": {"query": ""},
    "only a page": {"query": "p=3"},
    "long": {"query": "q=" + "x" * 1000},
    "nul": {"name": "a\0b"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_is_no_filter_is_refused(client_of, alpha, change):
    answer = client_of("ada").post(KEEP, {**MINE, **change}, follow=True)
    assert answer.status_code == 200
    assert [m.level_tag for m in answer.context["messages"]] == ["error"]
    assert kept(alpha) == []


def test_there_is_an_end_to_them(client_of, alpha):
    ada = client_of("ada")
    for number in range(31):
        ada.post(KEEP, {**MINE, "name": f"Filter {number}"})
    assert len(kept(alpha)) == 30


@pytest.mark.parametrize("page", ["", "x", "patients.nothing", "accounts.user", "a.b.c"])
def test_a_list_that_is_none_is_not_there(client_of, alpha, page):
    assert client_of("ada").post(KEEP, {**MINE, "page": page}).status_code == 404
    assert kept(alpha) == []


@pytest.mark.parametrize("name", ["pat", "rex", "dev", "bea", None])
def test_nobody_else_keeps_any(client_of, alpha, name):
    answer = client_of(name, host="alpha").post(KEEP, MINE)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/login/?next={KEEP}")
    assert kept(alpha) == []
