"""Knowing an old system again whose database has been copied to another place."""

import hashlib
from collections import Counter
from itertools import islice

from jobs.errors import ItemError
from jobs.kinds import Kind
from jobs.models import SourceLink
from legacy.files import Uploads, chunks_of
from legacy.listing import Listing
from legacy.naming import PREFIX

SAMPLE = 20  # files


def refuse_second_name(kind: Kind, listing: Listing, uploads: Uploads) -> None:
    """Refuse to move a system in under a second name: everybody would be here twice.

    It is the same system when most of its first files have been moved under the same numbers with
    the same bytes. Raises `ItemError("known_system")` with the name to give.
    """
    others = SourceLink.objects.filter(source__startswith=PREFIX).exclude(source=kind.source)
    if SourceLink.objects.filter(source=kind.source).exists() or not others.exists():
        return
    votes: Counter[str] = Counter()
    sound = (row for row in listing.files() if not row.problem and not row.twin)
    rows = list(islice(sound, SAMPLE))
    for row in rows:
        try:
            with uploads.open(row.place) as (file, _):
                digest = hashlib.sha256()
                for chunk in chunks_of(file):
                    digest.update(chunk)
        except ItemError:
            continue  # it is listed with its reason when its turn comes
        same = others.filter(source_id=row.source_id, facts__sha256=digest.hexdigest())
        votes.update(same.values_list("source", flat=True))
    for name, number in votes.most_common(1):
        if number * 2 > len(rows):
            raise ItemError(
                "known_system",
                f"This old system has been moved in before as {name}. Give --source-name"
                f" {name.removeprefix(PREFIX)} to go on with it.",
            )
