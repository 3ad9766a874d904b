"""Two at the same time, on connections of their own, with real commits."""

import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context

from accounts.models import Membership, User
from invites.errors import InviteGoneError, PendingInviteError
from invites.models import Invite
from invites.services.accepting import accept_invite
from invites.services.sending import InviteOptions, generate_invite
from patients.models import Patient
from tests.accounts.test_members_races import at_once
from tests.conftest import member

QUIET = InviteOptions(send_email=False)
LEFT = [
    "DELETE FROM alpha.invites_invite",
    "DELETE FROM alpha.patients_patient WHERE email = 'una@race.test'",
    "DELETE FROM accounts_membership USING accounts_user u"  # noqa: ISC004
    " WHERE user_id = u.id AND u.email = 'una@race.test'",
    "DELETE FROM accounts_user WHERE email = 'una@race.test'",
]


@pytest.fixture
def una(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        cache.clear()
        try:
            with schema_context("alpha"):
                yield Patient.objects.create(
                    first_name="Una", last_name="Race", email="una@race.test"
                )
        finally:
            connection.set_schema("alpha")
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)
            connection.set_schema_to_public()


def in_alpha(task):
    def run():
        with schema_context("alpha"):
            task()

    return run


def test_of_two_who_invite_one_does(una):
    ada, priya = member("ada"), member("priya")
    tasks = [
        in_alpha(lambda who=who: generate_invite(membership=who, patient_id=una.pk, options=QUIET))
        for who in (ada, priya, ada)
    ]
    assert at_once(*tasks) == {"done": 1, PendingInviteError: 2}
    assert Invite.objects.filter(patient=una, status="pending").count() == 1


def test_of_two_who_accept_one_does(una):
    made = generate_invite(membership=member("ada"), patient_id=una.pk, options=QUIET)
    token = made.link.partition("#")[2]
    tasks = [
        in_alpha(lambda n=n: accept_invite(token=token, password=f"four words and river {n}"))
        for n in range(4)
    ]
    assert at_once(*tasks) == {"done": 1, InviteGoneError: 3}
    assert User.objects.filter(email="una@race.test").count() == 1
    assert Membership.objects.filter(user__email="una@race.test").count() == 1
    assert Invite.objects.get(patient=una).status == "accepted"
