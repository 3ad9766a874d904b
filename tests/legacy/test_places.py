"""Where a stored path may point: every form that old systems wrote, and no way out."""

import pytest
from hypothesis import given, strategies as st

from legacy.places import OutsideError, is_trash, possible_places

ROOT = "/mnt/copy/uploads"
LAB = ("lab_result_files", "a.pdf")
FORMS = {
    "relative": ("uploads/lab_result_files/a.pdf", LAB),
    "dotted": ("./uploads/lab_result_files/a.pdf", LAB),
    "below": ("lab_result_files/a.pdf", LAB),
    "bare": ("a.pdf", LAB),
    "absolute-here": ("/mnt/copy/uploads/lab_result_files/a.pdf", LAB),
    "absolute-elsewhere": ("/app/uploads/lab_result_files/a.pdf", LAB),
    "doubled-slashes": ("uploads//lab_result_files//a.pdf", LAB),
    "windows": ("C:\\clinic\\uploads\\lab_result_files\\a.pdf", LAB),
    "windows-relative": ("uploads\\lab_result_files\\a.pdf", LAB),
    "newer": ("uploads/files/lab-results/a.pdf", ("files", "lab-results", "a.pdf")),
    "trash": ("uploads/trash/2024-01-01/a.pdf", ("trash", "2024-01-01", "a.pdf")),
}


@pytest.mark.parametrize(("stored", "place"), FORMS.values(), ids=FORMS)
def test_each_form_is_understood(stored, place):
    assert possible_places(stored, "lab-results", root=ROOT)[0] == place


def test_a_bare_name_is_looked_for_where_its_kind_of_record_has_files():
    assert possible_places("a.pdf", "visits", root=ROOT) == [
        ("files", "visits", "a.pdf"),
        ("files", "visit", "a.pdf"),
        ("files", "encounters", "a.pdf"),
        ("files", "a.pdf"),
        ("a.pdf",),
    ]


def test_several_folders_of_that_name_are_all_tried():
    assert possible_places("/home/uploads/app/uploads/x/a.pdf", "lab-results", root=ROOT) == [
        ("app", "uploads", "x", "a.pdf"),
        ("x", "a.pdf"),
    ]


OUT = {
    "parent": "uploads/../secret.txt",
    "parent-in-the-middle": "uploads/lab_result_files/../../secret.txt",
    "only-parent": "..",
    "absolute": "/etc/passwd",
    "absolute-beside": "/mnt/copy/uploads-of-others/a.pdf",
    "windows-parent": "uploads\\..\\secret.txt",
    "windows-absolute": "C:\\Windows\\system.ini",
    "nul": "uploads/a\0.pdf",
    "deep": "a/" * 40 + "a.pdf",
}


@pytest.mark.parametrize("stored", OUT.values(), ids=OUT)
def test_a_way_out_is_refused(stored):
    with pytest.raises(OutsideError):
        possible_places(stored, "lab-results", root=ROOT)


@pytest.mark.parametrize("stored", ["", ".", "./", ROOT])
def test_no_name_is_no_place(stored):
    assert possible_places(stored, "lab-results", root=ROOT) == []


def test_only_below_trash_is_trash():
    assert is_trash(("trash", "2024-01-01", "a.pdf"))
    assert not is_trash(("lab_result_files", "trash"))
    assert not is_trash(("trash",))


PIECE = st.sampled_from(["uploads", "..", ".", "", "a", "trash", "\\", "C:", "x.pdf", "~", "\0"])


@given(st.lists(PIECE, max_size=8).map("/".join) | st.text(max_size=30), st.booleans())
def test_whatever_is_stored_stays_below(stored, absolute):
    try:
        places = possible_places("/" + stored if absolute else stored, "visits", root=ROOT)
    except OutsideError:
        return
    for place in places:
        assert place
        assert all(part and part not in {".", ".."} and "/" not in part for part in place)
