"""A backup that somebody has altered who means no good, its hashes fitting: what it cannot do."""

import json
import os

import pytest

from accounts.models import Membership, User
from backups.errors import ArchiveError, BackupRefusedError
from backups.services.verifying import verify_archive
from tests.backups.helpers import is_restored, restore
from tests.backups.repack import change_lines, change_manifest, unpack
from tests.backups.world import objects_of, rows_of

END_OF_COPY = b"\\.\n"


def refused(path, **options):
    """Restore; return code and text of the refusal, which leaves neither clinic nor object."""
    people = User.objects.count()
    with pytest.raises(ArchiveError) as found:
        restore(path, **options)
    assert not is_restored()
    assert objects_of("restored") == {}
    assert User.objects.count() == people
    return found.value.code, found.value.detail


def forged(saved, tmp_path, folder, change):
    return change_lines(saved, tmp_path / "x.tar", folder, change)


@pytest.mark.parametrize(
    "folder", ["tables/patients_company", "tables/patients_patient", "shared/users", "listing"]
)
@pytest.mark.parametrize("where", ["first", "last"])
def test_the_mark_that_ends_a_copy_hides_no_rows(saved, tmp_path, folder, where):
    def change(text):
        return END_OF_COPY + text if where == "first" else text + END_OF_COPY

    code, _ = refused(forged(saved, tmp_path, folder, change))
    assert code in {"wrong_count", "rows_refused", "not_arrived", "bad_listing", "bad_manifest"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r", 1),
        lambda text: text.replace(b"Pia", b"\\120ia"),  # the same letters, written otherwise
        lambda text: text.replace(b"Pia", b"P\\x69a"),
        lambda text: text.replace(b"Pia", b"P\xffa"),
        lambda text: text.replace(b"Pia", b"P\0a"),
    ],
)
def test_rows_are_written_as_copy_writes_them(saved, tmp_path, change):
    code, detail = refused(forged(saved, tmp_path, "tables/patients_patient", change))
    assert code in {"wrong_count", "rows_refused", "not_arrived"}
    assert "Pia" not in detail


@pytest.mark.parametrize("counter", ['id") FROM x; DROP SCHEMA alpha CASCADE; --', "", "state"])
def test_a_manifest_names_no_other_counter(saved, tmp_path, counter):
    def change(manifest):
        assert manifest["tables"]["jobs_jobitem"]["counter"] == "id"
        manifest["tables"]["jobs_jobitem"]["counter"] = counter

    code, detail = refused(change_manifest(saved, tmp_path / "x.tar", change))
    assert (code, detail) == ("other_tables", "jobs_jobitem are not as here.")


@pytest.mark.parametrize("counted", [2**63, -(2**70), 10**4000, -5])
def test_a_counter_stands_where_one_can(saved, tmp_path, counted):
    def change(manifest):
        manifest["tables"]["jobs_jobitem"]["counted"] = counted

    path = change_manifest(saved, tmp_path / "x.tar", change)
    if counted == -5:
        assert restore(path).applied  # behind the rows that are there
    else:
        assert refused(path)[0] == "rows_refused"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("migrations", [5]),
        ("migrations", ["ab"]),
        ("migrations", [["patients", "0001\x1b[2J"]]),
        ("migrations", [["patients", None]]),
        ("domains", [["x"]]),
        ("domains", ["\ud800"]),
        ("encryption", ["\x1b[2J"]),
        ("backup", "a\ud800"),
        ("taken_at", "soon"),
        ("tables", {"patients_patient": 5}),
        ("tables", {"../x": {}}),
        ("listing", []),
        ("objects", None),
    ],
)
def test_a_manifest_of_odd_values(saved, tmp_path, part, value):
    path = change_manifest(saved, tmp_path / "x.tar", lambda m: m.update({part: value}))
    code, detail = refused(path)
    assert code == "bad_manifest"
    assert detail.isprintable()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "\ud800"),
        ("name", "a\0b"),
        ("name", ""),
        ("name", "x" * 10_000),
        ("schema_name", "saved/../alpha"),
        ("schema_name", ""),
        ("time_zone", "Nowhere/City"),
        ("locale", "x" * 1_000),
    ],
)
def test_a_clinic_that_cannot_be(saved, tmp_path, field, value):
    path = change_manifest(saved, tmp_path / "x.tar", lambda m: m["account"].update({field: value}))
    assert refused(path)[0] == "bad_manifest"


def cell_of(saved, table, column):
    """Return where a column stands in the lines of a table."""
    manifest = json.loads(unpack(saved)["manifest.json"])
    return manifest["tables"][table]["columns"].index(column)


def with_cell(text, at, value):
    lines = [line.split(b"\t") for line in text.rstrip(b"\n").split(b"\n")]
    for cells in lines:
        cells[at] = value
    return b"".join(b"\t".join(cells) + b"\n" for cells in lines)


@pytest.mark.parametrize(
    ("table", "column", "whose"),
    [
        ("documents_document", "uploaded_by_id", "user"),
        ("patients_patient", "clinician_id", "membership"),
        ("patients_guardian", "user_id", "user"),
    ],
)
def test_a_row_names_nobody_of_another_clinic(saved, tmp_path, table, column, whose):
    at = cell_of(saved, table, column)
    stranger = Membership.objects.get(user__email="priya@alpha.test")
    wanted = str(stranger.pk if whose == "membership" else stranger.user_id).encode()

    def change(text):
        return with_cell(text, at, wanted)

    code, detail = refused(forged(saved, tmp_path, f"tables/{table}", change))
    assert code == "rows_refused"
    assert detail == f"{table}.{column} names somebody of another clinic."


