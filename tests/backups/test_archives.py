"""What is wrong with an archive is found before anything is made of it, and called by its name."""

import json
import os
import tarfile

import pytest
from cryptography.fernet import Fernet
from django.db.migrations.executor import MigrationExecutor

from backups.errors import ArchiveError, BackupRefusedError
from backups.format import MANIFEST, SEAL
from backups.services.verifying import verify_archive
from tests.backups.helpers import is_restored, restore
from tests.backups.repack import change_lines, change_manifest, pack, unpack
from tests.backups.world import objects_of


def refuse(path, code, **options):
    """The archive is refused with this code, and nothing is left of the attempt."""
    with pytest.raises(BackupRefusedError) as refused:
        restore(path, **options)
    assert refused.value.code == code, refused.value.detail
    assert not is_restored()
    assert objects_of("restored") == {}
    return refused.value.detail


def flipped(path, to, at):
    whole = bytearray(path.read_bytes())
    whole[at] ^= 1
    to.write_bytes(whole)
    return to


def offset_of(path, prefix, inside=0):
    with tarfile.open(path) as archive:
        member = next(one for one in archive.getmembers() if one.name.startswith(prefix))
        return member.offset_data + inside


def test_it_is_whole(saved, database):
    verified = verify_archive(saved)
    assert verified.manifest.complete
    assert restore(saved, sha256=verified.sha256.upper()).applied
    assert is_restored()


def test_without_apply_nothing_is_made(saved):
    done = restore(saved, apply=False)
    assert (done.applied, done.report()["objects"]) == (False, 6)
    assert not is_restored()
    assert objects_of("restored") == {}


@pytest.mark.parametrize(
    ("prefix", "inside", "code"),
    [
        ("tables/patients_patient/", 40, "wrong_hash"),
        ("shared/users/", 4, "wrong_hash"),
        ("objects/", 100, "wrong_hash"),
        ("listing/", 30, "wrong_hash"),
        ("tables/patients_patient/", -512, "bad_header"),
        (MANIFEST, 0, "wrong_hash"),
        (SEAL, 0, "wrong_hash"),
    ],
)
def test_a_flipped_bit(saved, tmp_path, prefix, inside, code):
    refuse(flipped(saved, tmp_path / "x.tar", offset_of(saved, prefix, inside)), code)


def test_every_flipped_bit_of_a_header_or_the_manifest_is_noticed(saved, tmp_path):
    """All over the file: there is no byte that says something and is not looked at."""
    manifest = verify_archive(saved).sha256
    size = saved.stat().st_size
    for at in range(7, size, max(1, size // 60)):
        path = flipped(saved, tmp_path / "x.tar", at)
        try:
            verified = verify_archive(path)
        except ArchiveError:
            continue
        assert verified.sha256 == manifest  # padding, or a header's mode and time
        assert unpack(path) == unpack(saved)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file(saved, tmp_path, share):
    path = tmp_path / "x.tar"
    path.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * share)])
    assert refuse(path, "truncated")


def test_without_its_end(saved, tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(saved.read_bytes()[:-1024])
    refuse(path, "truncated")
    path.write_bytes(saved.read_bytes() + b"more")
    refuse(path, "truncated")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tables/patients_patient/00001", "missing_member"),
        ("shared/memberships/00001", "missing_member"),
        ("objects/000000/000000003", "wrong_order"),
        ("objects/000000/000000006", "missing_member"),
        ("listing/00001", "missing_member"),
        (MANIFEST, "unfinished"),
        (SEAL, "unfinished"),
    ],
)
def test_a_missing_member(saved, tmp_path, name, code):
    members = unpack(saved)
    del members[name]
    refuse(pack(tmp_path / "x.tar", members, seal=False), code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("tables/patients_patient/00002", "extra_member"),
        ("tables/auth_user/00001", "extra_member"),
        ("objects/000000/000000007", "extra_member"),
        ("notes.txt", "unsafe_member"),
        ("../../etc/passwd", "unsafe_member"),
        ("/etc/passwd", "unsafe_member"),
        ("objects/000000/../../x", "unsafe_member"),
    ],
)
def test_an_extra_member(saved, tmp_path, name, code):
    members = unpack(saved)
    last = members.pop("listing/00001"), members.pop(MANIFEST)
    if name.startswith("tables"):
        members = {name: b"x\n", **members}
    else:
        members[name] = b"x\n"
    members["listing/00001"], members[MANIFEST] = last
    refuse(pack(tmp_path / "x.tar", members), code)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_what_is_no_plain_file(saved, tmp_path, kind):
    info = tarfile.TarInfo("tables/a_link/00001")
    info.type, info.linkname = kind, "/etc/passwd"
    refuse(pack(tmp_path / "x.tar", unpack(saved), extra=[info]), "unsafe_member")


