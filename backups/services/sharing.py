"""The shared rows of a restored clinic: the clinic itself, its people, and who is whom here.

A login is found by its e-mail address and never changed. Where there is none, one is made, without
a password unless the backup brings its hash, and never as an administrator of the platform. Ids
that are free here are kept; the others get new ones, and `Translation` knows both. Memberships
count on their `login_epoch`: links to choose a password that are out open nothing here.
"""
# ruff: noqa: S608  names are constants of ours

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pghistory
from django.core.exceptions import ValidationError
from django.db import connection
from psycopg2.extras import execute_values

from accounts.fields import uuid7
from accounts.models import Account, Domain
from accounts.roles import Role
from backups.errors import ArchiveError
from backups.format import SECOND_FACTOR, Manifest, shared_folder
from backups.readers import Reader
from backups.services.dumping import MEMBERSHIP_COLUMNS, USER_COLUMNS
from backups.services.loading import copy_in
from backups.services.translating import Translation
from backups.services.verifying import stream_chunks
from backups.shapes import MEMBERSHIPS, USERS

BATCH = 1_000
STAGING = {
    USERS: """
        CREATE TEMP TABLE restored_users (
            id uuid PRIMARY KEY, email text NOT NULL, name text NOT NULL,
            is_active boolean NOT NULL, login_epoch integer NOT NULL,
            created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
            password text NOT NULL DEFAULT '', here uuid, known boolean NOT NULL DEFAULT false
        ) ON COMMIT DROP""",
    MEMBERSHIPS: """
        CREATE TEMP TABLE restored_memberships (
            id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES restored_users,
            role text NOT NULL, is_active boolean NOT NULL, name text NOT NULL,
            last_login_at timestamptz,
            login_epoch integer NOT NULL, created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL, here uuid
        ) ON COMMIT DROP""",
}
KNOWN_USERS = """
    UPDATE restored_users r SET here = u.id, known = true
      FROM public.accounts_user u WHERE lower(u.email) = lower(r.email)"""
FREE_IDS = """
    UPDATE restored_{what} r SET here = r.id WHERE r.here IS NULL
       AND NOT EXISTS (SELECT 1 FROM public.accounts_{table} t WHERE t.id = r.id)"""
# What no password can be (Django's mark in front), and no two alike.
UNUSABLE = "'!' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"
MAKE_USERS = f"""
    INSERT INTO public.accounts_user (id, email, name, is_active, is_superuser, login_epoch,
                                      created_at, updated_at, password)
    SELECT here, lower(email), name, is_active, false, login_epoch, created_at, updated_at,
           CASE WHEN password = '' THEN {UNUSABLE} ELSE password END
      FROM restored_users WHERE NOT known ORDER BY here"""
MAKE_MEMBERSHIPS = """
    INSERT INTO public.accounts_membership (id, account_id, user_id, role, is_active, name,
                                            last_login_at, login_epoch, created_at, updated_at)
    SELECT r.here, %s, u.here, r.role, r.is_active, r.name, r.last_login_at, r.login_epoch + 1,
           r.created_at, r.updated_at
      FROM restored_memberships r JOIN restored_users u ON u.id = r.user_id ORDER BY r.here"""


@dataclass(frozen=True)
class Made:
    """How many shared rows a restore made, and how many logins were there before."""

    users: int
    known_users: int
    memberships: int


