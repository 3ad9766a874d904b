"""Changing one's own password: guesses count, and nothing old is written back."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from accounts.adapters import AccountAdapter
from accounts.models import Membership
from accounts.roles import Role
from accounts.services.members import set_membership
from tests.accounts.codes import Page, Program, clock
from tests.accounts.logins import form_login, visitor
from tests.conftest import PASSWORD, member

__all__ = ["clock"]

NEW = "another-horse-battery"


def test_guessing_the_old_password_locks_the_login_out(clock):
    page = Page()
    page.login("priya")

    def change(old):
        body = {"current_password": old, "new_password": NEW}
        return page.post("account/password/change", body).status_code

    assert [change("guess") for _ in range(5)] == [400] * 4 + [429]
    clock.shift(61)  # past what one place may try in a minute
    assert change(PASSWORD) == 429
    assert Program().login("priya").status_code == 429
    assert member("priya").user.check_password(PASSWORD)


def test_the_clinics_admin_leads_to_the_app(client_of):
    answer = client_of("ada").post(
        "/admin/password_change/",
        {"old_password": "guess", "new_password1": NEW, "new_password2": NEW},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/app/account")
    assert member("ada").user.check_password(PASSWORD)


def test_a_new_password_brings_nothing_old_back(alpha):
    stale = member("priya").user
    get_user_model().objects.filter(pk=stale.pk).update(is_active=False)
    AccountAdapter().set_password(stale, NEW)
    now = get_user_model().objects.get(pk=stale.pk)
    assert now.check_password(NEW)
    assert not now.is_active


@pytest.mark.parametrize(("role", "kept"), [(Role.PROVIDER, True), (Role.ADMIN, False)])
def test_who_becomes_an_administrator_is_let_in_without_the_factor_no_more(
    alpha, clock, role, kept
):
    paul = member("paul")
    Membership.objects.filter(pk=paul.pk).update(
        second_factor_waived_at=timezone.now(), role=Role.PATIENT
    )
    with transaction.atomic():
        found = set_membership(member=member("paul"), role=role)
    assert (found.second_factor_waived_at is not None) is kept


def change_at_the_platform(client, old):
    token = client.cookies["csrftoken"].value
    body = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    return client.post("/admin/password_change/", {**body, "csrfmiddlewaretoken": token})


@pytest.mark.parametrize(("guesses", "changed"), [(0, True), (5, False)])
def test_the_platforms_own_page_counts_guesses_too(alpha, guesses, changed):
    client, root = visitor("localhost"), get_user_model().objects.get(email="root@platform.test")
    form_login(client, "root")
    assert client.get("/admin/password_change/").status_code == 200
    for _ in range(guesses):
        assert change_at_the_platform(client, "guess").status_code != 302
    change_at_the_platform(client, PASSWORD)
    root.refresh_from_db()
    assert root.check_password(NEW) is changed