def test_a_long_name_record_that_claims_gigabytes(saved, tmp_path):
    info = tarfile.TarInfo("tables/x/00001")
    info.type, info.size = tarfile.XHDTYPE, 8 * 1024**3 - 1
    refuse(pack(tmp_path / "x.tar", unpack(saved), extra=[info]), "unsafe_member")


def test_the_same_member_twice(saved, tmp_path):
    path = tmp_path / "x.tar"
    info = tarfile.TarInfo("listing/00001")
    refuse(pack(path, unpack(saved), extra=[info]), "extra_member")


def test_no_tar_file_at_all(database, tmp_path):
    path = tmp_path / "x.tar"
    path.write_bytes(b"PK\x03\x04" * 1000)
    refuse(path, "bad_header")
    empty = tmp_path / "folder"
    empty.mkdir()
    refuse(empty, "unfinished")
    os.mkfifo(tmp_path / "pipe")
    handle = os.open(tmp_path / "pipe", os.O_RDWR)
    refuse(tmp_path / "pipe", "unreadable")
    os.close(handle)


def set_field(**values):
    return lambda manifest: manifest.update(values)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_field(format=2), "unknown_format"),
        (set_field(made_by="another"), "not_a_backup"),
        (set_field(complete=False), "bad_manifest"),  # though nothing is missing
        (set_field(complete="yes"), "bad_manifest"),
        (set_field(more=1), "bad_manifest"),
        (lambda m: m.pop("domains"), "bad_manifest"),
        (lambda m: m["objects"].update(count=5), "bad_manifest"),
        (lambda m: m["objects"].update(bytes=5), "wrong_count"),
        (lambda m: m["tables"]["patients_patient"].update(rows=1), "wrong_count"),
        (lambda m: m["tables"]["patients_patient"].update(parts=10**9), "missing_member"),
        (lambda m: m["tables"]["patients_patient"].update(sha256="0" * 64), "wrong_hash"),
        (lambda m: m["tables"].pop("patients_patient"), "extra_member"),
        (lambda m: m["migrations"].append(["patients", "9999_of_tomorrow"]), "newer_migration"),
        (lambda m: m["encryption"].append("0" * 16), "other_key"),
        (lambda m: m["tables"]["patients_patient"].update(key=["email"]), "other_tables"),
        (lambda m: m["tables"]["documents_document"].update(object_keys=[]), "other_tables"),
        (lambda m: m["tables"]["documents_document"].update(content_types=[]), "other_tables"),
        (
            lambda m: m["tables"]["patients_patient"]["columns"].__setitem__(0, 'id", (SELECT 1)'),
            "other_tables",
        ),
        (lambda m: m["content_types"].clear(), "rows_refused"),
        (lambda m: m["account"].update(status="hacked"), "bad_manifest"),
        (lambda m: m["account"].update(id="x"), "bad_manifest"),
    ],
)
def test_a_manifest_that_says_something_else(saved, tmp_path, change, code):
    path = change_manifest(saved, tmp_path / "x.tar", change)
    with pytest.raises(ArchiveError) as refused:
        restore(path)
    assert refused.value.code == code, refused.value.detail
    assert not is_restored()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'"x"'])
def test_a_manifest_that_is_none(saved, tmp_path, text):
    members = {**unpack(saved), MANIFEST: text}
    code = "not_a_backup" if text in {b"[]", b"null", b'"x"'} else "bad_manifest"
    refuse(pack(tmp_path / "x.tar", members), code)


def test_the_hash_that_somebody_noted(saved):
    noted = verify_archive(saved).sha256
    other = noted.replace(noted[0], "0" if noted[0] != "0" else "1")
    assert noted in refuse(saved, "wrong_sha256", sha256=other)


def test_other_keys_of_encrypted_columns(saved, settings):
    right = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    said = refuse(saved, "other_key")
    assert "FIELD_ENCRYPTION_KEYS" in said
    assert not any(key in said for key in right)
    settings.FIELD_ENCRYPTION_KEYS = [*settings.FIELD_ENCRYPTION_KEYS, *right]
    assert restore(saved).applied


def forged(saved, tmp_path, folder, change):
    return change_lines(saved, tmp_path / "x.tar", folder, change)


