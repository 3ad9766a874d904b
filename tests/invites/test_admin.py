"""Inviting from the patients' page, and the page of the invites."""

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from invites.models import Invite
from invites.services.accepting import verify_invite
from invites.services.sending import generate_invite
from patients.models import Patient
from tests.conftest import member
from tests.invites.conftest import token_of

PATIENTS = "admin:patients_patient_changelist"
INVITES = "admin:invites_invite_changelist"


def act(client, page, action, rows):
    data = {"action": action, "_selected_action": [str(row) for row in rows]}
    answer = client.post(reverse(page), data)
    assert answer.status_code == 302
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    client.get(reverse(page))  # which shows them, so that they are gone
    return told


def test_selected_patients_are_invited_and_each_outcome_is_told(client_of, people, mailoutbox):
    everybody = [patient.pk for patient in people.values()]
    told = act(client_of("ada"), PATIENTS, "invite_selected", everybody)
    assert told[0] == "1 invited."
    assert sorted(line.partition(":")[0] for line in told[1:]) == ["1 not invited"] * 3
    assert [mail.to for mail in mailoutbox] == [["una@mail.test"]]


def test_a_provider_invites_only_whom_they_see(client_of, people, alpha, mailoutbox):
    una = [people["una"].pk]
    act(client_of("paul"), PATIENTS, "invite_selected", una)
    with tenant_context(alpha):
        assert not Invite.objects.exists()
    assert act(client_of("priya"), PATIENTS, "invite_selected", una) == ["1 invited."]
    assert len(mailoutbox) == 1


def test_an_invite_is_sent_again_and_revoked_from_its_page(client_of, invite, mailoutbox, alpha):
    ada, row = client_of("ada"), [invite["id"]]
    assert act(ada, INVITES, "resend_selected", row) == ["1 sent again."]
    with tenant_context(alpha):
        assert verify_invite(token_of(mailoutbox[-1])).first_name == "Una"
    assert act(ada, INVITES, "revoke_selected", row) == ["1 revoked."]
    told = act(ada, INVITES, "revoke_selected", row)
    assert "Only an open invite" in told[0]
    assert told[1] == "0 revoked."
    with tenant_context(alpha):
        assert Invite.objects.get().status == "revoked"


def test_nothing_of_an_invite_is_changed_by_its_form(client_of, invite, alpha):
    page = reverse("admin:invites_invite_change", args=[invite["id"]])
    client_of("ada").post(page, {"email": "eve@mail.test", "status": "accepted"})
    with tenant_context(alpha):
        kept = Invite.objects.get()
        assert (kept.email, kept.status) == ("una@mail.test", "pending")
        assert kept.token_hash not in client_of("ada").get(page).content.decode()


@pytest.mark.parametrize(("filters", "names"), [("", {"Una", "Kit"}), ("pending", {"Una"})])
def test_the_patients_list_shows_and_filters_the_state(client_of, invite, filters, names):
    query = {"invite_state": filters} if filters else {}
    shown = client_of("priya").get(reverse(PATIENTS), query)
    rows = list(shown.context["cl"].result_list)
    assert names <= {row.first_name for row in rows}
    if filters:
        assert names == {row.first_name for row in rows}
    assert {row.first_name: row.invite_state for row in rows}["Una"] == "pending"


def test_one_patient_is_invited_after_a_question(client_of, people, mailoutbox):
    ada, una = client_of("ada"), people["una"]
    page = reverse("admin:patients_patient_invite", args=[una.pk])
    asked = ada.get(page)
    assert "una@mail.test" in asked.content.decode()
    assert mailoutbox == [], "a GET does nothing"
    ada.post(page, {"_seen": asked.context["seen"]})
    assert [mail.to for mail in mailoutbox] == [["una@mail.test"]]
    assert member("ada").may("invites.add")


def test_a_list_of_invites_costs_the_same_with_more_of_them(client_of, invite, alpha):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(INVITES))
        return len(captured)

    client = client_of("ada")
    client.get(reverse(INVITES))
    first = cost()
    with tenant_context(alpha):
        for name in ("priya", "paul", "ada"):
            email = f"of-{name}@mail.test"
            patient = Patient.objects.create(
                first_name="More", last_name="Cole", email=email, clinician=member(name)
            )
            generate_invite(membership=member("ada"), patient_id=patient.pk)
    assert (first, cost()) == (9, 9)
