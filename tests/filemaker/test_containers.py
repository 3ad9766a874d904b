"""What lies in containers, by each of the ways in which FileMaker gives it, and each fault of it."""

import pytest
from django.conf import settings

from filemaker.client import ATTEMPTS
from filemaker.spool import SPOOL
from jobs.errors import ItemError, StopRunError, TransientError
from tests.documents.helpers import temporary
from tests.filemaker.emulated_records import File

LIMIT = 10 * 1024 * 1024
FORMS = ["direct", "cookie-relative", "cookie-absolute", "cookie-401", "cookie-200"]


class Reader:
    """Reads the container of one record as an import does: anew for each attempt."""

    def __init__(self, client, fm, number=1):
        self.client, self.fm = client, fm
        self.row = fm.docs[number - 1]
        self.rereads = 0
        self.record = self.again()

    def again(self):
        self.rereads += 1
        return self.client.record("API_Docs", str(self.row.record_id))

    def read(self, limit=LIMIT):
        self.rereads = 0
        _, found = self.client.read_container(
            self.record, address_in=lambda one: one.fields["Doc"], again=self.again, limit=limit
        )
        return found


@pytest.fixture
def reader(client, fm):
    return Reader(client, fm)


def assert_whole(reader, found):
    file = reader.row.files["Doc"]
    assert found.content.read() == file.body()
    assert (found.content.sha256, found.content.size) == (file.sha256, len(file.body()))
    assert found.name == file.name
    found.content.close()


@pytest.mark.parametrize("form", FORMS)
def test_each_way_of_giving_the_bytes(reader, fm, waits, form):
    fm.habits.container = form
    assert_whole(reader, reader.read())
    assert (reader.rereads, waits) == (0, [])


@pytest.mark.parametrize("form", FORMS)
def test_the_token_goes_with_the_first_request_only(reader, fm, form):
    fm.habits.container = form
    reader.read().content.close()
    first, *others = [headers for _, path, headers in fm.seen if "Streaming" in path]
    assert first["Authorization"].startswith("Bearer ")
    assert "Cookie" not in first
    assert len(others) == (0 if form == "direct" else 1)
    for headers in others:
        assert "Authorization" not in headers
        assert headers["Cookie"].startswith("X-FMS-Session-Key=")


@pytest.mark.parametrize("form", FORMS)
def test_files_that_end_with_the_connection_arrive(reader, fm, form):
    fm.habits.container, fm.habits.writes_lengths = form, False
    assert_whole(reader, reader.read())


def test_all_of_it_goes_over_one_connection(reader, fm):
    for _ in range(3):
        reader.read().content.close()
    assert fm.requests["connections"] == 1


def test_an_empty_container_is_no_file(reader, fm):
    reader.row.files["Doc"] = None
    reader.record = reader.again()
    assert reader.read() is None
    assert fm.requests["stream"] == 0


def test_a_stale_address_is_asked_for_anew(reader, fm, waits):
    fm.age_addresses()
    assert_whole(reader, reader.read())
    assert (reader.rereads, len(waits)) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("no_cookie", "address_stale"),
        ("stream_refused", "address_stale"),
        ("html_page", "address_stale"),
        ("stream_down", "engine_down"),
        ("no_bytes", "answer_empty"),
        ("truncated", "connection_failed"),
        ("length_too_long", "connection_failed"),
    ],
)
def test_a_fault_that_passes_costs_an_attempt_and_nothing_else(reader, fm, fault, says):
    setattr(fm.faults, fault, ATTEMPTS - 1)
    assert_whole(reader, reader.read())
    assert (reader.rereads, getattr(fm.faults, fault)) == (ATTEMPTS - 1, 0)
    setattr(fm.faults, fault, ATTEMPTS)
    with pytest.raises(TransientError) as failed:
        reader.read()
    assert failed.value.code == says
    assert "Streaming" not in failed.value.detail
    assert temporary() == []


def test_a_session_that_ended_is_begun_again_for_a_container(reader, fm):
    fm.sessions.clear()
    assert_whole(reader, reader.read())
    assert fm.requests["login"] == 2


def test_bytes_behind_the_announced_length_never_get_into_another_file(client, fm):
    """The rest of a file whose length is announced too short stays in the connection."""
    first, second = Reader(client, fm, 1), Reader(client, fm, 2)
    fm.faults.length_too_short = 1
    cut = first.read()
    whole = first.row.files["Doc"].body()
    assert cut.content.read() == whole[: cut.content.size]
    assert cut.content.size < len(whole)
    cut.content.close()
    for reader in (second, first):
        assert_whole(reader, reader.read())


