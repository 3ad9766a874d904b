"""The timeline: everything of one patient in one query, newest first, and no more than one sees."""

import base64
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tenants.utils import tenant_context

from accounts.audit.models import AccessLog
from accounts.models import Account
from documents.models import Document, ImageBatch
from patients.models import Guardian, Patient
from patients.registry import (
    DayBegins,
    RegistryError,
    TimelineSource,
    register_timeline,
    timeline_sources,
    unregister,
)
from patients.services.timeline import Position, Timeline
from tests.conftest import member
from tests.isolation.conftest import attach

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def batches(membership, patient_id):
    found = ImageBatch.objects.filter(patient=patient_id)
    return found if membership.is_staff else found.none()


@pytest.fixture
def batch_source():
    """A kind of our own: image batches by their day, for staff only."""
    register_timeline(
        TimelineSource(
            kind="batch", label="Batch", rows=batches, at=DayBegins("taken_on"), title="name"
        )
    )
    yield
    unregister("batch")


@pytest.fixture
def story(people, alpha, batch_source):
    """Anna has four documents and three batches, by turns; Ben has one of each."""
    anna, ben, ada = people["anna"], people["ben"], member("ada")
    with tenant_context(alpha):
        for number in range(4):
            document = attach(anna, by=ada, name=f"note{number}.txt")
            moment = NOON + timedelta(days=number)
            Document.objects.filter(pk=document.pk).update(uploaded_at=moment)
        for number in range(3):
            day = date(2026, 11, 2) + timedelta(days=number)
            ImageBatch.objects.create(patient=anna, name=f"batch{number}", taken_on=day)
        attach(ben, by=ada, name="ben.txt")
        ImageBatch.objects.create(patient=ben, name="bens", taken_on="2026-11-01")
        Patient.objects.filter(pk=anna.pk).update(user=member("pat").user)
        Guardian.objects.create(user=member("gina").user, patient=anna)
    return anna


def address(patient, query=""):
    return f"/api/v1/patients/{patient.pk}/timeline{query}"


def titles(client, patient, query=""):
    answer = client.get(address(patient, query))
    assert answer.status_code == 200, answer.content
    return [row["title"] for row in answer.json()["results"]]


ALL = ["note3.txt", "batch2", "note2.txt", "batch1", "note1.txt", "batch0", "note0.txt"]


def test_everything_of_one_patient_newest_first(story, client_of):
    assert titles(client_of("ada"), story) == ALL
    row = client_of("ada").get(address(story)).json()["results"][0]
    assert {key: row[key] for key in ("kind", "at", "title")} == {
        "kind": "document",
        "at": "2026-11-04T12:00:00Z",
        "title": "note3.txt",
    }
    assert client_of("ada").get(row["url"]).json()["id"] == row["id"]
    assert client_of("ada").get(address(story, "?kind=batch")).json()["results"][0]["url"] is None


def test_a_day_begins_by_the_clinics_clock(story, client_of):
    def moment():
        rows = client_of("ada").get(address(story, "?kind=batch")).json()["results"]
        return rows[-1]["at"]

    assert moment() == "2026-11-01T13:00:00Z"  # midnight in Sydney
    Account.objects.filter(schema_name="alpha").update(time_zone="Australia/Perth")
    assert moment() == "2026-11-01T16:00:00Z"


def test_kinds_are_chosen(story, client_of):
    ada = client_of("ada")
    assert titles(ada, story, "?kind=batch") == ["batch2", "batch1", "batch0"]
    assert titles(ada, story, "?kind=batch,document") == ALL
    refused = ada.get(address(story, "?kind=batch,party"))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "kind")
    assert "batch" in refused.json()["detail"]


