"""The client against a server that keeps to clamd's protocol, and to none of its promises."""

import os
import tracemalloc

import pytest

from documents.scanning import CLEAN, ScannerError, Verdict, is_connected, scan
from documents.scanning.clamd import CHUNK, Clamd
from tests.clamd import EICAR, SIGNATURE, real, real_program, serving

MB = 1024 * 1024
UNSCANNABLE, TOO_LARGE = Verdict("unscannable"), Verdict("too_large_to_scan")
INFECTED = {  # clamd says of signatures that are not its maker's that they are not
    Verdict(f"infected: {SIGNATURE}"),
    Verdict(f"infected: {SIGNATURE}.UNOFFICIAL"),
}
# The machine's own clamd is one of the servers where there is one.
SERVERS = ["tcp", "unix", *(["clamd"] if real_program() else [])]


@pytest.fixture(scope="module", params=SERVERS)
def address(request, tmp_path_factory):
    """Each server takes at most 1 MB."""
    folder = tmp_path_factory.mktemp("clamd")
    if request.param == "clamd":
        with real(folder) as found:
            yield found
        return
    with serving(folder / "s" if request.param == "unix" else None) as server:
        server.stream_max = MB
        yield server.address
        assert server.broken == []


def client(address, *, timeout=30.0):
    return Clamd(address, connect_timeout=5, timeout=timeout)


def test_each_server_tells_the_bad_from_the_good(address):
    asked = client(address)
    asked.ping()
    assert asked.version().startswith("ClamAV")
    assert asked.scan([b"Nothing bad.\n"]) == CLEAN
    assert asked.scan([]) == CLEAN
    assert asked.scan([EICAR]) in INFECTED
    assert asked.scan([bytes([byte]) for byte in EICAR]) in INFECTED  # however it is cut
    assert asked.scan([b"", EICAR[:9], b"", EICAR[9:], b""]) in INFECTED  # nothing ends it early
    assert asked.scan([os.urandom(MB - CHUNK), b"."]) == CLEAN


def test_what_is_too_large_for_the_server_is_not_clean(address):
    """Its answer may be lost with the connection that it closes; then nothing was said."""
    for _ in range(5):
        assert client(address).scan([os.urandom(CHUNK)] * 12) in {TOO_LARGE, UNSCANNABLE}


@pytest.mark.parametrize(
    ("how", "verdict"),
    {
        "cut at once": UNSCANNABLE,
        "cut in the middle": UNSCANNABLE,
        "cut at the end": UNSCANNABLE,
        "half an answer": UNSCANNABLE,
        "OK without an end": UNSCANNABLE,
        "two answers": UNSCANNABLE,
        "garbage": UNSCANNABLE,
        "nothing but NUL": UNSCANNABLE,
        "another's answer": UNSCANNABLE,
        "no end of it": UNSCANNABLE,
        "out of memory": UNSCANNABLE,
        "not to the end": TOO_LARGE,
    }.items(),
)
def test_nothing_but_a_whole_scan_is_clean(clamd, how, verdict):
    clamd.how = how
    assert scan([b"Nothing bad.\n", *([b"x" * CHUNK] * 8)]) == verdict
    clamd.how = "scan"
    assert scan([b"Nothing bad.\n"]) == CLEAN


@pytest.mark.parametrize(
    ("how", "verdict"),
    [("OK too early", UNSCANNABLE), ("FOUND too early", Verdict("infected: Early"))],
)
@pytest.mark.parametrize("more", [0, 8])
def test_nothing_is_clean_before_all_of_it_was_sent(clamd, how, verdict, more):
    def chunks():
        yield b"Nothing bad.\n"
        assert clamd.spoke.wait(60)
        yield from [b"x" * CHUNK] * more

    clamd.how = how
    assert scan(chunks()) == verdict


@pytest.mark.parametrize("how", ["late", "late in the middle"])
def test_it_waits_no_longer_than_it_was_told(clamd, how):
    """The server answers when this is over, and so never within the time."""
    clamd.how = how
    assert client(clamd.address, timeout=0.2).scan([b"x" * CHUNK] * 64) == UNSCANNABLE


def test_the_limit_is_told(clamd):
    clamd.stream_max = 3 * CHUNK
    assert scan([b"x" * CHUNK] * 3) == CLEAN
    assert scan([b"x" * CHUNK] * 3 + [b"x"]) == TOO_LARGE
    assert scan([b"x" * CHUNK] * 40) == TOO_LARGE


@pytest.mark.parametrize(
    "address", ["/nowhere/clamd.ctl", f"/{'x' * 200}", "tcp://127.0.0.1:1", "tcp://no.invalid:1"]
)
def test_one_that_is_not_there_says_nothing_of_a_file(address, caplog):
    asked = client(address)
    assert asked.scan([b"Amal Haddad"]) == UNSCANNABLE
    with pytest.raises(ScannerError, match="cannot be reached"):
        asked.ping()
    assert "Amal" not in caplog.text


def test_a_server_that_is_something_else_does_not_ping(clamd):
    clamd.how = "cut at once"
    with pytest.raises(ScannerError):
        client(clamd.address).ping()


def test_a_signature_is_a_name_and_no_more(clamd):
    clamd.finds = {b"bad": "Evil\x1b[31m\n" + "x" * 500}
    reason = scan([b"so bad"]).reason
    assert reason.startswith("infected: Evil[31mx")
    assert len(reason) < 200


def test_what_cannot_be_read_is_no_verdict(clamd):
    def broken():
        yield b"some"
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        scan(broken())
    assert clamd.streams == []


def test_memory_does_not_grow_with_the_file(clamd):
    clamd.stream_max = 10**9
    part = b"x" * MB
    tracemalloc.start()
    try:
        assert scan(part for _ in range(64)) == CLEAN
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MB
    assert clamd.streams == [64 * MB]
    assert clamd.largest_chunk <= CHUNK


def test_without_a_scanner_nothing_is_scanned(settings):
    settings.CLAMAV_SOCKET = ""
    assert not is_connected()
    verdict = scan(iter(()))
    assert (verdict.reason, verdict.scanned, verdict.is_clean) == ("", False, False)
