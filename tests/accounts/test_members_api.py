"""Administrators invite, change and deactivate the members of their clinic, over the API."""

import json

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from accounts.models import Membership, User
from accounts.roles import Role
from accounts.services.members import add_member
from tests.accounts.logins import asks_me, form_login, visitor
from tests.conftest import CAST, member

LIST = "/api/v1/members"
NOOR = {"email": "Noor@alpha.test", "name": "Dr  Noor Aziz", "role": "provider"}


def send(client, method, path, body=None, **headers):
    text = json.dumps(body or {})
    return client.generic(method, path, text, content_type="application/json", **headers)


def invite(client, **changed):
    return send(client, "POST", LIST, {**NOOR, **changed})


def patch(client, name, body, match="*"):
    one = member(name) if isinstance(name, str) else name
    return send(client, "PATCH", f"{LIST}/{one.pk}", body, HTTP_IF_MATCH=match)


def code(answer):
    return (answer.status_code, answer.json()["code"])


@pytest.fixture
def ada(client_of):
    return client_of("ada")


def emails(answer):
    assert answer.status_code == 200, answer.content
    return [row["email"] for row in answer.json()["results"]]


def test_an_administrator_sees_everybody_of_the_clinic_and_nobody_else(ada, client_of):
    everybody = sorted(f"{name}@alpha.test" for name in CAST["alpha"])
    assert emails(ada.get(LIST)) == everybody
    assert emails(client_of("bea").get(LIST)) == sorted(
        f"{name}@beta.test" for name in CAST["beta"]
    )


def test_a_member_shows_what_they_are_here(ada):
    priya = member("priya")
    answer = ada.get(f"{LIST}/{priya.pk}")
    assert {key: answer.json()[key] for key in ("id", "email", "name", "role", "is_active")} == {
        "id": str(priya.pk),
        "email": "priya@alpha.test",
        "name": "Priya",
        "role": "provider",
        "is_active": True,
    }
    assert set(answer.json()) == {
        *("id", "email", "name", "role", "is_active"),
        *("last_login_at", "second_factor", "created_at", "updated_at"),
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"role": "provider"}, ["paul", "priya"]),
        ({"role": "patient"}, ["gina", "pat"]),
        ({"is_active": "false"}, ["dev"]),
        ({"is_active": "true", "role": "developer"}, []),
        ({"search": "PRI"}, ["priya"]),
        ({"search": "pat@alpha"}, ["pat"]),
        ({"search": "ada priya"}, []),
    ],
)
def test_the_list_is_filtered(ada, query, expected):
    Membership.objects.filter(user__email="dev@alpha.test").update(is_active=False)
    assert emails(ada.get(LIST, query)) == [f"{name}@alpha.test" for name in expected]


def test_the_pages_of_the_list_hold_everybody_once(ada):
    found, page = [], ada.get(LIST, {"page_size": 2}).json()
    while True:
        found += [row["email"] for row in page["results"]]
        if page["next"] is None:
            break
        page = ada.get(page["next"]).json()
    assert found == sorted(f"{name}@alpha.test" for name in CAST["alpha"])


def test_the_search_knows_what_the_clinic_calls_them_not_their_own_name(ada, alpha, client_of):
    bea = client_of("bea")
    add_member(account=alpha, email="bea@beta.test", role=Role.PROVIDER, name="Locum One")
    assert emails(ada.get(LIST, {"search": "locum"})) == ["bea@beta.test"]
    assert emails(ada.get(LIST, {"search": "Bea"})) == ["bea@beta.test"], "it is in the e-mail"
    User.objects.filter(email="bea@beta.test").update(name="Roberta")
    assert emails(ada.get(LIST, {"search": "Roberta"})) == []
    assert emails(bea.get(LIST, {"search": "Roberta"})) == ["bea@beta.test"]


def test_somebody_new_is_invited(ada, alpha):
    answer = invite(ada)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    made = Membership.objects.get(pk=body["id"])
    assert (body["email"], body["name"], body["role"]) == (
        "noor@alpha.test",
        "Dr Noor Aziz",
        "provider",
    )
    assert (made.account_id, made.role, made.is_active) == (alpha.pk, "provider", True)
    assert (made.user.name, made.user.has_usable_password()) == ("Dr Noor Aziz", False)


def test_the_answer_does_not_tell_who_is_known_elsewhere(
    ada, db, django_capture_on_commit_callbacks
):
    """Bo has a name, a password and a past at beta; alpha's administrator learns none of it."""
    with django_capture_on_commit_callbacks(execute=True):
        known = invite(ada, email="bo@beta.test", name="Somebody")
        unknown = invite(ada, email="ob@beta.test", name="Somebody")
        again = [
            send(ada, "POST", f"{LIST}/{answer.json()['id']}/invite") for answer in (known, unknown)
        ]
    assert [mail.outbox[n].to for n in range(4)] == [["bo@beta.test"], ["ob@beta.test"]] * 2
    for one, other in [(known, unknown), again]:
        assert one.status_code == other.status_code
        mine, theirs = one.json(), other.json()
        own = {"id", "email", "created_at", "updated_at"}
        assert {k: v for k, v in mine.items() if k not in own} == {
            k: v for k, v in theirs.items() if k not in own
        }
        assert mine["name"] == "Somebody"
    bo = User.objects.get(email="bo@beta.test")
    assert (bo.name, bo.has_usable_password()) == ("Bo", True), "their own login is as it was"


