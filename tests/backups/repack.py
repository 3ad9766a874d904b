"""Taking a backup apart and putting another together, as somebody might who means no good."""

import hashlib
import io
import json
import tarfile

from backups.format import MANIFEST, SEAL, seal_of


def unpack(path):
    """Return the members of a tar file in their order."""
    with tarfile.open(path) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive.getmembers()}


def pack(path, members, *, extra=(), seal=True):
    """Write a tar file of these members, and of more headers as they are given."""
    members = dict(members)
    if seal and MANIFEST in members:
        members[SEAL] = seal_of(members[MANIFEST])
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    whole = path.read_bytes().rstrip(b"\0")
    whole += bytes(-len(whole) % 512) + bytes(1024)  # tarfile fills up to 10 KB
    path.write_bytes(whole)
    return path


def change_manifest(path, to, change, without=()):
    """Write the same backup with another manifest, and without some members."""
    members = {name: one for name, one in unpack(path).items() if name not in without}
    manifest = json.loads(members["manifest.json"])
    change(manifest)
    members["manifest.json"] = json.dumps(manifest).encode()
    return pack(to, members)


def change_lines(path, to, folder, change):
    """Write the same backup with other lines, hashes and counts to fit: a forgery that is sound."""
    members = unpack(path)
    manifest = json.loads(members["manifest.json"])
    kind, _, name = folder.partition("/")
    stream = manifest[kind][name] if name else manifest[kind]
    text = b"".join(members.pop(f"{folder}/{n:05}") for n in range(1, stream["parts"] + 1))
    changed = change(text)
    stream.update(
        parts=1,
        rows=changed.count(b"\n"),
        bytes=len(changed),
        sha256=hashlib.sha256(changed).hexdigest(),
    )
    del members[MANIFEST], members[SEAL]
    ordered = {f"{folder}/00001": changed} if kind != "listing" else {}
    ordered |= members
    if kind == "listing":
        ordered["listing/00001"] = changed
    ordered[MANIFEST] = json.dumps(manifest).encode()
    return pack(to, ordered)