def test_two_logins_with_one_address(saved, tmp_path):
    def change(text):
        return text.replace(b"pip@saved.test", b"Doc@saved.test")

    code, detail = refused(forged(saved, tmp_path, "shared/users", change))
    assert code in {"rows_refused", "not_arrived"}
    assert "saved.test" not in detail


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"provider\tt\t", b"provider\tmaybe\t"),
        (b"provider\tt\tDoc", b"provider\tt\t" + b"D" * 999),
    ],
)
def test_memberships_that_no_column_takes(saved, tmp_path, old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)

    code, detail = refused(forged(saved, tmp_path, "shared/memberships", change))
    assert code == "rows_refused"
    assert "DDD" not in detail
    assert "maybe" not in detail


def test_a_gap_smuggles_no_object_into_the_list(saved, tmp_path):
    """The key of a gap may be anything, and passes through COPY."""

    def change(text):
        *lines, last = text.splitlines()
        entry = json.loads(last)
        key = f"restored/{entry['key'].removeprefix('saved/')}"
        entry |= {
            "key": f"saved/x\t\n{key}",
            "number": 0,
            "size": 0,
            "sha256": "",
            "gap": "missing",
        }
        return b"\n".join([*lines, json.dumps(entry).encode()]) + b"\n"

    path = forged(saved, tmp_path, "listing", change)

    def one_less(manifest):
        entry = json.loads(unpack(saved)["listing/00001"].splitlines()[-1])
        found = manifest["objects"]
        found.update(count=found["count"] - 1, bytes=found["bytes"] - entry["size"], gaps=1)
        manifest["complete"] = False

    members = unpack(path)
    last = max(name for name in members if name.startswith("objects/"))
    path = change_manifest(path, tmp_path / "y.tar", one_less, without=[last])
    assert verify_archive(path).manifest.objects.gaps == 1
    code, detail = refused(path, incomplete=True)
    assert (code, detail) == ("bad_listing", "2 documents and objects do not belong together.")


def test_a_gap_says_nothing_of_bytes(saved, tmp_path):
    def change(text):
        return text.replace(b'"sha256":"', b'"sha256":"\\t', 1)

    assert refused(forged(saved, tmp_path, "listing", change))[0] == "bad_listing"


def test_a_type_that_would_be_a_header_of_its_own(saved, tmp_path):
    def change(text):
        return text.replace(b'"type":"', b'"type":"x\\r\\nHeader: y', 1)

    assert refused(forged(saved, tmp_path, "listing", change))[0] == "bad_listing"


def when_it_was_verified(act):
    return lambda line: act() if line.endswith("objects are whole.") else None


@pytest.mark.parametrize("folder", ["tables/patients_company", "shared/users", "listing"])
def test_what_is_changed_after_it_was_verified_is_noticed(saved, tmp_path, folder):
    path = tmp_path / "x.tar"
    whole = saved.read_bytes()
    path.write_bytes(whole)
    at = whole.index(f"{folder}/00001".encode()) + 512 + 100

    def change():
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ 1]))

    code, _ = refused(path, say=when_it_was_verified(change))
    assert code in {"wrong_hash", "rows_refused", "bad_manifest", "bad_listing"}


def test_an_object_that_is_changed_after_it_was_verified(saved, tmp_path):
    path = tmp_path / "x.tar"
    whole = saved.read_bytes()
    path.write_bytes(whole)
    at = whole.index(b"objects/000000/000000003") + 512 + 50

    def change():
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ 1]))

    with pytest.raises(BackupRefusedError):
        restore(path, say=when_it_was_verified(change))
    assert not is_restored()


def test_an_archive_that_is_let_go_meanwhile_is_restored_all_the_same(saved, tmp_path):
    """Rotation may come; another file may take its name."""
    path = tmp_path / "x.tar"
    path.write_bytes(saved.read_bytes())

    def let_go():
        path.unlink()
        path.write_bytes(b"another")

    assert restore(path, say=when_it_was_verified(let_go)).applied


def test_a_folder_that_is_let_go_meanwhile(saved, tmp_path):
    root = tmp_path / "folder"
    for name, content in unpack(saved).items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    code, _ = refused(root, say=when_it_was_verified((root / "shared/users/00001").unlink))
    assert code == "missing_member"


def test_a_pipe_into_which_nobody_writes_does_not_keep_us_waiting(database, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe")[0] == "unreadable"


def test_nothing_of_another_clinic_is_touched(saved, tmp_path):
    before = rows_of("alpha"), objects_of("alpha")
    for folder, change in (
        ("tables/documents_document", lambda t: t.replace(b"\tsaved/", b"\talpha/")),
        ("listing", lambda t: t.replace(b'"saved/', b'"alpha/')),
        ("shared/users", END_OF_COPY.__add__),
    ):
        refused(forged(saved, tmp_path, folder, change))
    assert (rows_of("alpha"), objects_of("alpha")) == before
