"""What an operator types and reads, and what an administrator clicks."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django_tenants.utils import schema_context

from documents.models import Document
from documents.services.verification_options import MOST_NAMED
from documents.storage import object_store
from jobs.models import Job
from jobs.services.running import run_job
from tests.documents.verify.conftest import use
from tests.documents.verify.helpers import gaps, put


@pytest.fixture
def stored(request, settings):
    return use(request, settings, "folder")


def command(*arguments, tenant="alpha"):
    """Return what it printed and its exit code."""
    out, code = StringIO(), 0
    with schema_context("public"):
        try:
            call_command(
                *("verify_documents", "--tenant", tenant),
                *arguments,
                stdout=out,
                stderr=StringIO(),
            )
        except SystemExit as ended:
            code = ended.code
    return out.getvalue(), code


def test_a_sound_clinic(documents):
    out, code = command()
    assert code == 0
    assert out.startswith("Succeeded: 6 done, 0 skipped, 0 failed of 6.")
    assert "  verified: 6\n" in out
    assert "All documents, and the store for objects that nobody needs." in out


def test_gaps_are_told_with_their_remedy_and_fail_the_command(documents):
    object_store().remove(documents[0].s3_key)
    put("alpha/nobodys.txt")
    out, code = command()
    assert code == 1
    assert f"{documents[0].pk}: missing The store has no object" in out
    assert "object alpha/nobodys.txt: orphan No document" in out
    assert "missing: Bring the object back from an older version" in out
    assert "orphan: Find out where it came from" in out
    assert "letter" not in out


def test_as_one_object(documents):
    object_store().remove(documents[0].s3_key)
    out, code = command("--json", "--no-hash")
    said = json.loads(out)
    assert code == 1
    assert (said["kind"], said["tenant"], said["state"]) == ("documents_verify", "alpha", "failed")
    assert said["counts"] == {"total": 6, "done": 5, "skipped": 0, "failed": 1}
    (failure,) = said["failures"]
    assert (failure["source_id"], failure["code"]) == (str(documents[0].pk), "missing")
    assert failure["remedy"]
    assert said["report"]["read_bytes"] is False


def test_what_was_not_looked_at_is_said(documents):
    assert "A random sample" in command("--sample", "2")[0]
    assert "What came in since" in command("--since", "2020-01-01")[0]
    assert "The documents that were named" in command("--documents", str(documents[0].pk))[0]
    assert "No bytes were read" in command("--no-hash")[0]


@pytest.mark.parametrize(
    "arguments",
    [("--sample", "0"), ("--since", "soon"), ("--documents", "x"), ("--rollback", "x")],
)
def test_bad_arguments(documents, arguments):
    with pytest.raises(CommandError) as refused:
        command(*arguments)
    assert refused.value.returncode == 2


def test_the_other_clinic_asks(documents, beta):
    with pytest.raises(CommandError) as refused:
        command("--documents", str(documents[0].pk), tenant="beta")
    assert refused.value.returncode == 2
    assert command(tenant="beta")[0].startswith("Succeeded: 0 done")


# --- The admin ------------------------------------------------------------------------------------


def ask(client, documents, **more):
    data = {"action": "verify_selected", "_selected_action": [str(one.pk) for one in documents]}
    return client.post(reverse("admin:documents_document_changelist"), {**data, **more})


def test_verify_now_starts_a_job_and_leads_to_it(
    documents, ada, django_capture_on_commit_callbacks
):
    object_store().remove(documents[0].s3_key)
    with django_capture_on_commit_callbacks():
        answer = ask(ada, documents[:2])
    job = Job.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:jobs_job_change", args=[job.pk])
    assert (job.kind, job.background, job.requested_by.name) == ("documents_verify", True, "Ada")
    assert job.parameters["documents"] == sorted(str(one.pk) for one in documents[:2])
    assert gaps(run_job(job, concurrency=1)) == {str(documents[0].pk): "missing"}
    page = ada.get(answer["Location"]).content.decode()
    assert "Verify documents" in page
    assert str(documents[0].pk) in page


def test_asked_twice_it_is_one_job(documents, ada):
    assert ask(ada, documents[:2])["Location"] == ask(ada, documents[1::-1])["Location"]
    assert Job.objects.count() == 1


def test_more_than_can_be_named_are_refused(documents, ada, monkeypatch):
    from documents.services import verification_options

    assert MOST_NAMED == 10_000
    monkeypatch.setattr(verification_options, "MOST_NAMED", 3)
    answer = ada.post(
        reverse("admin:documents_document_changelist"),
        {
            "action": "verify_selected",
            "_selected_action": [str(documents[0].pk)],
            "select_across": "1",
        },
        follow=True,
    )
    assert "Name from 1 to 3 documents" in answer.content.decode()
    assert not Job.objects.exists()


def test_providers_are_not_offered_it_and_cannot_do_it(documents, priya):
    page = priya.get(reverse("admin:documents_document_changelist")).content.decode()
    assert "trash_selected" in page
    assert "verify_selected" not in page
    ask(priya, documents[:2])
    assert not Job.objects.exists()
    assert Document.objects.filter(state="available").count() == 6


def test_the_service_asks_too(documents):
    from accounts.errors import NotPermittedError
    from documents.services.starting_verification import start_verification
    from tests.conftest import member

    for name in ("priya", "pat", "dev", "rex"):
        with pytest.raises(NotPermittedError):
            start_verification(membership=member(name), documents=[documents[0].pk])
    assert not Job.objects.exists()
