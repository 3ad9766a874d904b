"""AT reports, visits and insurances in the admin."""

import pytest
from django.core import mail
from django_tenants.utils import tenant_context

from accounts.services.members import set_membership
from documents.models import Document
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from medical_records.models import ATReport, Insurance, Visit
from medical_records.services.at_reports import create_at_report, finalize_at_report
from medical_records.services.missing_reports import store_missing_reports
from tests.conftest import member
from tests.forms import form_of
from tests.medical_records.reports import FULL

LIST = "/admin/medical_records/atreport/"
VISITS = "/admin/medical_records/visit/"
FILLED = {
    "assessed_on": "2026-11-02",
    "findings": "Walks 20 m.",
    "goals": "To shop alone.",
    "items-0-item": "Walker",
    "items-0-quantity": "1",
    "items-0-cost": "249.5",
    "items-1-item": "Ramp",
    "items-1-quantity": "2",
}


@pytest.fixture
def ada(client_of, alpha):
    return client_of("ada")


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def add(client, people, **change):
    shown = form_of(client.get(f"{LIST}add/"))
    body = {**shown, "patient": str(people["anna"].pk), **FILLED, **change}
    return client.post(f"{LIST}add/", body, follow=True)


@pytest.fixture
def draft(alpha, people):
    with tenant_context(alpha):
        return create_at_report(membership=member("priya"), patient=people["anna"], **FULL)


def kept(alpha):
    with tenant_context(alpha):
        return ATReport.objects.get()


def action(report, name):
    return f"{LIST}{report.pk}/{name}/"


def do(client, where):
    """Ask, and then confirm."""
    return client.post(where, form_of(client.get(where, follow=True)), follow=True)


def test_a_report_is_written_through_the_form(ada, alpha, people):
    answer = add(ada, people)
    assert answer.redirect_chain, answer.context["errors"]
    report = kept(alpha)
    assert [(row["item"], row["quantity"], row.get("cost")) for row in report.items] == [
        ("Walker", 1, 249.5),
        ("Ramp", 2, None),
    ]
    assert (report.author_id, report.status, report.findings) == (
        member("ada").pk,
        "draft",
        "Walks 20 m.",
    )


BAD = {
    "quantity": ({"items-1-quantity": "two"}, "items", "row 2, quantity: "),
    "nameless": ({"items-0-item": ""}, "items", "row 1, item: "),
    "cost": ({"items-0-cost": "1,000"}, "items", "row 1, cost: "),
    "no day": ({"assessed_on": ""}, "assessed_on", "required"),
}


@pytest.mark.parametrize(("change", "field", "words"), BAD.values(), ids=BAD)
def test_a_bad_value_is_shown_at_its_field_and_nothing_typed_is_lost(
    ada,
    alpha,
    people,
    change,
    field,
    words,
):
    answer = add(ada, people, **change)
    assert (answer.status_code, answer.redirect_chain) == (200, [])
    errors = answer.context["adminform"].form.errors
    assert (set(errors), words in errors[field][0]) == ({field}, True)
    shown = form_of(answer)
    typed = {**FILLED, **change}
    assert {key: shown[key] for key in typed} == typed
    with tenant_context(alpha):
        assert not ATReport.objects.exists()


def test_finalising_asks_first_and_stores_the_pdf(ada, alpha, draft):
    where = action(draft, "finalize")
    assert ada.get(where, follow=True).status_code == 200
    with tenant_context(alpha):
        assert (kept(alpha).status, Document.objects.count()) == ("draft", 0)
    answer = do(ada, where)
    assert said(answer) == ["The report is finalised; its PDF will be among the documents."]
    assert "AT_Report_2026-11-02.pdf" in answer.content.decode()
    with tenant_context(alpha):
        (document,) = Document.objects.all()
        assert (kept(alpha).status, document.object_id) == ("finalized", draft.pk)


