"""Reading below one folder: only regular files, never through a link, whatever changes meanwhile."""

import os
import socket
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobs.errors import ItemError
from legacy.errors import UploadsError
from legacy.files import REASONS, Uploads

BODY = b"the file itself"
PLACE = ("lab_result_files", "a.txt")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "uploads"
    (root / "lab_result_files").mkdir(parents=True)
    (root / "lab_result_files" / "a.txt").write_bytes(BODY)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return root


@pytest.fixture
def uploads(folder):
    found = Uploads(str(folder))
    yield found
    found.close()


def read(uploads, place=PLACE, **more):
    with uploads.copy(place, **{"expected": None, **more}) as copied:
        return copied.content.read(), copied.size


def refused(uploads, place=PLACE, **more):
    with pytest.raises(ItemError) as error:
        read(uploads, place, **more)
    assert error.value.permanent
    assert error.value.remedy
    return error.value.code


def test_a_file_is_copied_whole(uploads):
    assert read(uploads) == (BODY, len(BODY))
    assert read(uploads, expected=len(BODY)) == (BODY, len(BODY))
    assert uploads.problem_at(PLACE) == ""


def a_link(path):
    path.unlink()
    path.symlink_to(path.parents[2] / "secret.txt")


def a_link_inside(path):
    path.rename(path.with_name("b.txt"))
    path.symlink_to(path.with_name("b.txt"))


def a_dangling_link(path):
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def a_linked_folder(path):
    path.unlink()
    path.parent.rmdir()
    elsewhere = path.parents[2] / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_bytes(BODY)
    path.parent.symlink_to(elsewhere)


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_socket(path):
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have some hundred characters only
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def a_device(path):
    path.unlink()
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def nothing(path):
    path.unlink()


def no_folder(path):
    path.unlink()
    path.parent.rmdir()


def a_file_as_folder(path):
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(b"x")


def no_bytes(path):
    path.write_bytes(b"")


WRONG = {
    "link": (a_link, "symlink"),
    "link-inside": (a_link_inside, "symlink"),
    "dangling-link": (a_dangling_link, "symlink"),
    "linked-folder": (a_linked_folder, "symlink"),
    "pipe": (a_pipe, "not_a_file"),
    "folder": (a_folder, "not_a_file"),
    "socket": (a_socket, "not_a_file"),
    "device": (a_device, "not_a_file"),
    "missing": (nothing, "file_missing"),
    "missing-folder": (no_folder, "file_missing"),
    "file-as-folder": (a_file_as_folder, "file_missing"),
    "empty": (no_bytes, "empty_file"),
}


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
def test_what_is_no_file_of_the_folder_is_refused_with_its_reason(folder, uploads, change, code):
    assert read(uploads) == (BODY, len(BODY))
    change(folder / "lab_result_files" / "a.txt")
    assert refused(uploads) == code
    assert uploads.problem_at(PLACE) == ("" if code == "empty_file" else code)
    assert code in REASONS


def test_another_size_than_the_old_system_says_is_refused(uploads):
    assert refused(uploads, expected=len(BODY) + 1) == "size_mismatch"
    assert refused(uploads, expected=0) == "size_mismatch"


def test_what_lies_in_the_trash_is_not_brought_back(folder, uploads):
    trash = folder / "trash" / "2024-01-01"
    trash.mkdir(parents=True)
    (trash / "a.txt").write_bytes(BODY)
    place = ("trash", "2024-01-01", "a.txt")
    assert (refused(uploads, place), uploads.problem_at(place)) == ("in_trash", "in_trash")


def test_a_file_or_folder_without_permission_is_unreadable(folder, uploads):
    path = folder / "lab_result_files" / "a.txt"
    path.chmod(0)
    with nobody():
        assert refused(uploads) == "unreadable"
    path.chmod(0o644)
    path.parent.chmod(0)
    with nobody():
        assert refused(uploads) == "unreadable"
    path.parent.chmod(0o755)
    assert read(uploads) == (BODY, len(BODY))


@contextmanager
def nobody():
    """Root may read everything; be somebody else for a moment."""
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("name", ["x" * 300, "bad\udc80name", "n\0l"])
def test_a_name_that_no_disk_has_is_refused(uploads, name):
    assert refused(uploads, ("lab_result_files", name)) in {"unreadable", "file_missing"}


def test_a_link_put_in_place_between_look_and_open_is_not_followed(folder, uploads, monkeypatch):
    """The race that a check by path would lose."""
    path = folder / "lab_result_files" / "a.txt"
    real = os.open

    def swapped(name, flags, *args, **more):
        if name == "a.txt" and not path.is_symlink():
            a_link(path)
        return real(name, flags, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr("legacy.files.os.open", swapped)
        assert refused(uploads) == "symlink"


def test_another_file_put_in_place_between_look_and_open_is_noticed(folder, uploads, monkeypatch):
    path = folder / "lab_result_files" / "a.txt"
    real = os.open

    def swapped(name, flags, *args, **more):
        if name == "a.txt":
            other = path.with_name("other.txt")
            other.write_bytes(b"other")
            other.rename(path)
        return real(name, flags, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr("legacy.files.os.open", swapped)
        assert refused(uploads) == "not_a_file"


def test_a_file_that_grows_or_shrinks_while_it_is_read_is_refused(folder, uploads, monkeypatch):
    path = folder / "lab_result_files" / "a.txt"
    for change in (b"more and more", b""):
        path.write_bytes(BODY)

        def then(file, change=change):
            body = file.read(4)
            if change:
                with path.open("ab") as more:
                    more.write(change)
            else:
                path.write_bytes(b"")
            yield body
            yield file.read()

        with monkeypatch.context() as patch:
            patch.setattr("legacy.files.chunks_of", then)
            assert refused(uploads) == "size_mismatch"


def test_no_more_is_copied_than_would_be_taken(folder, uploads):
    (folder / "lab_result_files" / "a.txt").write_bytes(b"x" * 10_000)
    body, size = read(uploads, limit=100)
    assert (len(body), size) == (101, 10_000)


def test_the_folder_itself_is_opened_once(folder, uploads, tmp_path):
    """Whatever is put in its place later is another folder."""
    folder.rename(tmp_path / "moved")
    (tmp_path / "other" / "lab_result_files").mkdir(parents=True)
    folder.symlink_to(tmp_path / "other")
    assert read(uploads) == (BODY, len(BODY))


@pytest.mark.parametrize("name", ["missing", "secret.txt"])
def test_a_folder_that_is_none_is_refused(tmp_path, folder, name):
    with pytest.raises(UploadsError) as error:
        Uploads(str(tmp_path / name))
    assert error.value.field == "uploads"


def test_every_name_below_is_found_and_no_link_is_followed(folder, uploads, tmp_path):
    inner = folder / "lab_result_files" / "inner"
    inner.mkdir()
    (inner / "b.txt").write_bytes(b"b")
    (inner / "loop").symlink_to(folder)
    os.mkfifo(inner / "pipe")
    assert set(uploads.walk("lab_result_files")) == {
        PLACE,
        ("lab_result_files", "inner", "b.txt"),
        ("lab_result_files", "inner", "loop"),
        ("lab_result_files", "inner", "pipe"),
    }
    assert set(uploads.walk("files")) == set()


def test_no_descriptor_is_left_open(folder, uploads):
    read(uploads)
    before = descriptors()
    for _ in range(20):
        read(uploads)
        refused(uploads, ("lab_result_files", "missing"))
        refused(uploads, ("missing", "a.txt"))
        list(uploads.walk("lab_result_files"))
    assert descriptors() == before


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))