def test_one_sees_what_one_may(story, client_of, alpha):
    assert titles(client_of("priya"), story) == ALL
    notes = ["note3.txt", "note2.txt", "note1.txt", "note0.txt"]
    assert titles(client_of("pat"), story) == titles(client_of("gina"), story) == notes
    for name in ("paul", "rex", "dev", "bea"):
        answer = client_of(name, host="beta" if name == "bea" else "alpha").get(address(story))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), name


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 50])
def test_pages_forth_and_back_show_each_row_once(story, client_of, size):
    ada, seen, pages = client_of("ada"), [], []
    path = address(story, f"?page_size={size}")
    while path:
        page = ada.get(path).json()
        pages.append([row["title"] for row in page["results"]])
        seen += pages[-1]
        path, last = page["next"], page
    assert seen == ALL
    back, path = [], last["previous"]
    while path:
        page = ada.get(path).json()
        back = [[row["title"] for row in page["results"]], *back]
        path = page["previous"]
    assert back == pages[:-1]


def test_rows_of_one_moment_and_even_one_id_are_kept_apart(story, client_of, alpha):
    def twins(membership, patient_id):
        return Document.objects.filter(patient=patient_id)

    register_timeline(
        TimelineSource(kind="a-twin", label="Twin", rows=twins, at="uploaded_at", title=Value("t"))
    )
    try:
        with tenant_context(alpha):
            Document.objects.filter(patient=story).update(uploaded_at=NOON)
        ada, path, seen = client_of("ada"), address(story, "?page_size=1&kind=document,a-twin"), []
        while path:
            page = ada.get(path).json()
            seen += [(row["kind"], row["id"]) for row in page["results"]]
            path = page["next"]
    finally:
        unregister("a-twin")
    assert len(seen) == len(set(seen)) == 8


def test_rows_without_a_moment_or_in_the_trash_are_left_out(story, client_of, alpha):
    with tenant_context(alpha):
        Document.objects.filter(original_filename="note3.txt").update(
            state="trashed", trashed_at=NOON, purge_after=NOON
        )
    assert titles(client_of("ada"), story) == ALL[1:]


@pytest.mark.parametrize(
    "position",
    ["rubbish", "[]", "5", '["a","b","c"]', '["2026-11-01","x","y"]', "[1,2,3]", '["2026-11-01T00:00:00+00:00","01a1fbdb-9a20-7e21-a4c5-000000000000",5]', "null"],
)  # fmt: skip
def test_a_bad_cursor_is_refused(story, client_of, position):
    cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
    answer = client_of("ada").get(address(story, "?" + urlencode({"cursor": cursor})))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_read_is_in_the_access_log(story, client_of, alpha):
    rows = client_of("priya").get(address(story, "?page_size=2")).json()["results"]
    with tenant_context(alpha):
        entry = AccessLog.objects.get(object_type="patients.timeline")
    assert (entry.user_id, entry.action) == (member("priya").user_id, "list")
    assert entry.object_ids == [UUID(row["id"]) for row in rows]
    assert entry.detail == {"patient": str(story.pk)}


def test_it_is_one_query_however_many_sources_and_rows(people, client_of, alpha, batch_source):
    client, path = client_of("ada"), address(people["anna"])
    client.get(path)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            rows = client.get(path).json()["results"]
        return len(rows), len(captured)

    assert cost() == (0, 8)  # five to know who asks; the patient, the timeline, the access log
    for number in range(3):
        with tenant_context(alpha):
            ImageBatch.objects.create(
                patient=people["anna"], name=f"b{number}", taken_on="2026-11-01"
            )
    assert cost() == (3, 8)


def test_each_source_gives_a_page_at_most(story, alpha):
    with tenant_context(alpha), CaptureQueriesContext(connection) as captured:
        rows = Timeline(member("ada"), story.pk).after(Position(NOON, story.pk, "x")).first(2)
    assert [row.title for row in rows] == []
    (query,) = [found for found in captured.captured_queries if "UNION ALL" in found["sql"]]
    sources = len(list(timeline_sources()))
    assert query["sql"].count("LIMIT 2") == sources + 1
    assert query["sql"].count("UNION ALL") == sources - 1


def test_every_source_has_an_address_that_exists():
    assert {source.kind for source in timeline_sources()} >= {"document"}
    for source in timeline_sources():
        if source.route:
            path = reverse(source.route, args=["01a1fbdb-9a20-7e21-a4c5-000000000000"])
            assert path.startswith("/api/v1/")


def test_a_name_is_given_once():
    source = next(timeline_sources())
    with pytest.raises(RegistryError, match=source.kind):
        register_timeline(source)
