"""From a backup to a new clinic: verify all of it, bring the objects, then the rows at one stroke.

Until the one transaction that makes the clinic commits, there is no clinic: no host name leads to
it and no task runs in it. Killed before, the next run finds the objects that are there already and
goes on; nothing else was kept.
"""

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Account
from accounts.services.accounts import check_new_account
from accounts.services.schemas import ensure_template, lock_template
from backups.errors import ArchiveError, BackupRefusedError
from backups.format import Entry, Manifest
from backups.keychecks import missing_keys
from backups.readers import Window
from backups.services.building import bring_up_to_date, build_schema, require_known
from backups.services.loading import load_tables, triggers_on
from backups.services.refusing import clear_errors, store_errors, taken_back_if_refused
from backups.services.settling import settle
from backups.services.sharing import Made, make_shared_rows
from backups.services.verifying import Verified, entries_with_bytes, verify_archive
from documents.storage import object_store
from documents.storage.base import ObjectExistsError
from jobs.models import Job, JobEvent, JobPhase, JobState
from jobs.services.workers import only_one

Say = Callable[[str], None]
KIND = "restore_account"


@dataclass(frozen=True)
class Target:
    """What the restored clinic is to be. Without a name it is called as it was."""

    schema_name: str
    domain: str
    name: str = ""


@dataclass(frozen=True)
class Restored:
    """What a restore did, or (`applied` False) would do."""

    manifest: Manifest
    sha256: str
    applied: bool
    objects_made: int = 0
    objects_there: int = 0  # an earlier run had brought them
    migrated: int = 0  # migrations that came after the backup
    made: Made | None = None

    def report(self) -> dict[str, Any]:
        manifest = self.manifest
        return {
            "sha256": self.sha256,
            "from": manifest.account["schema_name"],
            "taken_at": manifest.taken_at,
            "complete": manifest.complete,
            "tables": len(manifest.tables),
            "rows": sum(table.rows for table in manifest.tables.values()),
            "objects": manifest.objects.count,
            "bytes": manifest.objects.bytes,
            "missing": manifest.objects.gaps,
            "objects_there": self.objects_there,
            "migrated": self.migrated,
            "people": asdict(self.made) if self.made else None,
        }


def restore_account(
    *,
    path: Path,
    target: Target,
    sha256: str = "",
    incomplete: bool = False,
    apply: bool = False,
    say: Say = lambda _: None,
) -> Restored:
    """Verify a backup and, with `apply`, make a new clinic of it. Never touches one that exists.

    `incomplete` accepts a backup that says itself that bytes of documents are missing. What is
    refused leaves nothing behind; what was interrupted leaves objects, which the next run takes up.
    Raises `AccountRefusedError` for the target, `BackupRefusedError` where it cannot be done now,
    `ArchiveError` for the archive.
    """
    _check(target)
    with clear_errors():
        verified = verify_archive(path, sha256=sha256, say=say)
    manifest = verified.manifest
    _require_restorable(manifest, incomplete=incomplete)
    if not apply:
        return Restored(manifest, verified.sha256, applied=False)
    with only_one(f"restore:{target.schema_name}") as alone:
        if not alone:
            raise BackupRefusedError(
                "Another restore into this schema is running, or has not ended yet.", field="schema"
            )
        _check(target)  # another restore may just have ended
        ensure_template()
        with clear_errors(), taken_back_if_refused(target.schema_name) as noted:
            made, there = _bring_objects(verified, target, noted)
            say(f"{made} objects were brought, {there} were there from an earlier run.")
            with transaction.atomic():
                restored = _make(verified, target, made, there, say)
    return restored


def _check(target: Target) -> None:
    """Refuse a target that cannot be; the address stands in for people, who come with the rows."""
    check_new_account(
        schema_name=target.schema_name,
        name=target.name or "as it was",
        domain=target.domain,
        admin_email=f"nobody@{target.domain}",
        time_zone="UTC",
    )


def _require_restorable(manifest: Manifest, *, incomplete: bool) -> None:
    require_known({(app, name) for app, name in manifest.migrations})
    strange = missing_keys(manifest.encryption)
    if strange:
        raise ArchiveError(
            "other_key",
            "Columns are encrypted with a key that is not in FIELD_ENCRYPTION_KEYS here (check"
            f" value {', '.join(strange)}). Add the key; without it they cannot be read.",
        )
    if not manifest.complete and not incomplete:
        raise ArchiveError(
            "incomplete",
            f"The bytes of {manifest.objects.gaps} documents are missing, as the backup says"
            " itself. Add --incomplete to restore it all the same.",
        )


def _bring_objects(verified: Verified, target: Target, noted: IO[bytes]) -> tuple[int, int]:
    """Write the objects under the new clinic's prefix; return how many were made and were there.

    The keys of those that were made stand in `noted`, a line each.
    """
    old = f"{verified.manifest.account['schema_name']}/"
    counts = {True: 0, False: 0}
    with schema_context(target.schema_name), store_errors():
        for entry, window in entries_with_bytes(verified.reader, verified.manifest):
            key = f"{target.schema_name}/{entry.key.removeprefix(old)}"
            made = _put(key, entry, window)
            counts[made] += 1
            if made:
                noted.write(key.encode() + b"\n")
    return counts[True], counts[False]


def _put(key: str, entry: Entry, window: Window) -> bool:
    """Write an object, unless it is there; return whether it was written."""
    try:
        object_store().put(
            key,
            io.BufferedReader(window),
            size=entry.size,
            content_type=entry.type,
            sha256=entry.sha256,
            tags={"retention": entry.retention},
        )
    except ObjectExistsError:
        found = object_store().stat(key)
        if (found.size, found.metadata.get("sha256")) != (entry.size, entry.sha256):
            raise BackupRefusedError(
                "Another object lies where one of the backup belongs; choose another schema.",
                field="schema",
            ) from None
        return False
    return True


def _make(verified: Verified, target: Target, made: int, there: int, say: Say) -> Restored:
    lock_template()
    _check(target)  # somebody may have been faster
    manifest = verified.manifest
    build_schema(target.schema_name, {(app, name) for app, name in manifest.migrations})
    account, translation, people = make_shared_rows(
        verified.reader,
        manifest,
        schema_name=target.schema_name,
        name=target.name or manifest.account["name"],
        domain=target.domain,
    )
    load_tables(
        verified.reader,
        manifest,
        schema=target.schema_name,
        translation=translation,
        say=say,
    )
    settle(target.schema_name, manifest)
    triggers_on(target.schema_name, manifest.tables)
    restored = Restored(
        manifest=manifest,
        sha256=verified.sha256,
        applied=True,
        objects_made=made,
        objects_there=there,
        migrated=bring_up_to_date(target.schema_name),
        made=people,
    )
    _leave_receipt(account, restored)
    return restored


def _leave_receipt(account: Account, restored: Restored) -> None:
    """Let the clinic's list of jobs say where it came from."""
    now = timezone.now()
    with tenant_context(account):
        job = Job.objects.create(
            kind=KIND,
            state=JobState.SUCCEEDED,
            phase=JobPhase.OVER,
            total=restored.manifest.objects.count,
            done=restored.manifest.objects.count,
            report=restored.report(),
            started_at=now,
            finished_at=now,
        )
        JobEvent.objects.create(job=job, text=f"Restored from the backup {restored.sha256}")
