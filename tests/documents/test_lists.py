"""Lists of documents: filters, order, pages, counts, and the metadata people may change."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit.models import AccessLog
from accounts.fields import uuid7
from documents.models import Document
from tests.conftest import member
from tests.documents.helpers import assert_problem, row, upload

COUNTS = "/api/v1/files/batch-counts"


def names(answer):
    assert answer.status_code == 200, answer.content
    return [found["file_name"] for found in answer.json()["results"]]


INDEX = {
    "uploaded": "document_pkey",
    "name": "document_by_name",
    "size": "document_by_size",
    "type": "document_by_type",
}


@pytest.mark.parametrize("sort", INDEX)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_page_is_read_from_its_place_in_an_index(sort, sign, four, world, ada):
    """However deep: a cursor is a condition of the index, and nothing is sorted."""
    url = f"/api/v1/files?sort={sign}{sort}&page_size=2"
    url = ada.get(url).json()["next"]
    with CaptureQueriesContext(connection) as queries:
        assert len(names(ada.get(url))) == 2
    (sql,) = [
        query["sql"]
        for query in queries
        if "LIMIT 3" in query["sql"] and "documents_document" in query["sql"]
    ]
    with connection.cursor() as cursor:
        # Of four rows the planner would read all; this is about which ways there are.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"using {INDEX[sort]}" in plan or f"using documents_{INDEX[sort]}" in plan, plan
    assert "Sort" not in plan
    assert re.search(r"Index Cond: \(\(?(ROW\(|id )", plan), plan


@pytest.fixture
def four(world):
    """Four documents of one record that differ in everything one can filter or sort by."""
    day = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    facts = [
        ("b.pdf", "application/pdf", 300, "result", "Fasting", 0),
        ("c.png", "image/png", 100, "image", "", 1),
        ("a.jpg", "image/jpeg", 400, "image", "left FOOT", 2),
        ("d_100%.txt", "text/plain", 200, "report", "", 3),
    ]
    return [
        row(
            world,
            original_filename=name,
            file_type=kind,
            file_size=size,
            category=category,
            description=text,
            uploaded_at=day + dt.timedelta(days=days),
            document_date=(day - dt.timedelta(days=days)).date(),
        )
        for name, kind, size, category, text, days in facts
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=image", {"c.png", "a.jpg"}),
        ("category=holiday", set()),
        ("file_type=image/", {"c.png", "a.jpg"}),
        ("file_type=application/pdf", {"b.pdf"}),
        ("search=foot", {"a.jpg"}),
        ("search=.PNG", {"c.png"}),
        ("search=%25", {"d_100%.txt"}),
        ("search=%20Fóot%20.jpg", {"a.jpg"}),
        ("search=foot%20fasting", set()),
        ("file_type=IMAGE/", {"c.png", "a.jpg"}),
        ("file_type=mage/", set()),
        ("uploaded_after=0001-01-01", {"a.jpg", "b.pdf", "c.png", "d_100%.txt"}),
        ("uploaded_before=9999-12-31", {"a.jpg", "b.pdf", "c.png", "d_100%.txt"}),
        ("uploaded_after=9999-12-31", set()),
        ("sort=-size&search=.", {"a.jpg", "b.pdf", "c.png", "d_100%.txt"}),
        ("uploaded_after=2024-05-03", {"a.jpg", "d_100%.txt"}),
        ("uploaded_before=2024-05-02", {"b.pdf", "c.png"}),
        ("dated_after=2024-04-30", {"b.pdf", "c.png"}),
        ("dated_before=2024-04-29", {"a.jpg", "d_100%.txt"}),
        ("category=image&search=foot", {"a.jpg"}),
    ],
)
def test_lists_are_filtered(query, expected, four, world, priya):
    everything = {document.original_filename for document in four}
    for url in (world.files, "/api/v1/files"):
        assert set(names(priya.get(f"{url}?{query}"))) == expected
        assert set(names(priya.get(url))) == everything


@pytest.mark.parametrize(
    "query",
    [
        "uploaded_after=yesterday",
        "dated_before=2024-13-01",
        f"search={'x' * 101}",
        "sort=holiday",
        "page_size=0",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(query, four, world, priya):
    field = query.split("=")[0]
    answer = priya.get(f"{world.files}?{query}")
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert len(names(priya.get(world.files))) == 4


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", "d_100%.txt a.jpg c.png b.pdf"),
        ("uploaded", "b.pdf c.png a.jpg d_100%.txt"),
        ("-uploaded", "d_100%.txt a.jpg c.png b.pdf"),
        ("name", "a.jpg b.pdf c.png d_100%.txt"),
        ("-name", "d_100%.txt c.png b.pdf a.jpg"),
        ("size", "c.png d_100%.txt b.pdf a.jpg"),
        ("-size", "a.jpg b.pdf d_100%.txt c.png"),
        ("type", "b.pdf a.jpg c.png d_100%.txt"),
        ("-type", "d_100%.txt c.png a.jpg b.pdf"),
    ],
)
def test_lists_are_sorted_across_pages(sort, expected, four, world, priya):
    url, seen = f"{world.files}?sort={sort}&page_size=1", []
    while url:
        page = priya.get(url)
        seen += names(page)
        url = page.json()["next"]
    assert seen == expected.split()
    assert names(priya.get(f"{world.files}?sort={sort}")) == seen


def test_the_accounts_list_is_filtered_by_patient_and_kind(world, ada):
    row(world, original_filename="blood.pdf")
    row(world, original_filename="petra.pdf", object_id=world.petras.pk, patient=world.petra)
    everything = ["petra.pdf", "blood.pdf"]
    assert names(ada.get("/api/v1/files")) == everything
    assert names(ada.get(f"/api/v1/files?patient={world.petra.pk}")) == ["petra.pdf"]
    assert names(ada.get("/api/v1/files?entity_type=lab-result")) == everything
    assert names(ada.get("/api/v1/files?entity_type=patients")) == []
    assert names(ada.get("/api/v1/files?entity_type=holidays")) == []


def test_each_sees_the_documents_of_their_patients(world, client_of):
    row(world, original_filename="amal.pdf")
    row(world, original_filename="petra.pdf", object_id=world.petras.pk, patient=world.petra)
    seen = {name: names(client_of(name).get("/api/v1/files")) for name in ("ada", "paul", "priya")}
    assert seen == {
        "ada": ["petra.pdf", "amal.pdf"],
        "paul": ["petra.pdf", "amal.pdf"],
        "priya": ["amal.pdf"],
    }
    assert names(client_of("pat").get("/api/v1/files")) == []
    for name in ("rex", "dev"):
        assert_problem(client_of(name).get("/api/v1/files"), 403, "not_permitted")


@pytest.mark.parametrize(
    "state", ["pending", "verifying", "trashed", "purging", "purged", "quarantined", "rejected"]
)
def test_only_available_documents_are_shown(state, world, priya):
    dates = {"trashed_at": timezone.now(), "purge_after": timezone.now()}
    hidden = row(world, state=state, **dates)
    shown = row(world, original_filename="shown.pdf", state="available")
    for url in (world.files, "/api/v1/files"):
        assert names(priya.get(url)) == ["shown.pdf"]
    for way in ("", "/download"):
        assert_problem(priya.get(f"/api/v1/files/{hidden.pk}{way}"), 404, "not_found")
    assert priya.get(f"/api/v1/files/{shown.pk}").json()["file_name"] == "shown.pdf"
    counts = ask(priya, entity_type="lab-results", entity_ids=[str(world.blood.pk)])
    assert counts.json() == {"counts": {str(world.blood.pk): 1}}


@pytest.mark.parametrize("number", [1, 3, 30])
def test_a_list_takes_the_same_queries_however_long(
    number, world, priya, django_assert_num_queries
):
    for _ in range(number):
        row(world, uploaded_by_id=member("priya").user_id)
    names(priya.get(world.files))  # content types are looked up once, the session is kept alive
    # search_path twice, domain, session, membership, documents, access log; and the record
    for url, expected in (("/api/v1/files", 7), (world.files, 8)):
        with django_assert_num_queries(expected):
            assert len(names(priya.get(url))) == number


def test_a_list_is_written_down_once(world, priya):
    shown = {row(world).pk for _ in range(3)}
    before = AccessLog.objects.count()
    names(priya.get(world.files))
    noted = AccessLog.objects.latest("at")
    assert AccessLog.objects.count() == before + 1
    assert (noted.action, noted.object_type, set(noted.object_ids), noted.user_id) == (
        "list",
        "documents.document",
        shown,
        member("priya").user_id,
    )


def ask(client, **body):
    return client.post(COUNTS, body, content_type="application/json")


def test_counts_come_for_one_kind_or_several(world, priya):
    row(world)
    row(world)
    row(world, object_id=world.urine.pk)
    blood, urine, amal = (str(one.pk) for one in (world.blood, world.urine, world.amal))
    unknown = str(uuid7())
    for slug in ("lab-results", "lab-result"):
        answer = ask(priya, entity_type=slug, entity_ids=[blood, urine, unknown])
        assert answer.json() == {"counts": {blood: 2, urine: 1, unknown: 0}}
    answer = ask(priya, entities={"lab-results": [blood], "patients": [amal]})
    assert answer.json() == {"counts": {"lab-results": {blood: 2}, "patients": {amal: 0}}}


def test_what_one_may_not_see_counts_nothing(world, client_of, beta):
    row(world, object_id=world.petras.pk, patient=world.petra)
    petras = str(world.petras.pk)
    seen = {
        name: ask(client_of(name), entity_type="lab-results", entity_ids=[petras]).json()
        for name in ("ada", "paul", "priya", "pat", "bo")
    }
    assert seen == {name: {"counts": {petras: int(name in {"ada", "paul"})}} for name in seen}
    asked = ask(client_of("rex"), entity_type="lab-results", entity_ids=[petras])
    assert_problem(asked, 403, "not_permitted")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"entity_type": "holidays", "entity_ids": []}, "invalid"),
        ({"entities": {"holidays": []}}, "invalid"),
        ({"entity_type": "lab-results"}, "invalid"),
        ({"entity_ids": []}, "invalid"),
        ({}, "invalid"),
        ({"entity_type": "patients", "entity_ids": [], "entities": {}}, "invalid"),
        ({"entity_type": "patients", "entity_ids": ["4711"]}, "invalid"),
        ({"entity_type": "patients", "entity_ids": "all"}, "not_a_list"),
    ],
    ids=["kind", "kinds", "no ids", "no kind", "nothing", "both", "no uuid", "no list"],
)
def test_counts_are_asked_for_in_one_of_two_ways(body, code, world, priya):
    answer = ask(priya, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert ask(priya, entity_type="patients", entity_ids=[]).json() == {"counts": {}}
    assert ask(priya, entities={}).json() == {"counts": {}}


def test_at_most_a_thousand_are_counted(world, priya):
    ids = [str(uuid7()) for _ in range(1001)]
    both = {"lab-results": ids[:500], "patients": ids[500:]}
    for body in ({"entity_type": "patients", "entity_ids": ids}, {"entities": both}):
        assert_problem(ask(priya, **body), 400, "too_many_ids")
    answer = ask(priya, entity_type="patients", entity_ids=ids[:1000])
    assert answer.json() == {"counts": dict.fromkeys(ids[:1000], 0)}


@pytest.mark.parametrize("number", [1, 100])
def test_counting_takes_one_query_however_many(number, world, priya, django_assert_num_queries):
    ids = [str(uuid7()) for _ in range(number)]
    ask(priya, entity_type="lab-results", entity_ids=ids)
    with django_assert_num_queries(6):  # search_path twice, domain, session, membership, counts
        answer = ask(priya, entity_type="lab-results", entity_ids=ids)
    assert len(answer.json()["counts"]) == number
    with django_assert_num_queries(6):
        ask(priya, entities={"lab-results": ids, "patients": ids})


def patch(client, document, **changes):
    return client.patch(f"/api/v1/files/{document.pk}", changes, content_type="application/json")


def test_what_is_said_of_a_document_can_be_changed(world, priya):
    document = upload(world)
    changes = {
        "description": "Fasting",
        "category": "report",
        "document_date": "2024-05-01",
        "tags": ["urgent", "سكر"],
    }
    answer = patch(priya, document, **changes)
    assert {name: answer.json()[name] for name in changes} == changes
    assert answer.json()["uploaded_by"]["name"] == "Priya"
    stored = Document.objects.get()
    assert (stored.category, stored.tags, stored.sha256) == (
        "report",
        ["urgent", "سكر"],
        document.sha256,
    )
    labels = [event.category for event in stored.events.order_by("pgh_id")]
    assert labels == ["result", "result", "report"]


@pytest.mark.parametrize(
    "field", ["file_name", "file_type", "file_size", "sha256", "state", "legal_hold", "s3_key"]
)
def test_nothing_else_can_be_changed(field, world, priya):
    document = upload(world)
    before = priya.get(f"/api/v1/files/{document.pk}").json()
    answer = patch(priya, document, **{field: "trashed", "description": "new"})
    assert answer.json() == {**before, "description": "new"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "holiday"}, "invalid_choice"),
        ({"description": "x" * 501}, "max_length"),
        ({"tags": ["x" * 51]}, "max_length"),
        ({"tags": ["x"] * 51}, "max_length"),
        ({"document_date": "soon"}, "invalid"),
    ],
)
def test_changes_are_checked(changes, code, world, priya):
    document = upload(world)
    answer = patch(priya, document, **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert [e["field"].split(".")[0] for e in answer.json()["errors"]] == list(changes)
    fresh = Document.objects.get()
    assert (fresh.category, fresh.description, fresh.tags) == ("result", "", [])
    assert patch(priya, document, category="image").json()["category"] == "image"


def test_a_patient_may_read_but_not_change(world, client_of, priya):
    world.amal.user_id = member("pat").user_id
    world.amal.save()
    document = upload(world)
    pat = client_of("pat")
    assert pat.get(f"/api/v1/files/{document.pk}").json()["category"] == "result"
    assert_problem(patch(pat, document, category="image"), 403, "not_permitted")
    assert patch(priya, document, category="image").json()["category"] == "image"
