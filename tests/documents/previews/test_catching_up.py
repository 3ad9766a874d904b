"""Previews come by themselves: after an upload, and for documents whose message was lost."""

import io
import json
from datetime import timedelta

import pytest
from celery import current_app
from django.core.management import call_command
from django.utils import timezone
from django_tenants.utils import tenant_context
from kombu.exceptions import OperationalError

from documents.job_kinds.previewing import MakePreviews
from documents.models import Document
from documents.preview_models import Preview
from documents.rendering.running import RendererBusyError
from documents.services import previews
from documents.services.previews import make_previews, without_previews
from documents.storage import StoreError
from documents.storage.filesystem import FileSystemObjectStore
from documents.tasks import make_previews as task, tend_previews_everywhere
from jobs.errors import TransientError
from jobs.kinds import WorkItem
from jobs.models import Job
from medical_records.models import Insurance
from tests.documents.helpers import upload

NOW = timedelta(0)


@pytest.fixture
def document(world, photo, in_process):
    return upload(world, photo, name="foot.jpg")


def old(*documents):
    """Let them be older than an upload whose own message is on its way."""
    rows = Document.objects.filter(pk__in=[one.pk for one in documents])
    rows.update(created_at=timezone.now() - 2 * previews.QUIET)


def command(*arguments):
    out, code = io.StringIO(), 0
    try:
        call_command("make_previews", "--tenant", "alpha", "--json", *arguments, stdout=out)
    except SystemExit as error:
        code = error.code
    return code, json.loads(out.getvalue())


def test_an_upload_sends_for_a_worker_once_it_is_committed(
    world, photo, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *a, **k: sent.append((*a, k)))
    with django_capture_on_commit_callbacks(execute=True):
        document = upload(world, photo, name="foot.jpg")
        upload(world, b"Seen.\n", name="a.txt")
        assert sent == []
    assert sent == [
        ("documents.tasks.make_previews", (str(document.pk),), {"retry": False, "expires": None})
    ]
    task(str(document.pk))
    assert Preview.objects.filter(state="made").count() == 2
    task(str(document.pk))
    assert Preview.objects.count() == 2, "a message that comes twice does no harm"


def test_the_name_that_is_sent_is_that_of_the_task():
    from documents.services.sending_previews import TASK

    assert current_app.tasks[TASK].name == task.name == TASK


def test_a_broker_that_is_away_fails_no_upload(
    world, photo, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        document = upload(world, photo, name="foot.jpg")
    assert document.state == "available"
    assert list(without_previews(older_than=NOW)) == [document]


def test_the_task_leaves_for_later_or_for_good_what_does_not_go(
    world, document, photo, monkeypatch
):
    def busy(*_, **__):
        raise RendererBusyError

    with monkeypatch.context() as patch:
        patch.setattr(previews, "render", busy)
        task(str(document.pk))
    assert Preview.objects.count() == 0
    card = Insurance.objects.create(patient=document.patient, company="Wattle", member_id="7")
    task(str(upload(world, photo, name="c.jpg", slug="insurances", owner=card).pk))
    Document.objects.filter(pk=document.pk).update(state="purged")
    task(str(document.pk))
    task("0190a3c4-0000-7000-8000-000000000000")
    assert Preview.objects.count() == 0


def test_the_command_makes_what_is_missing_and_says_why_some_have_none(world, document, photo):
    broken = upload(world, photo, name="broken.jpg")
    Document.objects.filter(pk=broken.pk).update(file_type="application/pdf")
    fresh = upload(world, photo, name="fresh.jpg")
    old(document, broken)
    assert set(without_previews()) == {document, broken}
    code, report = command("--dry-run")
    assert (code, report["codes"], Preview.objects.count()) == (0, {"made": 2}, 0)
    code, report = command()
    assert (code, report["codes"]) == (0, {"made": 1, "damaged": 1})
    assert not without_previews().exists()
    assert list(without_previews(older_than=NOW)) == [fresh]


def test_a_store_that_is_away_is_the_next_rounds_work(document, monkeypatch):
    def away(*_, **__):
        raise StoreError("The store cannot be reached.")

    old(document)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemObjectStore, "read", away)
        kind = MakePreviews(Job(kind=MakePreviews.name, parameters={}))
        with pytest.raises(TransientError) as error:
            kind.process(WorkItem(str(document.pk), {}))
        assert error.value.code == "store_unavailable"
    assert list(without_previews()) == [document]


def test_every_clinic_is_tended_and_nobody_makes_what_is_there(document, alpha, monkeypatch):
    started = []
    monkeypatch.setattr("documents.tasks.make_missing_previews.delay", lambda: started.append(1))
    swept = []
    monkeypatch.setattr("documents.tasks.sweep_previews.delay", lambda: swept.append(1))
    tend_previews_everywhere()
    assert (started, len(swept)) == ([], 2), "it is too new"
    with tenant_context(alpha):
        old(document)
    tend_previews_everywhere()
    assert started == [1]
    with tenant_context(alpha):
        make_previews(document)
    tend_previews_everywhere()
    assert started == [1]


def test_a_better_renderer_finds_all_of_them_missing(document, monkeypatch):
    make_previews(document)
    old(document)
    assert not without_previews().exists()
    monkeypatch.setattr(previews, "VERSION", previews.VERSION + 1)
    assert list(without_previews()) == [document]