def test_a_sound_forgery_is_restored(saved, tmp_path):
    """The twin of what follows: other lines with fitting hashes are another backup, and whole."""
    path = forged(saved, tmp_path, "tables/patients_company", lambda t: t.replace(b"Harb", b"Barb"))
    assert restore(path).applied


@pytest.mark.parametrize(
    ("folder", "change", "code"),
    [
        ("tables/patients_patient", lambda t: t.replace(b"\t", b" ", 1), "rows_refused"),
        ("tables/patients_patient", lambda t: t + t, "rows_refused"),
        ("tables/patients_patient", lambda t: b"", "rows_refused"),  # others refer to them
        ("tables/patients_patient", lambda t: t.replace(b"1990-02-03", b"Pia"), "rows_refused"),
        (
            "tables/documents_document",
            lambda t: t.replace(b"\tsaved/", b"\talpha/", 1),
            "rows_refused",
        ),
        (
            "tables/documents_document",
            lambda t: b"".join(
                one for one in t.splitlines(keepends=True) if b"wrong.pdf" not in one
            ),
            "bad_listing",
        ),
        ("shared/memberships", lambda t: t.replace(b"provider", b"god"), "bad_manifest"),
        ("shared/users", lambda t: t + t, "rows_refused"),
        ("listing", lambda t: t.replace(b'"saved/', b'"alpha/', 1), "bad_listing"),
        ("listing", lambda t: t.replace(b'"saved/', b'"saved/../alpha/', 1), "bad_listing"),
        ("listing", lambda t: t.replace(b'"saved/', b'"saved//', 1), "bad_listing"),
        ("listing", lambda t: t.replace(b'"number":1', b'"number":2', 1), "bad_listing"),
        ("listing", lambda t: t.replace(b'"saved/', b'"saved/' + b"x" * 20_000, 1), "bad_listing"),
        ("listing", lambda t: b"{\n" * t.count(b"\n"), "bad_listing"),
    ],
)
def test_a_forgery_that_contradicts_itself(saved, tmp_path, folder, change, code):
    with pytest.raises(ArchiveError) as refused:
        restore(forged(saved, tmp_path, folder, change))
    assert refused.value.code == code, refused.value.detail
    assert "Pia" not in str(refused.value)
    assert not is_restored()
    assert objects_of("restored") == {}


def unpacked(saved, tmp_path):
    root = tmp_path / "folder"
    for name, content in unpack(saved).items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return root


def test_a_tar_file_that_was_unpacked_is_the_folder(saved, tmp_path):
    root = unpacked(saved, tmp_path)
    assert verify_archive(root).sha256 == verify_archive(saved).sha256
    assert restore(root).applied


def test_a_folder_with_a_link_a_stranger_or_a_hole(saved, tmp_path):
    root = unpacked(saved, tmp_path)
    one = root / "objects/000000/000000002"
    content = one.read_bytes()
    one.unlink()
    refuse(root, "missing_member")
    one.symlink_to("/etc/passwd")
    refuse(root, "unsafe_member")
    one.unlink()
    one.write_bytes(content[:-1])
    refuse(root, "wrong_hash")
    one.write_bytes(content)
    (root / "objects/000000/000000007").write_bytes(content)
    refuse(root, "extra_member")
    (root / "objects/000000/000000007").unlink()
    (root / ".hidden").touch()
    refuse(root, "extra_member")
    (root / ".hidden").unlink()
    (root / "tables/a").symlink_to(root / "tables/patients_patient")
    refuse(root, "unsafe_member")
    (root / "tables/a").unlink()
    assert restore(root).applied


def test_a_listing_is_what_the_rows_say(saved):
    lines = [json.loads(line) for line in unpack(saved)["listing/00001"].splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert {line["retention"] for line in lines} == {"clinical"}
    assert {line["key"].split("/")[0] for line in lines} == {"saved"}


def test_a_migration_that_cannot_take_the_rows(saved, tmp_path, monkeypatch):
    """Not the database but the migration's own code gives up; its words may hold values."""
    last = ["audit", "0002_admin_log_without_shared_constraints"]
    path = change_manifest(saved, tmp_path / "x.tar", lambda m: m["migrations"].remove(last))

    def migrate(self, targets, **_):
        if list(targets) == self.loader.graph.leaf_nodes():
            raise ValueError("Pia has no number")
        return original(self, targets)

    original = MigrationExecutor.migrate
    monkeypatch.setattr(MigrationExecutor, "migrate", migrate)
    said = refuse(path, "rows_refused")
    assert said == "A migration that came since cannot take the rows: ValueError"
