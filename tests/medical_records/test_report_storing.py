"""The PDF of a finalised report is stored once, whatever dies, is away or runs at the same time."""

import pytest
from django.core.cache import cache
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from documents.models import Document
from documents.services import upload
from documents.services.sweep import sweep_unfinished_uploads
from documents.storage.base import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from medical_records.errors import ReportFinalizedError
from medical_records.models import ATReport
from medical_records.services import at_reports as module
from medical_records.services.at_reports import (
    create_at_report,
    finalize_at_report,
    missing_reports,
    seal_at_report,
    store_report,
)
from medical_records.services.missing_reports import store_missing_reports
from medical_records.tasks import store_missing_reports_everywhere
from patients.models import Patient
from tests.accounts.test_members_races import at_once
from tests.conftest import member
from tests.documents.test_crash_points import NOW, Killed, die
from tests.medical_records.helpers import send
from tests.medical_records.reports import FULL, URL, draft_of, finalize, stored, text_of


@pytest.fixture
def draft(client_of, people):
    return draft_of(client_of("priya"), people["anna"])


def away(*args, **kwargs):
    raise StoreError("The store cannot be reached.")


def documents(alpha):
    with tenant_context(alpha):
        return [one.state for one in Document.objects.order_by("pk")]


def test_a_death_between_sealing_and_storing_is_mended_once(client_of, draft, alpha, monkeypatch):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    with monkeypatch.context() as patch:
        patch.setattr("medical_records.api.report_views.store_soon", die)
        with pytest.raises(Killed):
            send(priya, "POST", f"{path}/finalize")
    connection.set_schema_to_public()
    shown = priya.get(path).json()
    assert (shown["status"], shown["document_id"], documents(alpha)) == ("finalized", None, [])
    with tenant_context(alpha):
        assert [str(report.pk) for report in missing_reports()] == [draft["id"]]
        assert [store_missing_reports(), store_missing_reports()] == [1, 0]
        assert list(missing_reports()) == []
    mended = priya.get(path).json()
    assert documents(alpha) == ["available"]
    with tenant_context(alpha):
        assert priya.get(f"{path}/pdf").content == stored(mended["document_id"])


def test_drafts_are_not_stored(draft, alpha):
    with tenant_context(alpha):
        assert (store_missing_reports(), Document.objects.count()) == (0, 0)


POINTS = ["announce", "store_bytes", "show"]


@pytest.mark.parametrize("point", POINTS)
def test_a_death_while_storing_is_mended_after_the_sweep(
    client_of, draft, alpha, monkeypatch, point
):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    with monkeypatch.context() as patch:
        patch.setattr(upload, point, die)
        with pytest.raises(Killed):
            send(priya, "POST", f"{path}/finalize")
    connection.set_schema_to_public()
    begun = [] if point == "announce" else ["pending"]
    assert (documents(alpha), priya.get(path).json()["document_id"]) == (begun, None)
    with tenant_context(alpha):
        assert store_missing_reports() == (1 if point == "announce" else 0)
        if begun:
            waiting = priya.get(f"{path}/pdf")
            assert (waiting.status_code, waiting.json()["code"]) == (409, "report_not_stored")
            assert sweep_unfinished_uploads(older_than=NOW) == 1
            assert store_missing_reports() == 1
    mended = priya.get(path).json()["document_id"]
    assert documents(alpha) == [*("rejected" for _ in begun), "available"]
    with tenant_context(alpha):
        assert text_of(stored(mended)).count("Anna Archer") > 0


@pytest.mark.logs_errors
def test_with_the_store_away_it_is_finalised_and_stored_later(client_of, draft, alpha, monkeypatch):
    priya, path = client_of("priya"), f"{URL}/{draft['id']}"
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        priya.raise_request_exception = False
        done = finalize(priya, draft)
        assert (done["status"], done["document_id"]) == ("finalized", None)
        refused = priya.get(f"{path}/pdf")
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        with tenant_context(alpha):
            assert store_missing_reports() == 0
    with tenant_context(alpha):
        assert store_missing_reports() == 1
    assert priya.get(path).json()["document_id"] is not None
    assert documents(alpha)[-1:] == ["available"]
    assert documents(alpha).count("available") == 1


def test_one_that_cannot_be_stored_does_not_stop_the_others(
    client_of,
    people,
    alpha,
    monkeypatch,
):
    priya, ada = client_of("priya"), client_of("ada")
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        first = finalize(priya, draft_of(priya, people["anna"]))
        second = finalize(ada, draft_of(ada, people["ben"]))
    put = FileSystemObjectStore.put

    def only_the_second(self, key, *args, **kwargs):
        if str(people["anna"].pk) in key:
            away()
        return put(self, key, *args, **kwargs)

    monkeypatch.setattr(FileSystemObjectStore, "put", only_the_second)
    with tenant_context(alpha):
        assert store_missing_reports() == 1
    assert ada.get(f"{URL}/{first['id']}").json()["document_id"] is None
    assert ada.get(f"{URL}/{second['id']}").json()["document_id"] is not None


def test_the_task_goes_to_every_clinic(client_of, draft, alpha, monkeypatch, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "put", away)
        finalize(client_of("priya"), draft)
    connection.set_schema_to_public()
    asked = []
    monkeypatch.setattr(
        "medical_records.tasks.store_missing_reports.delay",
        lambda: asked.append((connection.schema_name, module and store_missing_reports())),
    )
    store_missing_reports_everywhere()
    assert dict(asked) == {"alpha": 1, "beta": 0}
    assert documents(alpha)[-1] == "available"


OF_UNA = "(SELECT id FROM alpha.patients_patient WHERE email = 'una@race.test')"
LEFT = [
    "SET session_replication_role = replica",  # no triggers: documents are never deleted
    f"DELETE FROM alpha.documents_document WHERE patient_id IN {OF_UNA}",  # noqa: S608
    f"DELETE FROM alpha.medical_records_atreport WHERE patient_id IN {OF_UNA}",  # noqa: S608
    "DELETE FROM alpha.patients_patient WHERE email = 'una@race.test'",
    "SET session_replication_role = DEFAULT",
]


@pytest.fixture
def una(django_db_setup, django_db_blocker):
    """A patient with a draft, committed: other connections see them."""
    with django_db_blocker.unblock():
        cache.clear()
        try:
            with schema_context("alpha"):
                patient = Patient.objects.create(
                    first_name="Una", last_name="Race", email="una@race.test"
                )
                yield create_at_report(membership=member("ada"), patient=patient, **FULL)
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


def test_two_who_finalise_at_once_make_one_document(una):
    ada, priya = member("ada"), member("priya")
    tasks = [
        in_alpha(lambda who=who: finalize_at_report(membership=who, report=una))
        for who in (ada, priya)
    ]
    assert at_once(*tasks) == {"done": 1, ReportFinalizedError: 1}
    assert [one.state for one in Document.objects.filter(object_id=una.pk)] == ["available"]


def test_two_who_store_at_once_make_one_document(una):
    sealed = seal_at_report(membership=member("ada"), report=una)
    found = at_once(*(in_alpha(store_missing_reports) for _ in range(4)))
    assert found == {"done": 4}
    assert [one.state for one in Document.objects.filter(object_id=una.pk)] == ["available"]
    assert store_report(ATReport.objects.get(pk=sealed.pk)).object_id == una.pk
    assert store_missing_reports() == 0
