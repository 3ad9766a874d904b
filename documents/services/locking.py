"""The lock of a record that carries documents: taken by whoever adds to it, moves or removes it."""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from documents.keys import current_tenant


def lock_owners(owners: Iterable[tuple[int, UUID]]) -> None:
    """Let what adds documents to a record, and what removes it, wait for each other.

    `owners` are content types and ids. All take the locks in one order, so that nobody waits for
    somebody who waits for them.
    """
    tenant, numbers = current_tenant(), set()
    for content_type_id, object_id in owners:
        text = f"{tenant}:{content_type_id}:{object_id}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        numbers.add(int.from_bytes(digest, "big", signed=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [sorted(numbers)]
        )
