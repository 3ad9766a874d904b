"""Old conversations are given to their patients; what is not clear is left to people."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from documents.models import Document
from documents.services.rehoming import finish_moves
from jobs.models import JobItem, SourceLink
from jobs.services.control import start_job
from jobs.services.running import run_job
from patients.models import Patient
from sms_integration import linking
from sms_integration.models import Conversation, Message
from sms_integration.services.assigning import assign_conversation
from tests.conftest import member
from tests.sms_integration.talks import NUMBER, OTHER, attach, cast, say, talk_with  # noqa: F401

KITS = "+61491570157"


@pytest.fixture
def talks(cast):  # noqa: F811
    """One of Kit's by number, one by e-mail, one of Una's or her brother's, one of nobody's."""
    Patient.objects.filter(pk=cast["kit"].pk).update(email="kit@mail.test")
    talks = {
        "kits": talk_with(OTHER),
        "mail": talk_with("", email="KIT@mail.test"),
        "twins": talk_with(NUMBER),
        "nobodys": talk_with(KITS),
    }
    for name, talk in talks.items():
        say(talk, f"of {name}")
    return talks


def link(*, dry_run=False):
    return run_job(start_job(kind="link_chats", parameters={}, dry_run=dry_run), concurrency=1)


def undo(job):
    return run_job(start_job(kind="rollback", parameters={"job": str(job.pk)}), concurrency=1)


def state():
    """Whose each message is, as it says itself and as its conversation does, and its files."""
    rows = Message.objects.select_related("conversation").order_by("body")
    return [
        (
            row.body,
            row.patient_id,
            row.conversation.patient_id,
            row.conversation.unread_count,
            list(Document.objects.filter(object_id=row.pk).values_list("patient", flat=True)),
        )
        for row in rows
    ]


def outcomes(job):
    names = {str(item.source_id): item.code for item in JobItem.objects.filter(job=job)}
    return {pk.removeprefix("conversation:"): code for pk, code in names.items()}


def test_each_goes_to_the_one_patient_it_can_be_of(talks, cast):  # noqa: F811
    attach(say(talks["kits"], "of kits, with a file"))
    kit, before = cast["kit"].pk, state()
    dry = link(dry_run=True)
    assert (dry.done, dry.skipped, dry.failed, state()) == (2, 1, 1, before)
    job = link()
    assert (job.done, job.skipped, job.failed) == (2, 1, 1)
    assert outcomes(job) == {
        str(talks["kits"].pk): "linked",
        str(talks["mail"].pk): "linked",
        str(talks["twins"].pk): "ambiguous",
        str(talks["nobodys"].pk): "no_patient",
    }
    assert state() == [
        ("of kits", kit, kit, 2, []),
        ("of kits, with a file", kit, kit, 2, [kit]),
        ("of mail", kit, kit, 1, []),
        ("of nobodys", None, None, 1, []),
        ("of twins", None, None, 1, []),
    ]
    failed = JobItem.objects.get(job=job, code="ambiguous")
    for name in ("una", "sib"):
        assert str(cast[name].pk) in failed.detail
    assert NUMBER not in failed.detail + json.dumps(job.report)
    assert "of " not in json.dumps(list(JobItem.objects.values_list("payload", flat=True)))

    after = state()
    again = link()  # the same job goes on: people have not decided yet
    assert (again.pk, again.done, state()) == (job.pk, 2, after)
    assert SourceLink.objects.count() == 2
    assign_conversation(
        membership=member("ada"), conversation=talks["twins"], patient_id=cast["una"].pk
    )
    assert link().state == "succeeded"


def test_it_is_taken_back_but_for_what_has_gone_on(talks, cast):  # noqa: F811
    mine = talk_with(OTHER, patient=cast["kit"])  # so the old one is merged into it
    say(mine, "said with Kit")
    attach(say(talks["kits"], "of kits, with a file"))
    before = state()
    job = link()
    assert outcomes(job)[str(talks["kits"].pk)] == "merged"
    assert Conversation.objects.filter(phone=OTHER).count() == 1
    say(talks["mail"], "and later", minute=3)  # people go on in this one
    taken = undo(job)
    assert (taken.done, taken.failed) == (1, 1)
    assert JobItem.objects.get(job=taken, state="failed").code == "changed_since"
    finish_moves(links_die_after=timedelta(0))
    kept = [row for row in state() if row[0] not in {"of mail", "and later"}]
    assert kept == [row for row in before if row[0] != "of mail"]
    assert "/unmatched/" in Document.objects.get().s3_key
    assert SourceLink.objects.filter(job=job).count() == 1


def test_a_death_before_the_note_does_nothing_twice(talks, cast, monkeypatch):  # noqa: F811
    """Killed after it was given away and before it was noted: neither has happened."""

    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(linking.LinkChats, "remember", die)
        job = start_job(kind="link_chats", parameters={}, dry_run=False)
        with pytest.raises(Killed):
            run_job(job, concurrency=1)
    assert not Conversation.objects.filter(patient__isnull=False).exists()
    job = link()
    assert (job.done, SourceLink.objects.count()) == (2, 2)


def test_somebody_gives_it_away_while_the_job_runs(talks, cast, monkeypatch):  # noqa: F811
    whole = linking.candidate_ids

    def slow(talk):
        found = whole(talk)
        if talk.pk == talks["kits"].pk:
            assign_conversation(
                membership=member("ada"), conversation=talk, patient_id=cast["una"].pk
            )
        return found

    monkeypatch.setattr(linking, "candidate_ids", slow)
    assert outcomes(link())[str(talks["kits"].pk)] == "assigned_meanwhile"
    assert Message.objects.get(body="of kits").patient_id == cast["una"].pk


def test_the_command_answers_in_json(talks, capsys):
    with pytest.raises(SystemExit):  # what is ambiguous is a gap, until people have decided
        call_command("link_chats_to_patients", "--tenant", "alpha", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"total": 4, "done": 2, "skipped": 1, "failed": 1}
    assert [one["code"] for one in said["failures"]] == ["ambiguous"]
