"""Conversations over the API: who sees which, in what order, and what is unread in them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit.models import AccessLog
from sms_integration.models import InboundMedia, Message
from sms_integration.services.reading import unread_totals
from sms_integration.services.suppressing import lift_suppression, suppress
from tests.conftest import member
from tests.documents.corpus_images import png
from tests.documents.helpers import assert_problem
from tests.sms_integration.talks import (  # noqa: F401  fixtures
    NUMBER,
    OTHER,
    attach,
    cast,
    everything,
    say,
    talk_with,
)

URL = "/api/v1/conversations"


@pytest.fixture
def talks(cast):  # noqa: F811
    """Una's with two unread, Kit's with an answer, and one of nobody from Una's number."""
    unas, kits, nobodys = (
        talk_with(patient=cast["una"]),
        talk_with(OTHER, cast["kit"]),
        talk_with(NUMBER),
    )
    say(unas, "My knee is better", minute=1)
    say(unas, "Thank you", minute=2)
    say(kits, "Tomorrow at nine?", minute=3)
    say(kits, "Yes, see you", minute=4, direction="outbound", sent_by=member("paul").user)
    say(nobodys, "Who is this?", minute=5)
    talk_with("+61491570158")  # nothing was said in it
    return {"unas": unas, "kits": kits, "nobodys": nobodys}


@pytest.fixture
def ada(client_of, in_alpha):
    return client_of("ada")


def shown(client, query=""):
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def names(client, query=""):
    return [row["patient_name"] or row["phone"] for row in shown(client, query)]


def post(client, talk, way, **body):
    return client.post(f"{URL}/{talk.pk}/{way}", body, content_type="application/json")


def test_the_last_spoken_to_comes_first_and_each_sees_their_own(talks, ada, client_of):
    assert names(ada) == [NUMBER, "Kit Ash", "Una Cole"]
    first = shown(ada)[1]
    assert first["last_message"] == {
        "direction": "outbound", "status": "delivered", "text": "Yes, see you"
    }  # fmt: skip
    assert names(client_of("priya")) == ["Una Cole"]
    assert names(client_of("paul")) == ["Kit Ash"]
    for who in ("pat", "rex", "dev"):
        assert client_of(who).get(URL).status_code == 403


def test_what_is_of_nobody_is_seen_where_providers_see_all(
    everything,  # noqa: F811
    talks,
    client_of,
):
    assert names(client_of("priya")) == [NUMBER, "Kit Ash", "Una Cole"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("unread=true", [NUMBER, "Kit Ash", "Una Cole"]),
        ("unread=false", []),
        ("unmatched=true", [NUMBER]),
        ("unmatched=false", ["Kit Ash", "Una Cole"]),
        ("search=cole", ["Una Cole"]),
        ("search=KNEE better", ["Una Cole"]),
        ("search=0491 570 006", [NUMBER, "Una Cole"]),
        ("search=%2B61491570156", ["Kit Ash"]),
        ("search=nothing of it", []),
    ],
)
def test_filters(talks, ada, query, found):
    assert names(ada, f"?{query}") == found


def test_a_search_finds_nothing_that_one_does_not_see(talks, client_of, cast):  # noqa: F811
    priya = client_of("priya")
    for text in ("Tomorrow", "Ash", "Who is this", OTHER.removeprefix("+")):
        assert shown(priya, f"?search={text}") == []
    assert names(priya, f"?patient={cast['una'].pk}") == ["Una Cole"]
    assert shown(priya, f"?patient={cast['kit'].pk}") == []


def test_pages_miss_and_double_nothing_while_messages_come(talks, ada):
    first = ada.get(f"{URL}?page_size=1").json()
    say(talks["unas"], "and one more", minute=9)  # moves to the top
    second = ada.get(first["next"]).json()
    third = ada.get(second["next"] or f"{URL}?search=none").json()
    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert seen == [str(talks["nobodys"].pk), str(talks["kits"].pk)]
    assert ada.get(second["previous"]).json()["results"][0]["id"] == seen[0]


def test_lists_cost_the_same_with_more_in_them(talks, ada):
    def cost(url):
        with CaptureQueriesContext(connection) as captured:
            assert ada.get(url).status_code == 200
        return len(captured)

    messages = f"{URL}/{talks['unas'].pk}/messages"
    attach(talks["unas"].messages.first())
    cost(URL), cost(messages)  # what is looked up once
    before = cost(URL), cost(messages)
    for minute in range(3):
        more = say(talks["unas"], minute=10 + minute)
        attach(more)
        say(talk_with(f"+6149157120{minute}"), minute=20 + minute)
    assert (cost(URL), cost(messages)) == before