def test_a_login_at_another_clinic_does_not_show(ada, client_of):
    form_login(visitor("beta"), "bo")
    invite(ada, email="bo@beta.test")
    (row,) = ada.get(LIST, {"search": "bo@"}).json()["results"]
    assert row["last_login_at"] is None
    form_login(visitor("alpha"), "bo")
    (row,) = ada.get(LIST, {"search": "bo@"}).json()["results"]
    assert row["last_login_at"] is not None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"role": "patient"}, ("role", "patient_role")),
        ({"role": "owner"}, ("role", "invalid_choice")),
        ({"email": "noor"}, ("email", "invalid")),
        ({"email": ""}, ("email", "blank")),
        ({"name": " "}, ("name", "blank")),
        ({"name": "a\0b"}, ("name", "null_characters_not_allowed")),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(ada, body, expected):
    before = (User.objects.count(), Membership.objects.count())
    answer = invite(ada, **body)
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [expected]
    assert (User.objects.count(), Membership.objects.count()) == before
    assert invite(ada).status_code == 201


@pytest.mark.parametrize("address", ["priya@alpha.test", "PRIYA@alpha.TEST", "pat@alpha.test"])
def test_a_member_is_not_invited_twice(ada, address):
    answer = invite(ada, email=address)
    assert code(answer) == (409, "already_member")
    assert "Change their role" in answer.json()["detail"]
    assert invite(ada, email="bo@beta.test").status_code == 201, "a member of beta's only"


def test_a_deactivated_member_is_to_be_reactivated(ada):
    assert patch(ada, "paul", {"is_active": False}).status_code == 200
    answer = invite(ada, email="paul@alpha.test")
    assert code(answer) == (409, "already_member")
    assert "Reactivate" in answer.json()["detail"]
    assert patch(ada, "paul", {"is_active": True}).json()["is_active"] is True


@pytest.mark.parametrize("name", ["priya", "pat", "gina", "rex", "dev"])
def test_only_administrators(client_of, name):
    client, ada, paul = client_of(name), client_of("ada"), f"{LIST}/{member('paul').pk}"
    assert code(client.get(LIST)) == code(invite(client)) == (403, "not_permitted")
    refused = [
        client.get(paul),
        patch(client, "paul", {"role": "admin"}),
        send(client, "POST", f"{paul}/invite"),
        client.get(f"{LIST}/{member(name).pk}"),
    ]
    assert [code(answer) for answer in refused] == [(404, "not_found")] * 4
    assert member("paul").role == "provider"
    assert ada.get(paul).status_code == 200
    assert patch(ada, "paul", {"role": "admin"}).json()["role"] == "admin"


def test_members_of_another_clinic_do_not_exist(ada, client_of):
    bo = f"{LIST}/{member('bo').pk}"
    refused = [
        ada.get(bo),
        patch(ada, "bo", {"role": "admin"}),
        patch(ada, "bo", {"is_active": False}),
        send(ada, "POST", f"{bo}/invite"),
    ]
    assert [code(answer) for answer in refused] == [(404, "not_found")] * 4
    assert (member("bo").role, member("bo").is_active) == ("provider", True)
    assert patch(client_of("bea"), "bo", {"role": "admin"}).json()["role"] == "admin"


def test_one_person_is_changed_at_one_clinic_only(ada, beta):
    add_member(account=beta, email="priya@alpha.test", role=Role.ADMIN)
    here = Membership.objects.get(user__email="priya@alpha.test", account__schema_name="alpha")
    assert patch(ada, here, {"role": "developer", "is_active": False}).status_code == 200
    found = Membership.objects.filter(user__email="priya@alpha.test")
    assert set(found.values_list("account__schema_name", "role", "is_active", "login_epoch")) == {
        ("alpha", "developer", False, 1),
        ("beta", "admin", True, 0),
    }


def test_a_role_counts_from_the_next_request(ada, client_of):
    priya = client_of("priya")
    assert code(priya.get(LIST)) == (403, "not_permitted")
    assert patch(ada, "priya", {"role": "admin"}).status_code == 200
    assert priya.get(LIST).status_code == 200
    assert patch(ada, "priya", {"role": "research_partner"}).status_code == 200
    assert asks_me(priya) == "research_partner"
    assert code(priya.get("/api/v1/patients")) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("name", "role"), [("priya", "patient"), ("pat", "provider"), ("pat", "admin")]
)
def test_nobody_becomes_or_stops_being_a_patient_here(ada, name, role):
    answer = patch(ada, name, {"role": role})
    assert code(answer) == (400, "patient_role")
    assert answer.json()["errors"][0]["field"] == "role"
    assert member(name).role == CAST["alpha"][name]
    twin = {"priya": "research_partner", "pat": "patient"}[name]
    assert patch(ada, name, {"role": twin}).json()["role"] == twin


