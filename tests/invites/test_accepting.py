"""The patient's side: the link is looked at, and accepted once."""

import pytest
from django_tenants.utils import tenant_context

from accounts.models import Membership, User
from accounts.services.members import set_membership
from invites.models import Invite
from invites.services.sending import InviteOptions, generate_invite
from patients.models import Patient
from tests.conftest import PASSWORD, member
from tests.invites.conftest import send

NEW = "four words and a river"


def accept(client_of, token, **body):
    return send(client_of(None), "invites/accept", {"token": token, "password": NEW, **body})


def test_looking_uses_nothing_up(client_of, invite):
    for _ in range(2):
        seen = send(client_of(None), "invites/verify", {"token": invite["token"]})
        assert seen.status_code == 200
        assert {k: v for k, v in seen.json().items() if k != "expires_at"} == {
            "clinic": "Alpha Clinic",
            "first_name": "Una",
            "email": "u…@mail.test",
        }


def test_a_new_login_is_made(client_of, invite, people, alpha):
    done = accept(client_of, invite["token"], name="Una  Cole")
    assert (done.status_code, done.json()["email"], done.json()["role"]) == (
        200,
        "una@mail.test",
        "patient",
    )
    user = User.objects.get(email="una@mail.test")
    assert (user.name, user.check_password(NEW)) == ("Una Cole", True)
    with tenant_context(alpha):
        assert Patient.objects.get(pk=people["una"].pk).user == user
        kept = Invite.objects.get()
        assert (kept.status, kept.accepted_by) == ("accepted", user)
    una = client_of("una")
    assert [row["first_name"] for row in una.get("/api/v1/patients").json()["results"]] == ["Una"]


def test_twice_is_refused_politely(client_of, invite):
    assert accept(client_of, invite["token"]).status_code == 200
    again = accept(client_of, invite["token"])
    assert (again.status_code, again.json()["code"]) == (410, "invite_used")
    assert again.json()["detail"] == "This invite has been used. Log in instead."


@pytest.mark.parametrize("token", ["", "x", "ä" * 200, "x" * 201, "\ud800", "a\0b"])
def test_what_is_no_token_is_refused(client_of, invite, token):
    answer = send(client_of(None), "invites/accept", {"token": token, "password": NEW})
    assert answer.status_code in {400, 404}
    assert answer.json()["errors"][0]["field"] == "token"
    assert accept(client_of, invite["token"]).status_code == 200


def test_a_token_is_worth_nothing_at_another_clinic(client_of, invite):
    other = send(client_of(None, host="beta"), "invites/verify", {"token": invite["token"]})
    assert (other.status_code, other.json()["code"]) == (404, "unknown_invite")
    here = send(client_of(None), "invites/verify", {"token": invite["token"]})
    assert here.status_code == 200


def test_a_weak_password_is_refused_and_leaves_nothing(client_of, invite, alpha):
    weak = accept(client_of, invite["token"], password="12345")
    assert weak.status_code == 400
    assert {error["field"] for error in weak.json()["errors"]} == {"password"}
    assert not User.objects.filter(email="una@mail.test").exists()
    with tenant_context(alpha):
        assert Invite.objects.get().status == "pending"
    assert accept(client_of, invite["token"]).status_code == 200


@pytest.fixture
def known(alpha, people, client_of, mailoutbox):
    """Una's address is Ben's, who has a login at beta."""
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["una"].pk).update(email="ben@beta.test")
        made = generate_invite(
            membership=member("ada"),
            patient_id=people["una"].pk,
            options=InviteOptions(send_email=False),
        )
    return made.link.partition("#")[2]


def test_a_known_login_must_give_its_own_password(client_of, known, alpha):
    wrong = accept(client_of, known)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_password")
    assert not Membership.objects.filter(account=alpha, user__email="ben@beta.test").exists()
    right = accept(client_of, known, password=PASSWORD)
    assert (right.status_code, right.json()["role"]) == (200, "patient")
    ben = User.objects.get(email="ben@beta.test")
    assert (ben.check_password(PASSWORD), ben.name) == (True, "Ben")
    assert ben.memberships.count() == 2


def test_staff_stay_what_they_are(client_of, people, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["una"].pk).update(email="paul@alpha.test")
        made = generate_invite(
            membership=member("ada"),
            patient_id=people["una"].pk,
            options=InviteOptions(send_email=False),
        )
    done = accept(client_of, made.link.partition("#")[2], password=PASSWORD)
    assert (done.status_code, done.json()["role"]) == (200, "provider")
    with tenant_context(alpha):
        assert Patient.objects.get(pk=people["una"].pk).user == member("paul").user


def test_a_deactivated_member_is_not_let_in_again(client_of, people, alpha):
    set_membership(member=member("gina"), is_active=False)
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["una"].pk).update(email="gina@alpha.test")
        made = generate_invite(
            membership=member("ada"),
            patient_id=people["una"].pk,
            options=InviteOptions(send_email=False),
        )
    token = made.link.partition("#")[2]
    refused = accept(client_of, token, password=PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "login_closed")
    set_membership(member=member("gina"), is_active=True)
    assert accept(client_of, token, password=PASSWORD).status_code == 200


def test_one_login_is_one_patient(client_of, people, alpha):
    with tenant_context(alpha):
        Patient.objects.filter(pk=people["pat"].pk).update(email="")
        Patient.objects.filter(pk=people["una"].pk).update(email="pat@alpha.test")
        made = generate_invite(
            membership=member("ada"),
            patient_id=people["una"].pk,
            options=InviteOptions(send_email=False),
        )
    refused = accept(client_of, made.link.partition("#")[2], password=PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (409, "login_taken")


def test_guessing_is_slowed_down(client_of, invite):
    answers = [send(client_of(None), "invites/verify", {"token": f"guess-{n}"}) for n in range(21)]
    assert [a.status_code for a in answers] == [404] * 20 + [429]
    assert answers[-1].json()["status"] == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_forwarded_address_that_nobody_vouches_for_changes_nothing(client_of, invite):
    codes = []
    for number in range(21):
        client = client_of(None)
        client.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{number}"
        codes.append(send(client, "invites/verify", {"token": "guess"}).status_code)
    assert codes == [404] * 20 + [429]