def test_with_the_store_away_it_is_finalised_all_the_same(ada, alpha, draft, monkeypatch):
    def away(*args, **kwargs):
        raise StoreError("The store cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        do(ada, action(draft, "finalize"))
    with tenant_context(alpha):
        assert kept(alpha).status == "finalized"
        assert store_missing_reports() == 1


def test_what_has_changed_since_is_not_finalised(ada, alpha, draft):
    where, path = action(draft, "finalize"), f"{LIST}{draft.pk}/change/"
    old = form_of(ada.get(where, follow=True))
    ada.post(path, {**form_of(ada.get(path)), "goals": "Other"}, follow=True)
    refused = ada.post(where, old, follow=True)
    assert "Somebody has changed this" in said(refused)[0]
    with tenant_context(alpha):
        assert (kept(alpha).status, Document.objects.count()) == ("draft", 0)
    do(ada, where)
    assert (kept(alpha).status, kept(alpha).goals) == ("finalized", "Other")


def test_an_unready_report_is_not_finalised(ada, alpha, draft):
    path = f"{LIST}{draft.pk}/change/"
    ada.post(path, {**form_of(ada.get(path)), "findings": ""}, follow=True)
    assert said(do(ada, action(draft, "finalize"))) == ["Write the findings first."]
    assert kept(alpha).status == "draft"


@pytest.fixture
def final(alpha, draft):
    with tenant_context(alpha):
        return finalize_at_report(membership=member("ada"), report=draft)


def test_the_link_is_sent_from_the_page(ada, final):
    where = action(final, "send")
    assert ada.get(where, follow=True).status_code == 200
    assert mail.outbox == []
    assert said(do(ada, where)) == [
        "A link that works for 24 hours is on its way to anna@mail.test."
    ]
    (message,) = mail.outbox
    assert "http://alpha.localhost/shared-report#" in message.body


def test_without_an_address_it_says_so(ada, alpha, final, people):
    with tenant_context(alpha):
        people["anna"].email = ""
        people["anna"].save()
    assert said(do(ada, action(final, "send"))) == [
        "Neither the patient nor a guardian has an e-mail address; add one first."
    ]
    assert mail.outbox == []


def test_a_crafted_post_changes_nothing_of_a_finalised_report(ada, alpha, final):
    with tenant_context(alpha):
        before = ATReport.objects.values().get()
    path = f"{LIST}{final.pk}/change/"
    page = ada.get(path)
    text = page.content.decode()
    assert ("Walks 20 m indoors" in text, "Four-wheeled walker" in text) == (True, True)
    answer = ada.post(path, {**form_of(page), **FILLED, "status": "draft"}, follow=True)
    assert answer.status_code == 200
    assert ada.post(f"{LIST}{final.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ada.get(action(final, "finalize"), follow=True).status_code == 403
    with tenant_context(alpha):
        assert ATReport.objects.values().get() == before


def test_drafts_are_not_sent_and_others_reach_nothing(ada, client_of, alpha, draft):
    assert ada.get(action(draft, "send"), follow=True).status_code == 403
    paul = client_of("paul")
    assert paul.get(action(draft, "finalize"), follow=True).status_code == 403
    assert paul.post(action(draft, "finalize"), {}, follow=True).status_code == 403
    assert (kept(alpha).status, mail.outbox) == ("draft", [])


def add_visit(client, people, **change):
    shown = form_of(client.get(f"{VISITS}add/"))
    filled = {"started_at_0": "2026-11-02", "started_at_1": "12:30", "reason": "Cough"}
    body = {**shown, "patient": str(people["anna"].pk), **filled, **change}
    return client.post(f"{VISITS}add/", body, follow=True)


def test_a_visit_is_written_by_the_clinics_clock(ada, alpha, people):
    answer = add_visit(ada, people)
    assert answer.redirect_chain, answer.context["errors"]
    with tenant_context(alpha):
        visit = Visit.objects.get()
    assert (visit.started_at.isoformat(), visit.clinician_id) == (
        "2026-11-02T01:30:00+00:00",
        member("ada").pk,
    )


def test_a_visit_refuses_what_cannot_be_at_its_field(ada, alpha, people):
    bad = {"ended_at_0": "2026-11-02", "ended_at_1": "12:29"}
    for change, field in (
        (bad, "ended_at"),
        ({"clinician": str(member("pat").pk)}, "clinician"),
        ({"clinician": str(member("bo").pk)}, "clinician"),
        ({"patient": "01931f6e-5f1a-7c3e-9d55-3b1f1c2d4e5f"}, "patient"),
    ):
        answer = add_visit(ada, people, **change)
        assert answer.redirect_chain == []
        assert set(answer.context["adminform"].form.errors) == {field}
    with tenant_context(alpha):
        assert not Visit.objects.exists()


def test_one_who_has_left_stays_chosen_and_is_no_choice_for_others(ada, alpha, people):
    paul = str(member("paul").pk)
    add_visit(ada, people, clinician=paul)
    with tenant_context(alpha):
        set_membership(member=member("paul"), is_active=False)
        visit = Visit.objects.get()
    path = f"{VISITS}{visit.pk}/change/"
    shown = form_of(ada.get(path))
    assert shown["clinician"] == paul
    ada.post(path, {**shown, "reason": "Cold"}, follow=True)
    with tenant_context(alpha):
        changed = Visit.objects.get()
    assert (changed.reason, str(changed.clinician_id)) == ("Cold", paul)
    refused = add_visit(ada, people, clinician=paul)
    assert set(refused.context["adminform"].form.errors) == {"clinician"}


def test_a_second_primary_insurance_is_refused_in_words(ada, alpha, people):
    where = "/admin/medical_records/insurance/add/"
    filled = {"company": "Harbour", "member_id": "7", "patient": str(people["anna"].pk)}

    def save(**change):
        return ada.post(where, {**form_of(ada.get(where)), **filled, **change}, follow=True)

    assert save().redirect_chain
    answer = save(company="Wattle")
    text = answer.content.decode()
    assert "is primary; end it, or make one secondary" in text
    assert 'value="Wattle"' in text
    assert save(company="Wattle", rank="secondary").redirect_chain
    with tenant_context(alpha):
        assert sorted(Insurance.objects.values_list("company", "rank")) == [
            ("Harbour", "primary"),
            ("Wattle", "secondary"),
        ]
