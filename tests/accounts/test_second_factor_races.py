"""Two at the same time, on connections of their own, with real commits."""

import threading
import time
from collections import Counter

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import connection, connections
from django_tenants.utils import tenant_context

from accounts.models import Account, Membership, User
from accounts.password_resets.services import reset_key, reset_password
from accounts.roles import Role
from accounts.second_factor.codes import TooManyCodesError, use_code
from accounts.services.members import add_member
from tests.accounts.codes import code_of
from tests.conftest import PASSWORD

EMAIL = "one@secondrace.test"
OURS = "(SELECT id FROM accounts_user WHERE email LIKE '%%@secondrace.test')"
LEFT = [
    f"DELETE FROM mfa_authenticator WHERE user_id IN {OURS}",  # noqa: S608
    f"DELETE FROM accounts_membership WHERE user_id IN {OURS}",  # noqa: S608
    "DELETE FROM accounts_user WHERE email LIKE '%%@secondrace.test'",
]


@pytest.fixture
def person(django_db_setup, django_db_blocker, settings):
    """Somebody at alpha with an authenticator app and recovery codes."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with django_db_blocker.unblock():
        cache.clear()
        try:
            account = Account.objects.get(schema_name="alpha")
            made = add_member(account=account, email=EMAIL, role=Role.PROVIDER, password=PASSWORD)
            made.user.secret = generate_totp_secret()
            TOTP.activate(made.user, made.user.secret)
            RecoveryCodes.activate(made.user)
            yield made.user
        finally:
            connection.set_schema_to_public()
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


def at_once(task, times=4):
    """Run it in threads, let loose together; count what came out."""
    results, start = [], threading.Barrier(times, timeout=30)

    def run():
        try:
            start.wait()
            results.append(task())
        except TooManyCodesError:
            results.append("locked")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(results)


def test_of_many_with_one_code_one_gets_in(person):
    left = 30 - time.time() % 30
    code = code_of(person.secret, 1 if left < 5 else 0)  # not one that ends while they wait
    assert at_once(lambda: use_code(person, code) is not None) == {True: 1, False: 3}


def test_of_many_with_one_recovery_code_one_gets_in(person):
    row = Authenticator.objects.get(user=person, type="recovery_codes")
    code = row.wrap().generate_codes()[0]
    assert at_once(lambda: use_code(person, code) is not None) == {True: 1, False: 3}


def test_guesses_at_once_are_all_counted(person):
    found = at_once(lambda: use_code(person, "000000") is not None, times=8)
    assert found == {False: 5, "locked": 3}


def test_of_many_with_one_link_one_sets_the_password(person):
    one = Membership.objects.select_related("account", "user").get(user__email=EMAIL)
    with tenant_context(one.account):
        key = reset_key(one)
    number = iter(range(4))

    def choose():
        password = f"quite-another-horse-{next(number)}"
        with tenant_context(one.account):
            return password if reset_password(key=key, password=password) else None

    found = at_once(choose)
    (winner,) = [password for password in found if password]
    assert found == {winner: 1, None: 3}
    assert User.objects.get(pk=person.pk).check_password(winner)