def test_messages_come_with_files_and_with_what_could_not_be_kept(talks, ada):
    message = say(talks["unas"], "See", minute=7)
    document = attach(message, png(), "knee.png")
    InboundMedia.objects.create(
        message=message, ordinal=1, url="https://x.test/1", state="refused", error="Too large."
    )
    answer = ada.get(f"{URL}/{talks['unas'].pk}/messages")
    first, *others = answer.json()["results"]
    assert [one["body"] for one in others] == ["Thank you", "My knee is better"]
    (file,) = first["files"]
    assert file["preview_url"] == f"/api/v1/files/{document.pk}/preview"
    assert first["media"] == [
        {"ordinal": 1, "declared_type": "", "state": "refused", "error_code": "",
         "error": "Too large."}
    ]  # fmt: skip
    assert "x.test" not in answer.content.decode()
    noted = dict(AccessLog.objects.values_list("object_type", "object_ids"))
    assert set(noted["sms_integration.message"]) == set(
        talks["unas"].messages.values_list("pk", flat=True)
    )
    assert noted["documents.document"] == [document.pk]


def test_read_is_what_was_seen(talks, ada, client_of):
    unas = talks["unas"]
    first = unas.messages.get(body="My knee is better")
    answer = post(ada, unas, "read", up_to=str(first.pk))
    assert (answer.status_code, answer.json()["unread_count"]) == (200, 1)
    assert post(client_of("priya"), unas, "read").json()["unread_count"] == 0
    readers = Message.objects.filter(conversation=unas).order_by("occurred_at")
    assert [one.read_by.name for one in readers] == ["Ada", "Priya"]
    before = list(readers.values_list("read_at", flat=True))
    post(ada, unas, "read")  # again: who read it first stays
    assert list(readers.values_list("read_at", flat=True)) == before
    assert post(ada, unas, "unread").json()["unread_count"] == 1
    foreign = talks["kits"].messages.first()
    assert_problem(post(ada, unas, "read", up_to=str(foreign.pk)), 400, "invalid", "up_to")


def test_the_badge(talks, client_of, ada):
    assert ada.get(f"{URL}/unread").json() == {"messages": 4, "conversations": 3, "unmatched": 2}
    assert unread_totals(member("priya")) == {"messages": 2, "conversations": 1, "unmatched": 0}
    assert client_of("pat").get(f"{URL}/unread").status_code == 403


def test_a_number_that_wants_no_messages_says_so(talks, ada):
    suppress(phone=OTHER, reason="stop")
    assert [row["opted_out"] for row in shown(ada)] == [False, True, False]
    one = f"{URL}/{talks['kits'].pk}"
    assert ada.get(one).json()["opted_out"] is True
    assert post(ada, talks["kits"], "read").json()["opted_out"] is True
    lift_suppression(phone=OTHER)
    assert ada.get(one).json()["opted_out"] is False


def test_whose_it_may_be_and_giving_it(talks, ada, client_of, cast):  # noqa: F811
    talk = talks["nobodys"]
    found = ada.get(f"{URL}/{talk.pk}/candidates").json()
    assert [one["name"] for one in found] == ["Sib Cole", "Una Cole"]
    una = str(cast["una"].pk)
    wrong = post(ada, talk, "assign", patient_id=una, from_patient_id=str(cast["kit"].pk))
    assert_problem(wrong, 409, "assigned_meanwhile")
    for client in (client_of("priya"), client_of("pat"), client_of("bea")):
        answer = post(client, talk, "assign", patient_id=una)
        assert answer.status_code in {401, 404}
    answer = post(ada, talk, "assign", patient_id=una, from_patient_id=None)
    assert answer.json()["id"] == str(talks["unas"].pk)  # hers, into which it was merged
    assert answer.json()["unread_count"] == 3
    assert ada.get(f"{URL}/{talk.pk}").status_code == 404


def test_the_timeline_and_the_dashboard(talks, ada, cast):  # noqa: F811
    rows = ada.get(f"/api/v1/patients/{cast['una'].pk}/timeline?kind=message").json()["results"]
    assert [row["title"] for row in rows] == ["Message from the patient"] * 2
    assert "knee" not in str(rows)
    page = ada.get("/admin/").content.decode()
    assert "Unread messages" in page
