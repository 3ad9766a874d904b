"""A clinic restored beside the one that it was: nothing of the one opens or harms the other."""

import re

import pytest
from django.core import mail
from django.db import models
from django.test import Client
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account
from accounts.password_links import password_link, password_tokens
from backups.services import writing
from backups.services.settling import TOKEN
from backups.shapes import tenant_models
from documents.models import Document
from documents.storage import object_store
from invites.errors import UnknownInviteError
from invites.models import Invite
from invites.services.accepting import verify_invite
from invites.services.sending import InviteOptions, generate_invite, resend_invite
from jobs.models import Job
from jobs.services.control import start_job
from medical_records.models import ATReport
from medical_records.services import at_reports
from medical_records.services.sharing import UnknownLinkError, document_of_link, send_report
from patients.models import Patient
from tests.backups.conftest import remove_clinics
from tests.backups.helpers import archive_of, backup, restore
from tests.backups.test_crash_points import in_child, kill_in
from tests.backups.world import PASSWORD, attach, objects_of, rows_of, who

TOLD = InviteOptions(send_email=False)  # the link is told instead
LIKE_SECRETS = re.compile(
    r"token|secret|password|hash|session|key|signature|nonce|code", re.IGNORECASE
)
# Seen, and no key to anything: hashes of bytes, names and places of objects, words.
HARMLESS = {
    *("sha256", "hash_algorithm", "s3_key", "stop_code", "code", "icd_code", "session_key"),
    *("session_data", "test_code", "keys_sha256", "error_code", "idempotency_key", "upload_key"),
}


def twin():
    return Account.objects.get(schema_name="restored")


def test_the_first_stays_as_it_is(clinic):
    path = archive_of(backup())
    before = rows_of("saved"), objects_of("saved")
    restore(path)
    assert (rows_of("saved"), objects_of("saved")) == before
    with tenant_context(twin()):
        for document in Document.objects.all():
            assert document.s3_key.startswith("restored/")


def test_each_object_is_its_own(clinic):
    """Removed in the one, it is still in the other."""
    restore(archive_of(backup()))
    here = objects_of("saved")
    with tenant_context(twin()):
        for key in objects_of("restored"):
            object_store().remove(f"restored/{key}")
    assert objects_of("restored") == {}
    assert objects_of("saved") == here


def invited():
    pit = Patient.objects.get(first_name="Pit")
    found = generate_invite(membership=who("sue"), patient_id=pit.pk, options=TOLD)
    return found.invite, token_of(found.link)


def token_of(link):
    return link.rpartition("#")[2]


def test_an_invite_to_the_first_opens_nothing_in_the_second(clinic, folder):
    invite, token = invited()
    assert verify_invite(token)
    restore(archive_of(backup()))
    assert verify_invite(token)
    with tenant_context(twin()):
        with pytest.raises(UnknownInviteError):
            verify_invite(token)
        copy = Invite.objects.get(pk=invite.pk)
        assert copy.status == "pending"  # staff send it again, and only then it opens
        again = resend_invite(membership=who("sue", "restored"), invite=copy, options=TOLD)
        assert verify_invite(token_of(again.link))
    with pytest.raises(UnknownInviteError):
        verify_invite(token_of(again.link))


def test_invites_are_dead_after_the_loss_of_everything_too(clinic, folder):
    """An archive that somebody has restored elsewhere must not answer to our patients' links."""
    _, token = invited()
    path = archive_of(backup())
    remove_clinics()
    restore(path, schema="saved")
    with schema_context("saved"), pytest.raises(UnknownInviteError):
        verify_invite(token)


def test_a_link_to_choose_a_password_opens_one_clinic_only(clinic):
    doc = who("doc")
    link = password_link(doc, scheme="https")
    token = link.rstrip("/").rpartition("/")[2]
    assert password_tokens.check_token(doc.user, token)
    path = archive_of(backup(with_logins=True))
    restore(path)
    copy = who("doc", "restored")
    assert not password_tokens.check_token(copy.user, token)
    assert password_tokens.check_token(doc.user, token)
    remove_clinics()
    restore(path)  # now with all the old ids
    copy = who("doc", "restored")
    assert (copy.pk, copy.user.password) == (doc.pk, doc.user.password)
    assert not password_tokens.check_token(copy.user, token)


