"""What could carry something from one clinic into another: cache, keys, tasks, sessions, logs."""

import json
import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from accounts.audit.models import AccessLog
from accounts.models import Account
from accounts.tasks import clear_expired_sessions, clear_expired_sessions_everywhere
from config.celery import app
from documents.services.reading import open_document
from documents.storage import object_store
from documents.storage.base import ForeignKeyError
from patients.models import Patient
from tests.accounts.logins import asks_me
from tests.conftest import member
from tests.isolation.conftest import TEXT

NO_CLINIC = b"There is no clinic at this address."


def test_the_same_cache_key_is_another_entry_in_each_clinic(alpha, beta):
    with tenant_context(alpha):
        cache.set("patients", "alpha's")
        assert cache.get("patients") == "alpha's"
    with tenant_context(beta):
        assert cache.get("patients") is None
        cache.set("patients", "beta's")
    with tenant_context(alpha):
        assert cache.get("patients") == "alpha's"
        cache.delete("patients")
    with tenant_context(beta):
        assert cache.get("patients") == "beta's"
    assert cache.get("patients") is None, "and nothing in the shared schema"


def test_an_object_is_read_in_its_own_clinic_only(world, alpha, beta):
    key = world.document.s3_key
    store = object_store()
    with tenant_context(alpha):
        with open_document(world.document, membership=member("ada")) as chunks:
            assert b"".join(chunks) == TEXT
        assert key in {found.key for found in store.keys("alpha/")}
    with tenant_context(beta):
        for call in (store.stat, store.remove, lambda key: store.read(key).__enter__()):
            with pytest.raises(ForeignKeyError):
                call(key)
        with pytest.raises(ForeignKeyError):
            list(store.keys("alpha/"))
        with pytest.raises(ForeignKeyError):
            store.stat(f"beta/../{key}")
    with tenant_context(alpha):
        assert store.stat(key).size == len(TEXT), "it is still there"


def test_an_object_is_not_read_in_the_shared_schema(world):
    with pytest.raises(ValueError, match="belongs to a clinic"):
        object_store().stat(world.document.s3_key)


def queued_from(schema, queue):
    """Queue a task in a schema and return its message as it lies in Valkey."""
    with schema_context(schema):
        clear_expired_sessions.apply_async(queue=queue)
    with app.connection_for_read() as broker:
        channel = broker.channel()
        raw = channel.client.lpop(queue)
        channel.client.srem(
            f"_kombu.binding.{queue}", *channel.client.smembers(f"_kombu.binding.{queue}") or [b"-"]
        )
    return json.loads(raw)


@pytest.mark.parametrize("schema", ["alpha", "beta"])
def test_a_queued_task_carries_its_clinic(db, schema):
    message = queued_from(schema, f"test-{uuid.uuid4()}")
    assert message["headers"]["task"] == "accounts.tasks.clear_expired_sessions"
    assert message["headers"]["_schema_name"] == schema


def sessions_of(account, *, ended=2):
    with tenant_context(account):
        for number in range(ended):
            Session.objects.create(
                session_key=f"ended{number}",
                session_data="x",
                expire_date=timezone.now() - timezone.timedelta(hours=1),
            )
        return Session.objects.count()


def test_a_task_touches_its_own_clinic_only_and_gives_the_connection_back(alpha, beta):
    assert (sessions_of(alpha), sessions_of(beta)) == (2, 2)
    with tenant_context(beta):
        done = clear_expired_sessions.apply(headers={"_schema_name": "alpha"})
        assert done.get() == 2
        assert connection.schema_name == "beta", "as it was before"
        assert Session.objects.count() == 2
    with tenant_context(alpha):
        assert Session.objects.count() == 0
    assert connection.schema_name == "public"


@pytest.mark.logs_errors  # by the worker, as every failed task is
def test_a_task_of_a_clinic_refuses_the_shared_schema(db, alpha):
    assert connection.schema_name == "public"
    with pytest.raises(RuntimeError, match="was sent without a clinic"):
        clear_expired_sessions()
    refused = clear_expired_sessions.apply()
    with pytest.raises(RuntimeError, match="was sent without a clinic"):
        refused.get()
    with tenant_context(alpha):
        assert clear_expired_sessions() == 0


def test_a_task_for_all_sends_one_to_each_clinic(db, monkeypatch):
    sent = []
    monkeypatch.setattr(
        clear_expired_sessions, "delay", lambda: sent.append(connection.schema_name)
    )
    clear_expired_sessions_everywhere()
    assert sorted(sent) == ["alpha", "beta"]
    assert connection.schema_name == "public"