def test_a_patient_is_deactivated_and_back(ada, client_of):
    pat = client_of("pat")
    assert asks_me(pat) == "patient"
    assert patch(ada, "pat", {"is_active": False}).json()["is_active"] is False
    assert asks_me(pat) == (401, "not_authenticated")
    assert patch(ada, "pat", {"is_active": True}).json()["is_active"] is True
    assert asks_me(client_of("pat")) == "patient"


@pytest.mark.parametrize("field", ["name", "email"])
def test_name_and_email_are_not_the_clinics(ada, field):
    answer = patch(ada, "priya", {field: "other@alpha.test", "role": "admin"})
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, "not_yours")]
    assert member("priya").role == "provider"
    assert patch(ada, "priya", {"role": "admin"}).status_code == 200


def test_a_change_needs_what_was_read(ada):
    path = f"{LIST}/{member('priya').pk}"
    tag = ada.get(path)["ETag"]
    body = {"role": "developer"}
    assert code(send(ada, "PATCH", path, body, HTTP_IF_MATCH="")) == (428, "if_match_required")
    assert patch(ada, "priya", body, tag).status_code == 200
    assert code(patch(ada, "priya", {"role": "admin"}, tag)) == (412, "changed_meanwhile")
    assert member("priya").role == "developer"


def test_logging_in_does_not_make_what_was_read_stale(ada):
    tag = ada.get(f"{LIST}/{member('priya').pk}")["ETag"]
    form_login(visitor(), "priya")
    assert member("priya").last_login_at is not None
    assert patch(ada, "priya", {"role": "admin"}, tag).status_code == 200


@pytest.mark.parametrize("body", [{"is_active": False}, {"role": "provider"}])
def test_the_last_administrator_stays(ada, client_of, body):
    """Not even by themselves; a deactivated one and one of beta's do not count."""
    assert patch(ada, "priya", {"role": "admin"}).status_code == 200
    assert patch(ada, "priya", {"is_active": False}).status_code == 200
    answer = patch(ada, "ada", body)
    assert code(answer) == (409, "last_administrator")
    assert (member("ada").role, member("ada").is_active) == ("admin", True)
    assert patch(ada, "priya", {"is_active": True}).status_code == 200
    assert patch(ada, "ada", body).status_code == 200


def test_an_administrator_whom_the_platform_has_closed_does_not_count(ada):
    assert patch(ada, "priya", {"role": "admin"}).status_code == 200
    User.objects.filter(email="priya@alpha.test").update(is_active=False)
    assert code(patch(ada, "ada", {"is_active": False})) == (409, "last_administrator")
    User.objects.filter(email="priya@alpha.test").update(is_active=True)
    assert patch(ada, "ada", {"is_active": False}).status_code == 200


def test_what_was_read_and_changed_is_written_down(ada, alpha):
    priya = member("priya")
    ada.get(f"{LIST}/{priya.pk}")
    patch(ada, "priya", {"role": "developer"})
    event = priya.events.order_by("pgh_id").last()
    assert (event.role, event.pgh_context["user"]) == ("developer", str(member("ada").user_id))
    with tenant_context(alpha):
        log = AccessLog.objects.filter(object_type="accounts.membership")
        assert set(log.values_list("action", flat=True)) == {"view"}
        assert all(row.object_ids == [priya.pk] for row in log)


def names(answer):
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_staff_choose_among_the_clinicians(client_of, alpha):
    add_member(account=alpha, email="bo@beta.test", role=Role.PROVIDER, name="Locum")
    answer = client_of("priya").get("/api/v1/clinicians")
    assert names(answer) == ["Ada", "Locum", "Paul", "Priya"]
    assert answer.json()["results"][2] == {"id": str(member("paul").pk), "name": "Paul"}
    assert names(client_of("ada").get("/api/v1/clinicians", {"search": "p"})) == ["Paul", "Priya"]
    assert names(client_of("bea").get("/api/v1/clinicians")) == ["Bea", "Bo"]
    for name in ("pat", "gina", "rex", "dev"):
        assert code(client_of(name).get("/api/v1/clinicians")) == (403, "not_permitted")


def test_who_has_left_is_not_chosen(ada):
    assert "Paul" in names(ada.get("/api/v1/clinicians"))
    patch(ada, "paul", {"is_active": False})
    assert names(ada.get("/api/v1/clinicians")) == ["Ada", "Priya"]
    User.objects.filter(email="priya@alpha.test").update(is_active=False)
    assert names(ada.get("/api/v1/clinicians")) == ["Ada"]


# Two to choose the schema, domain, session, membership; rows; access log, of everybody only.
@pytest.mark.parametrize(("path", "queries"), [(LIST, 7), ("/api/v1/clinicians", 6)])
def test_a_list_costs_the_same_with_more_rows(ada, alpha, path, queries):
    ada.get(path)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            answer = ada.get(path)
        return len(answer.json()["results"]), len(captured)

    shown, first = cost()
    for number in range(2):
        add_member(account=alpha, email=f"more{number}@alpha.test", role=Role.PROVIDER, name="M")
    assert cost() == (shown + 2, first)
    assert first == queries