def make_shared_rows(
    reader: Reader, manifest: Manifest, *, schema_name: str, name: str, domain: str
) -> tuple[Account, Translation, Made]:
    """Make the clinic, its host name, its people; inside the caller's transaction.

    Raises `ArchiveError` where the backup's people contradict themselves.
    """
    stage(reader, manifest)
    account = _account(manifest, schema_name=schema_name, name=name)
    with pghistory.context(job="restore_account"), connection.cursor() as cursor:
        cursor.execute(KNOWN_USERS)
        known = cursor.rowcount
        for what, table in ((USERS, "user"), (MEMBERSHIPS, "membership")):
            cursor.execute(FREE_IDS.format(what=what, table=table))
            _give_new_ids(cursor, what)
        account.save(force_insert=True)
        Domain.objects.create(domain=domain, tenant=account, is_primary=True)
        cursor.execute(MAKE_USERS)
        made = cursor.rowcount
        cursor.execute(MAKE_MEMBERSHIPS, [account.pk])
        memberships = cursor.rowcount
    ids = dict(_changed_ids())
    if str(account.pk) != manifest.account["id"]:
        ids[manifest.account["id"].encode()] = str(account.pk).encode()
    translation = Translation(
        schema=manifest.account["schema_name"],
        new_schema=schema_name,
        ids=ids,
        content_types=content_types_here(manifest),
    )
    return account, translation, Made(made, known, memberships)


def stage(reader: Reader, manifest: Manifest) -> None:
    """Read the backup's people into temporary tables."""
    for what, columns in ((USERS, USER_COLUMNS), (MEMBERSHIPS, MEMBERSHIP_COLUMNS)):
        stream = manifest.shared[what]
        allowed = {*columns, *(["password"] if what == USERS and manifest.with_logins else [])}
        if set(stream.columns) != allowed:
            raise ArchiveError("bad_manifest", f"{what} have other columns than they should have.")
        with connection.cursor() as cursor:
            cursor.execute(STAGING[what])
        chunks = stream_chunks(reader, shared_folder(what), stream)
        rows = copy_in(f"restored_{what}", stream.columns, chunks)
        if rows != stream.rows:
            raise ArchiveError("wrong_count", f"{what} have {rows} rows, not {stream.rows}.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT role FROM restored_memberships")
        if {role for (role,) in cursor.fetchall()} - set(Role.values):
            raise ArchiveError("bad_manifest", "A membership has a role that does not exist.")


def content_types_here(manifest: Manifest) -> dict[bytes, bytes]:
    """Return which number each kind of record has here, by its number in the backup."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, app_label || '.' || model FROM public.django_content_type")
        here = {label: str(pk) for pk, label in cursor.fetchall()}
    return {
        there.encode(): here[label].encode()
        for there, label in manifest.content_types.items()
        if label in here
    }


def _account(manifest: Manifest, *, schema_name: str, name: str) -> Account:
    kept = manifest.account
    there = UUID(kept["id"])
    account = Account(
        id=uuid7() if Account.objects.filter(pk=there).exists() else there,
        schema_name=schema_name,
        name=name,
        **{field: kept[field] for field in ("status", "provider_scope", "time_zone", "locale")},
        second_factor_required=kept.get(SECOND_FACTOR) == "true",
    )
    try:
        account.full_clean()
    except ValidationError as error:
        field, reasons = next(iter(error.message_dict.items()))
        raise ArchiveError("bad_manifest", f"The clinic's {field}: {reasons[0]}") from error
    return account


def _give_new_ids(cursor: Any, what: str) -> None:
    """Give those whose id is taken here a new one, in the order of the old ones."""
    cursor.execute(f"SELECT id FROM restored_{what} WHERE here IS NULL ORDER BY id")
    waiting = [pk for (pk,) in cursor.fetchall()]
    for start in range(0, len(waiting), BATCH):
        pairs = [(str(pk), str(uuid7())) for pk in waiting[start : start + BATCH]]
        execute_values(
            cursor.cursor,
            f"UPDATE restored_{what} r SET here = v.here::uuid FROM (VALUES %s) v (id, here)"
            " WHERE r.id = v.id::uuid",
            pairs,
        )


def _changed_ids() -> Iterator[tuple[bytes, bytes]]:
    with connection.cursor() as cursor:
        for what in (USERS, MEMBERSHIPS):
            cursor.execute(f"SELECT id::text, here::text FROM restored_{what} WHERE id <> here")
            for there, here in cursor.fetchall():
                yield there.encode(), here.encode()
