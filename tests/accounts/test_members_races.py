"""Two at the same time, on connections of their own, with real commits."""

import re
import threading
from collections import Counter

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection, connections, transaction

from accounts.errors import (
    AlreadyMemberError,
    InvitationNotSentError,
    LastAdministratorError,
)
from accounts.models import Account, Domain, Membership, User
from accounts.roles import Role
from accounts.services import members as service
from accounts.services.invitations import invite_member, send_invitation
from accounts.services.members import add_member, change_member, set_membership

MADE = "(SELECT id FROM accounts_account WHERE schema_name LIKE 'race%%')"
LEFT = [
    f"DELETE FROM accounts_membership WHERE account_id IN {MADE}",  # noqa: S608
    f"DELETE FROM accounts_domain WHERE tenant_id IN {MADE}",  # noqa: S608
    "DELETE FROM accounts_account WHERE schema_name LIKE 'race%%'",
    "DELETE FROM accounts_user WHERE email LIKE '%%@race.test'",
]


@pytest.fixture
def clinics(django_db_setup, django_db_blocker):
    """Two clinics that stand in the shared tables only, each with two administrators."""
    with django_db_blocker.unblock():
        cache.clear()
        try:
            for name in ("race1", "race2"):
                account = Account(schema_name=name, name=name.title())
                account.save()
                Domain.objects.create(domain=f"{name}.localhost", tenant=account, is_primary=True)
                for person in ("one", "two"):
                    add_member(
                        account=account,
                        email=f"{person}@race.test",
                        role=Role.ADMIN,
                        name=person.title(),
                    )
            yield {name: Account.objects.get(schema_name=name) for name in ("race1", "race2")}
        finally:
            with connection.cursor() as cursor:
                for statement in LEFT:
                    cursor.execute(statement)


def of(account, person):
    return Membership.objects.select_related("user", "account").get(
        account=account, user__email=f"{person}@race.test"
    )


def at_once(*tasks):
    """Run each in a thread of its own, let loose together; return what came out, by type."""
    results, start = [], threading.Barrier(len(tasks), timeout=30)

    def run(task):
        try:
            start.wait()
            task()
            results.append("done")
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            results.append(type(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(results)


def active_administrators(account):
    return account.memberships.filter(role=Role.ADMIN, is_active=True).count()


ENDS = {"deactivate": {"is_active": False}, "demote": {"role": Role.PROVIDER}}


@pytest.mark.parametrize("second", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("first", ENDS.values(), ids=ENDS)
def test_two_administrators_do_not_remove_each_other(clinics, monkeypatch, first, second):
    """Without the lock both would find the other one still there."""
    account = clinics["race1"]
    one, two = of(account, "one"), of(account, "two")
    both_there = threading.Barrier(2, timeout=1)
    others = service.other_administrators

    def slow(member):
        found = others(member)
        seen = found.count()
        try:
            both_there.wait()  # the second never gets here while the first holds the lock
        except threading.BrokenBarrierError:
            assert seen == found.count()
        return found

    monkeypatch.setattr(service, "other_administrators", slow)
    found = at_once(
        lambda: change_member(membership=one, member=two, **first),
        lambda: change_member(membership=two, member=one, **second),
    )
    assert found == {"done": 1, LastAdministratorError: 1}
    assert active_administrators(account) == 1


def test_changes_at_two_clinics_do_not_wait_for_each_other(clinics):
    one = of(clinics["race1"], "one")
    with transaction.atomic():
        set_membership(member=one, is_active=False)
        other = of(clinics["race2"], "one")
        assert at_once(lambda: set_membership(member=other, is_active=False)) == {"done": 1}
        here = of(clinics["race1"], "two")

        def impatient():
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '200ms'")
                set_membership(member=here, is_active=False)

        ((error, number),) = at_once(impatient).items()
        assert (error.__name__, number) == ("OperationalError", 1)


def test_one_address_is_invited_once_by_two(clinics):
    account = clinics["race1"]

    def invite(by):
        return lambda: invite_member(
            membership=of(account, by), email="new@race.test", name="New", role=Role.PROVIDER
        )

    assert at_once(invite("one"), invite("two")) == {"done": 1, AlreadyMemberError: 1}
    assert [message.to for message in mail.outbox] == [["new@race.test"]]
    assert account.memberships.filter(user__email="new@race.test").count() == 1


def test_two_clinics_invite_the_same_new_person_at_once(clinics, monkeypatch):
    """Both find no login; one makes it, and both have a member."""
    both_looked = threading.Barrier(2, timeout=30)
    create = User.objects.create_user

    def wait_and_create(*args, **fields):
        both_looked.wait()
        return create(*args, **fields)

    monkeypatch.setattr(User.objects, "create_user", wait_and_create)

    def invite(name):
        return lambda: invite_member(
            membership=of(clinics[name], "one"),
            email="Same@race.test",
            name="Same",
            role=Role.PROVIDER,
        )

    assert at_once(invite("race1"), invite("race2")) == {"done": 2}
    person = User.objects.get(email="same@race.test")
    assert person.memberships.count() == 2
    assert len(mail.outbox) == 2


def test_a_failed_e_mail_loses_nothing_and_is_said(clinics, settings):
    account = clinics["race1"]
    one = of(account, "one")
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nothing listens there
    with pytest.raises(InvitationNotSentError) as refused:
        invite_member(membership=one, email="new@race.test", name="New", role=Role.PROVIDER)
    assert (refused.value.status, refused.value.code) == (503, "invitation_not_sent")
    assert "new@" not in refused.value.detail
    new = of(account, "new")
    assert (new.role, new.is_active, mail.outbox) == ("provider", True, [])
    settings.EMAIL_BACKEND = works
    send_invitation(membership=one, member=new)
    assert re.search(r"http://race1\.localhost/admin/reset/\S+", mail.outbox[0].body)


def test_the_e_mail_leaves_after_the_commit_only(clinics):
    one = of(clinics["race1"], "one")
    with transaction.atomic():
        invite_member(membership=one, email="new@race.test", name="New", role=Role.PROVIDER)
        transaction.set_rollback(True)
    assert (mail.outbox, User.objects.filter(email="new@race.test").exists()) == ([], False)
    with transaction.atomic():
        invite_member(membership=one, email="new@race.test", name="New", role=Role.PROVIDER)
        assert mail.outbox == []
    assert len(mail.outbox) == 1