def test_a_mailed_report_opens_one_clinic_only(clinic):
    report = ATReport.objects.get()
    at_reports.finalize_at_report(membership=who("doc"), report=report)
    mail.outbox.clear()
    send_report(
        membership=who("doc"),
        report=ATReport.objects.get(),
        email="pia@mail.test",
        address="https://saved.localhost/report",
    )
    token = re.search(r"#(\S+)", mail.outbox[0].body)[1]
    found = document_of_link(token)
    restore(archive_of(backup()))
    with tenant_context(twin()):
        assert Document.objects.filter(pk=found.pk).exists()
        with pytest.raises(UnknownLinkError):
            document_of_link(token)
    assert document_of_link(token) == found


def test_a_session_of_the_first_is_nobodys_in_the_second(clinic):
    doc = who("doc")
    browser = Client(HTTP_HOST="saved.localhost")
    browser.force_login(doc.user, backend="accounts.backends.MembershipBackend")
    answer = browser.get("/api/v1/me")
    assert answer.status_code == 200
    restore(archive_of(backup(with_logins=True)))
    assert browser.get("/api/v1/me").status_code == 200
    assert browser.get("/api/v1/me", headers={"host": "restored.localhost"}).status_code == 401
    # Who is a member has the same login at both, and logs in at each.
    login = {"email": "doc@saved.test", "password": PASSWORD}
    answer = Client(HTTP_HOST="restored.localhost").post(
        "/_allauth/app/v1/auth/login", login, content_type="application/json"
    )
    assert answer.status_code == 200
    token = answer.json()["meta"]["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    for host, status in (("restored", 200), ("saved", 401)):
        asked = Client(HTTP_HOST=f"{host}.localhost").get("/api/v1/me", headers=headers)
        assert asked.status_code == status, host


def test_each_column_that_may_be_a_secret_has_been_thought_of(in_alpha):
    """A new one of a name like these is either made unknown in a copy or known to be harmless."""
    seen = {
        str(field.column)
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if LIKE_SECRETS.search(str(field.column))
        and isinstance(field, (models.CharField, models.TextField))
    }
    assert TOKEN in seen
    assert seen <= {TOKEN, *HARMLESS}


def test_an_unfinished_backup_of_the_first_is_none_of_the_seconds(clinic, folder, monkeypatch):
    """Jobs have the same ids in both. The second neither goes on with it nor clears it away."""
    with monkeypatch.context() as dying:
        kill_in(dying, writing, "copy_object", call=2)
        assert in_child(backup) == 9
    (left,) = folder.iterdir()
    inside = {one.name: one.stat().st_size for one in left.iterdir()}
    other = folder.parent / "elsewhere"
    unfinished = Job.objects.get(kind="backup_account")
    restore(archive_of(backup(to=str(other))))
    with tenant_context(twin()):
        copy = Job.objects.get(pk=unfinished.pk)
        assert (copy.state, copy.stop_code) == ("cancelled", "restored")
        assert start_job(kind="backup_account", parameters={}).pk != unfinished.pk
        path = archive_of(backup())
        assert path.name.startswith("restored-")
    assert {one.name: one.stat().st_size for one in left.iterdir()} == inside
    with tenant_context(Account.objects.get(schema_name="saved")):
        done = backup()
        assert (done.pk, done.state) == (unfinished.pk, "succeeded")
    assert set(folder.iterdir()) == {path, archive_of(done)}


def test_what_the_one_writes_afterwards_is_not_in_the_other(clinic):
    restore(archive_of(backup()))
    with tenant_context(twin()):
        Patient.objects.filter(first_name="Pia").update(phone="+61400000000")
    assert not Patient.objects.filter(phone="+61400000000").exists()
    attach(Patient.objects.get(first_name="Pia"), name="later.pdf")
    with tenant_context(twin()):
        assert not Document.objects.filter(original_filename="later.pdf").exists()
