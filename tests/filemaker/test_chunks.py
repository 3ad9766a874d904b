"""A chunk of records shares its requests, and a trouble of one is no trouble of the others."""

import pytest

from filemaker.models import FileMakerRecord
from tests.documents.helpers import objects, temporary
from tests.filemaker.emulated_records import File, another
from tests.filemaker.emulator import FileMakerError
from tests.filemaker.helpers import (
    assert_all_here,
    available,
    codes,
    counts,
    failures,
    run,
    source_id,
    states,
)

pytestmark = pytest.mark.usefixtures("quick", "patients")


def test_the_records_of_a_chunk_are_read_with_one_request(fm):
    assert run().state == "succeeded"
    assert (fm.requests["find"], fm.requests["record"]) == (1, 0)
    assert_all_here(fm)


def test_what_the_answer_leaves_out_is_read_alone(fm):
    fm.habits.page_limit = 3
    assert run().state == "succeeded"
    assert (fm.requests["find"], fm.requests["record"]) == (1, 17)
    assert_all_here(fm)


def test_a_search_that_is_refused_is_no_end_of_the_import(fm, monkeypatch):
    def refuse(*_):
        fm.requests["refused"] += 1
        raise FileMakerError("1708")

    fm.matching = refuse
    assert run().state == "succeeded"
    assert (fm.requests["refused"], fm.requests["record"]) == (1, 20)
    assert_all_here(fm)


def test_records_of_one_id_are_not_mixed_up_in_the_answer(fm):
    twin = another(fm.docs[2], record_id=800)
    twin.files = {"Doc": File("Twin.pdf", salt="twin")}
    fm.docs.append(twin)
    assert codes(run()) == {"imported": 21}
    here = available()
    assert here[source_id(fm.docs[2])].sha256 == fm.docs[2].best.sha256
    assert here[f"{source_id(twin)}#800"].sha256 == twin.best.sha256


@pytest.mark.parametrize("bad", ["Doc(2)", "Doc#3", "Doc@0123456789abcdef"])
def test_an_id_that_looks_like_a_name_of_ours_hides_no_other_file(fm, bad):
    """`API_Docs/Doc(2)` is the second repetition of the record `Doc`."""
    first, second = fm.docs[0], fm.docs[1]
    first.fields["id"] = "Doc"
    first.files = {"Doc(1)": File("a.pdf", salt="a"), "Doc(2)": File("b.pdf", salt="b")}
    second.fields["id"] = bad
    second.record_id = 3_000
    run()
    hashes = {one.sha256 for one in available().values()}
    wanted = [*first.files.values(), second.best]
    assert {file.sha256 for file in wanted} <= hashes
    assert len(hashes) == 21


def test_a_slow_server_is_not_asked_for_a_whole_chunk_at_a_time(fm, monkeypatch):
    monkeypatch.setattr("filemaker.services.importing.IN_TIME", -1.0)
    assert run().state == "succeeded"
    assert (fm.requests["find"], fm.requests["record"]) == (1, 19)
    assert_all_here(fm)


def test_what_is_in_hand_is_filed_before_more_is_downloaded(fm, monkeypatch):
    from filemaker.services.filing import Filer

    sizes, original = [], Filer.file_all

    def counted(self, asked):
        sizes.append(len(asked))
        return original(self, asked)

    monkeypatch.setattr(Filer, "file_all", counted)
    size = len(fm.docs[0].best.body())
    monkeypatch.setattr("filemaker.services.importing.IN_HAND", 3 * size - 10)
    assert run().state == "succeeded"
    assert (max(sizes), sum(sizes)) == (3, 20)
    assert_all_here(fm)
    assert temporary() == []


def test_what_came_before_the_quota_ended_is_filed_and_not_downloaded_again(fm):
    fm.faults.quota = len(fm.docs[0].best.body()) * 7 + 10
    job = run()
    assert (job.state, job.stop_code, job.done) == ("interrupted", "quota_used_up", 7)
    assert len(available()) == 7
    assert temporary() == []
    fm.faults.quota = -1
    before = fm.requests["file"]
    assert counts(run()) == (20, 20, 0, 0)
    assert fm.requests["file"] - before == 13
    assert_all_here(fm)


@pytest.mark.parametrize("area", ["documents", "images"])
def test_bad_files_stand_in_nobodys_way(fm, area):
    rows = fm.rows["API_Docs" if area == "documents" else "API_Images"]
    bad = rows[3]
    container = next(name for name, file in bad.files.items() if file)
    bad.files[container] = File("tool.exe", "program")
    job = run(area)
    name = source_id(bad, "API_Docs" if area == "documents" else "API_Images")
    assert failures(job) == {name: "extension_not_allowed"}
    assert (job.done, job.failed) == (len(rows) - 1, 1)
    assert states()[name] == "failed"
    assert objects() == {one.s3_key for one in available().values()}


def test_the_second_file_of_a_record_comes_in_though_the_first_is_refused(fm):
    row = fm.docs[4]
    row.files = {"Doc(1)": File("tool.exe", "program"), "Doc(2)": File("b.pdf", salt="b")}
    job = run()
    assert failures(job) == {source_id(row): "extension_not_allowed"}
    assert available()[f"{source_id(row)}(2)"].sha256 == row.files["Doc(2)"].sha256
    assert states()[source_id(row)] == "failed"
    row.files["Doc(1)"] = File("a.pdf", salt="a")
    row.mod_id += 1
    again = run(only_failed=True)
    assert (again.state, codes(again)) == ("succeeded", {"imported": 1})
    assert len(available()) == 21


def test_a_record_that_vanishes_before_its_download_is_gone(fm):
    gone = fm.docs[6]

    def vanish():
        if gone in fm.docs:
            fm.docs.remove(gone)

    fm.before_stream = vanish
    assert codes(run()) == {"imported": 19, "gone_from_filemaker": 1}
    assert states()[source_id(gone)] == "gone"
    assert_all_here(fm)


def test_noting_the_same_again_touches_nothing(fm):
    run()
    before = list(FileMakerRecord.objects.order_by("pk").values_list("updated_at", flat=True))
    run()
    assert len(before) == 20
    rows = FileMakerRecord.objects.order_by("pk")
    assert list(rows.values_list("updated_at", flat=True)) == before


@pytest.mark.parametrize(("area", "most"), [("documents", 60), ("images", 60)])
def test_a_chunk_takes_few_queries(fm, area, most, django_assert_max_num_queries):
    run(area, metadata_only=True)
    from filemaker.services.importing import Importer

    original, chunks = Importer.import_all, []

    def counted(self, items):
        chunks.append(len(items))
        with django_assert_max_num_queries(most):
            found = list(original(self, items))
        yield from found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Importer, "import_all", counted)
        assert run(area).state == "succeeded"
    assert chunks == [len(fm.rows["API_Docs" if area == "documents" else "API_Images"])]
