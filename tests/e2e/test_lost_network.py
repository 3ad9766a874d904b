"""The network goes in the middle of an upload of five files. Nothing is lost, nothing is doubled."""

from random import Random

import pytest

from tests.e2e.network import Network
from tests.e2e.test_documents import choose, digest, listed, new_lab_result, upload_of

SIZE = 2_000_000  # bytes of a file


@pytest.fixture
def network(visit):
    found = []

    def between(visitor):
        found.append(Network(int(visitor.url.rpartition(":")[2])))
        return found[0]

    yield between
    for one in found:
        one.close()


@pytest.mark.parametrize(
    ("share", "lose_answers"), [(0.3, False), (0.7, True)], ids=["cut", "answers lost"]
)
def test_five_files_arrive_once_each(visit, network, lose_answers, share):
    visitor = visit("admin")
    visitor.expect(r"net::ERR_")  # what the browser says of a network that is gone
    record = new_lab_result(visitor)
    files = {
        f"part {n}.csv": b"time;pressure\n" + Random(n).randbytes(SIZE // 2).hex().encode()
        for n in range(5)
    }
    between = network(visitor)
    page = visitor.page
    page.goto(f"http://demo.localhost:{between.port}/app/lab-results/{record}")
    page.get_by_role("button", name="Add or remove documents").click()
    choose(page, *(upload_of(name, content) for name, content in files.items()))
    page.get_by_role("button", name="Save documents").wait_for()
    between.cut_after(int(SIZE * 5 * share), lose_answers=lose_answers)
    page.get_by_role("button", name="Save documents").click()
    page.get_by_text("No connection. It goes on by itself.").first.wait_for()
    assert between.is_cut.is_set()
    between.mend()
    page.get_by_role("button", name="Save documents").wait_for(state="detached")
    assert listed(visitor, record) == {name: digest(content) for name, content in files.items()}
    rows = visitor.api("GET", f"lab-results/{record}/files")["results"]
    assert len(rows) == 5