def test_every_task_that_runs_in_the_shared_schema_is_known():
    app.loader.import_default_modules()
    ours = {
        name: task.in_public
        for name, task in app.tasks.items()
        if not name.startswith("celery.") and hasattr(task, "in_public")
    }
    in_public = {name for name, allowed in ours.items() if allowed}
    assert in_public == {name for name in ours if name.endswith("_everywhere")}
    assert in_public >= {"accounts.tasks.clear_expired_sessions_everywhere"}


def test_a_session_of_alpha_is_nobody_at_beta(client_of):
    here, there = client_of("ada"), client_of(None, host="beta")
    there.cookies["sessionid"] = here.cookies["sessionid"].value
    assert asks_me(there) == (401, "not_authenticated")
    assert asks_me(here) == "admin"


def test_the_admins_log_is_the_clinics_own(client_of, alpha, beta):
    body = {"name": "Harbour Practice", "email": "", "phone": "", "address": "", "notes": ""}
    page = client_of("ada").get("/admin/patients/company/add/")
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        body |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    answer = client_of("ada").post("/admin/patients/company/add/", body)
    assert answer.status_code == 302, answer.context["errors"]
    found = {}
    for schema in ("alpha", "beta", "public"):
        with schema_context(schema):
            found[schema] = [entry.object_repr for entry in LogEntry.objects.all()]
    assert found == {"alpha": ["Harbour Practice"], "beta": [], "public": []}


def test_the_access_log_is_the_clinics_own(world, client_of, alpha, beta):
    client_of("ada").get(f"/api/v1/patients/{world.patient.pk}")
    client_of("bea").get(f"/api/v1/patients/{world.patient.pk}")
    with tenant_context(alpha):
        entry = AccessLog.objects.get()
        assert (entry.user, entry.object_ids) == (member("ada").user, [world.patient.pk])
    with tenant_context(beta):
        assert not AccessLog.objects.exists(), "she was shown nothing"


def test_content_types_have_the_same_ids_everywhere(alpha, beta):
    def ids():
        ContentType.objects.clear_cache()
        return {(t.app_label, t.model): t.pk for t in ContentType.objects.all()}

    shared = ids()
    assert ("patients", "patient") in shared
    for account in (alpha, beta):
        with tenant_context(account):
            assert ids() == shared
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'django_content_type'")
        assert cursor.fetchall() == [("public",)]


HOSTS = {
    "port": ("alpha.localhost:8000", 401),
    "upper-case": ("ALPHA.LocalHost", 401),
    "www": ("www.alpha.localhost", 401),
    "unknown": ("gamma.localhost", 404),
    "deeper": ("x.alpha.localhost", 404),
    "public": ("public.localhost", 404),
}


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
def test_the_host_alone_decides(db, host, status):
    answer = Client(HTTP_HOST=host).get("/api/v1/me")
    assert answer.status_code == status
    assert (answer.content == NO_CLINIC) is (status == 404)


@pytest.mark.logs_errors  # the host is one of nobody's
def test_a_host_of_somebody_else_is_refused(db):
    assert Client(HTTP_HOST="alpha.evil.example").get("/api/v1/me").status_code == 400
    assert Client(HTTP_HOST="alpha.localhost").get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "header", ["HTTP_X_FORWARDED_HOST", "HTTP_X_TENANT", "HTTP_X_DTS_SCHEMA", "HTTP_FORWARDED"]
)
def test_no_header_chooses_the_clinic(client_of, header):
    client = client_of("bea")
    body = client.get("/api/v1/me", **{header: "alpha.localhost"}).json()
    assert body["account"]["schema_name"] == "beta"


def test_a_suspended_clinic_is_not_there(client_of, alpha):
    assert client_of("ada").get("/api/v1/me").status_code == 200
    Account.objects.filter(pk=alpha.pk).update(status="suspended")
    for path in ("/api/v1/me", "/admin/", "/admin/login/", "/api/v1/health"):
        answer = client_of("ada").get(path)
        assert (answer.status_code, answer.content) == (404, NO_CLINIC)
    assert client_of("bea").get("/api/v1/me").status_code == 200


def test_the_connection_is_shared_again_after_a_request_of_a_clinic(world, client_of):
    """What runs before the middleware chose a clinic, or after, must not see the last one's."""
    client_of("ada").get("/api/v1/patients")
    Client(HTTP_HOST="gamma.localhost").get("/api/v1/patients")
    assert connection.schema_name == "public"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('patients_patient')")
        assert cursor.fetchone() == (None,)


def test_equal_rows_of_two_clinics_do_not_meet(alpha, beta, client_of):
    for account in (alpha, beta):
        with tenant_context(account):
            Patient.objects.create(
                first_name="Sam", last_name=account.schema_name, email="sam@mail.test"
            )
    for name, family in (("ada", "alpha"), ("bea", "beta")):
        found = client_of(name).get("/api/v1/patients?search=sam@mail.test").json()["results"]
        assert [row["last_name"] for row in found] == [family]