def test_redirects_in_a_circle_end(reader, fm):
    fm.faults.circles = 10_000
    with pytest.raises(TransientError, match="circles"):
        reader.read()
    fm.faults.circles = 0
    assert_whole(reader, reader.read())


@pytest.mark.parametrize(
    "host",
    [
        "http://169.254.169.254",
        "https://evil.test",
        "//evil.test",
        "http://127.0.0.1:1",
        "http://127.0.0.1@evil.test",
        "http://[::1",
        "file://",
        "ftp://127.0.0.1",
    ],
)
def test_a_redirect_to_another_host_is_not_followed(reader, fm, host):
    fm.habits.foreign = host
    with pytest.raises(ItemError) as refused:
        reader.read()
    assert (refused.value.code, refused.value.permanent) == ("foreign_host", True)
    assert "evil" not in f"{refused.value} {refused.value.remedy}"
    fm.habits.foreign = ""
    assert_whole(reader, reader.read())


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://evil.test/Streaming_SSL/MainDB/AA.pdf", "foreign_host"),
        ("http://127.0.0.1:1/Streaming_SSL/MainDB/AA.pdf", "foreign_host"),
        ("https://127.0.0.1/Streaming_SSL/MainDB/AA.pdf", "foreign_host"),
        ("file:///etc/passwd", "foreign_host"),
        ("?", "container_broken"),
        ("/etc/passwd", "container_broken"),
    ],
)
def test_an_address_that_somebody_wrote_into_a_record_is_not_asked(reader, fm, address, says):
    before = fm.requests["stream"]
    with pytest.raises(ItemError) as refused:
        reader.client.read_container(
            reader.record, address_in=lambda _: address, again=reader.again, limit=LIMIT
        )
    assert (refused.value.code, fm.requests["stream"]) == (says, before)


def test_a_file_above_the_limit_is_refused_and_one_of_exactly_the_limit_is_not(reader, fm):
    exactly = len(reader.row.files["Doc"].body())
    assert_whole(reader, reader.read(limit=exactly))
    for writes_lengths in (True, False):
        fm.habits.writes_lengths = writes_lengths
        with pytest.raises(ItemError) as refused:
            reader.read(limit=exactly - 1)
        assert (refused.value.code, refused.value.permanent) == ("too_large", True)
        assert "DOCUMENT_MAX_SIZES" in refused.value.remedy
    assert temporary() == []


def test_a_large_file_lies_on_disk_and_a_small_one_in_memory(reader):
    small = reader.read()
    assert not small.content._rolled
    small.content.close()
    reader.row.files["Doc"] = File("Long.pdf", salt="long", size=3 * SPOOL)
    large = reader.read()
    assert large.content._rolled
    assert_whole(reader, large)
    assert settings.FILE_UPLOAD_TEMP_DIR
    assert temporary() == []  # it has no name


def test_a_quota_that_is_used_up_stops_the_run_in_the_middle(client, fm):
    readers = [Reader(client, fm, number) for number in (1, 2)]
    fm.faults.quota = len(readers[0].row.files["Doc"].body())
    assert_whole(readers[0], readers[0].read())
    with pytest.raises(StopRunError) as stopped:
        readers[1].read()
    assert stopped.value.code == "quota_used_up"
    fm.faults.quota = -1
    assert_whole(readers[1], readers[1].read())


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="Brief an Dr. Weiß.pdf"', "Brief an Dr. Weiß.pdf"),
        ("attachment; filename=plain.pdf", "plain.pdf"),
        ('attachment; filename="a; b.pdf"', "a; b.pdf"),
        ("inline; filename=\"x.pdf\"; filename*=UTF-8''%E2%82%AC%20rates.pdf", "€ rates.pdf"),
        ("attachment", ""),
        ("filename=", ""),
        ("\x01", ""),
    ],
)
def test_the_name_comes_from_the_disposition(reader, fm, disposition, name):
    fm.habits.disposition = disposition.encode().decode("latin-1")
    found = reader.read()
    assert found.name == name
    found.content.close()


def test_without_a_disposition_there_is_no_name(reader, fm):
    fm.habits.names_files = False
    found = reader.read()
    assert found.name == ""
    found.content.close()
