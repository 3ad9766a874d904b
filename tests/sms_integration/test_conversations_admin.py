"""The page of a conversation: it reads like a telephone, and looking changes nothing."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.fields import uuid7
from documents.models import Document
from sms_integration.admin.thread import PAGE
from sms_integration.models import Conversation, Gateway, InboundMedia, Message
from tests.documents.corpus_images import png
from tests.sms_integration.talks import NUMBER, attach, cast, say, talk_with  # noqa: F401

LIST = "admin:sms_integration_conversation_changelist"


@pytest.fixture
def talk(cast):  # noqa: F811
    talk = talk_with(patient=cast["una"])
    say(talk, "My <b>knee</b> hurts", minute=1)
    say(talk, "Come tomorrow", minute=2, direction="outbound")
    return talk


@pytest.fixture
def gateway(in_alpha):
    return Gateway.objects.create(name="Demo", provider="console", sender=NUMBER, is_active=True)


@pytest.fixture
def priya(client_of, in_alpha):
    return client_of("priya")


def page(talk):
    return reverse("admin:sms_integration_conversation_change", args=[talk.pk])


def do(client, talk, wish, **sent):
    answer = client.post(page(talk), {"do": wish, **sent})
    told = [str(one) for one in get_messages(answer.wsgi_request)]
    return answer, told


def reply(client, talk, key=None, **sent):
    return do(client, talk, "reply", key=str(key or uuid7()), **sent)


def snapshot():
    rows = Message.objects.order_by("pk").values_list("pk", "read_at", "updated_at")
    return list(rows), list(Conversation.objects.values_list("unread_count", "updated_at"))


def test_it_reads_like_a_telephone(priya, talk):
    message = say(talk, "See", minute=24 * 60)
    picture = attach(message, png(), "knee.png")
    InboundMedia.objects.create(message=message, ordinal=1, url="https://x.test/1",
                                state="refused", error="Too large.")  # fmt: skip
    failed = say(talk, "No", minute=24 * 60 + 1, direction="outbound", status="failed",
                 error="The number is not in use.")  # fmt: skip
    before = snapshot()
    answer = priya.get(page(talk))
    text = answer.content.decode()
    assert snapshot() == before
    bubbles = answer.context["thread"].bubbles
    assert [one.message.body for one in bubbles][-1] == failed.body
    assert [one.is_ours for one in bubbles] == [False, True, False, True]
    assert [one.day is not None for one in bubbles] == [True, False, True, False]
    assert "My &lt;b&gt;knee&lt;/b&gt; hurts" in text
    assert reverse("admin:documents_document_thumbnail", args=[picture.pk]) in text
    assert f"/api/v1/files/{picture.pk}/download" in text
    for said in ("Too large.", "The number is not in use.", "Not sent", "Delivered"):
        assert said in text
    assert "x.test" not in text


def test_long_ones_are_read_from_their_end(priya, talk, cast):  # noqa: F811
    for minute in range(PAGE + 5):
        say(talk, f"number {minute}", minute=10 + minute)

    def cost(url):
        with CaptureQueriesContext(connection) as captured:
            found = priya.get(url)
        return found, len(captured)

    cost(page(talk))
    (last, queries), short = cost(page(talk)), talk_with(NUMBER, cast["sib"])
    assert last.context["thread"].bubbles[-1].message.body == f"number {PAGE + 4}"
    earlier, _ = cost(f"{page(talk)}?before={last.context['thread'].earlier}")
    bodies = [one.message.body for one in earlier.context["thread"].bubbles]
    assert bodies == ["My <b>knee</b> hurts", "Come tomorrow", *(f"number {n}" for n in range(5))]
    assert earlier.context["thread"].earlier is None
    say(short, "one")
    assert cost(page(short))[1] == queries


def test_the_list(priya, client_of, talk):
    talk_with(NUMBER)
    shown = priya.get(reverse(LIST)).content.decode()
    assert "Una Cole" in shown
    assert "You: Come tomorrow" in shown
    assert "nobody yet" not in shown
    ada = client_of("ada")
    rows = ada.get(reverse(LIST), {"state": "unmatched"}).context["cl"].result_list
    assert [row.patient for row in rows] == [None]
    found = ada.get(reverse(LIST), {"q": "knee"}).context["cl"].result_list
    assert [row.pk for row in found] == [talk.pk]


def test_what_is_not_ones_own_is_not_there(priya, client_of, talk):
    paul, nobodys = client_of("paul"), talk_with(NUMBER)
    for client, hidden in ((paul, talk), (priya, nobodys)):
        assert client.get(page(hidden)).status_code == 302
        assert do(client, hidden, "read")[0].status_code == 302
    assert Conversation.objects.get(pk=talk.pk).unread_count == 1


def test_read_by_a_button_and_with_an_answer(priya, talk, gateway):
    seen = str(talk.messages.first().pk)
    do(priya, talk, "read", seen=seen)
    assert Conversation.objects.get(pk=talk.pk).unread_count == 0
    do(priya, talk, "unread")
    assert Conversation.objects.get(pk=talk.pk).unread_count == 1
    late = say(talk, "One more thing", minute=60)
    answer, _ = reply(priya, talk, body="All right", seen=str(seen))
    assert answer.status_code == 302
    assert Conversation.objects.get(pk=talk.pk).unread_count == 1
    assert Message.objects.get(pk=late.pk).read_at is None


def test_an_answer_with_a_file_is_sent_once(priya, talk, gateway):
    key = uuid7()
    for _ in range(2):
        file = SimpleUploadedFile("plan.png", png(), content_type="image/png")
        reply(priya, talk, key, body="Your plan", attachments=[file])
    sent = Message.objects.get(body="Your plan")
    assert (sent.status, sent.sent_by.name) == ("queued", "Priya")
    document = Document.objects.get(object_id=sent.pk)
    assert document.s3_key == f"alpha/sms/outbound/{talk.patient_id}/{sent.pk}.png"


def test_what_hinders_an_answer_leaves_nothing_to_be_sent(priya, talk, gateway):
    """The text stays on the page, the draft is taken back, and the next attempt is a new one."""
    bad = SimpleUploadedFile("plan.png", b"no picture at all", content_type="image/png")
    key = uuid7()
    answer, told = reply(priya, talk, key, body="Your plan", attachments=[bad])
    assert answer.status_code == 200
    assert told
    assert "Your plan" in answer.content.decode()
    assert str(key) not in answer.content.decode()
    assert Message.objects.get(body="Your plan").status == "canceled"
    gateway.is_active = False
    gateway.save()
    _, told = reply(priya, talk, body="Again")
    assert "No gateway" in told[0]
    assert not Message.objects.filter(status="queued").exists()


def test_it_is_given_to_a_patient(client_of, talk, cast):  # noqa: F811
    ada, nobodys = client_of("ada"), talk_with(NUMBER)
    say(nobodys, "Who is this?", minute=9)
    shown = ada.get(page(nobodys))
    assert [one.first_name for one in shown.context["candidates"]] == ["Sib", "Una"]
    found = ada.get(page(nobodys), {"find": "ash"})
    assert [one.first_name for one in found.context["found"]] == ["Kit"]
    _, told = do(ada, nobodys, "assign", patient=str(cast["una"].pk), was_of=str(cast["kit"].pk))
    assert "meanwhile" in told[0]
    answer, told = do(ada, nobodys, "assign", patient=str(cast["una"].pk), was_of="")
    assert answer["Location"] == page(talk)
    assert talk.messages.filter(body="Who is this?").exists()


def test_from_the_patients_page(priya, talk, cast):  # noqa: F811
    way = reverse("admin:patients_patient_conversations", args=[cast["una"].pk])
    assert priya.get(way)["Location"] == page(talk)
    other = reverse("admin:patients_patient_conversations", args=[cast["sib"].pk])
    assert priya.get(priya.get(other)["Location"]).status_code == 200
    hidden = reverse("admin:patients_patient_conversations", args=[cast["kit"].pk])
    assert "conversation" not in priya.get(hidden)["Location"]
