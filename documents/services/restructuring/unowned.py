"""Old objects that no row, note or list names. They are shown to the operator and never touched.

They may be of another clinic that has not been moved yet, and old keys hold names of files: so
their keys go to the operator's own terminal or file, and only their number into the ledger.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from documents.old_keys import layout_of
from documents.services.restructuring.claims import claims_on
from documents.storage import ObjectInfo
from documents.storage.doors import Doors
from jobs.models import Job, JobItem

PAGE = 1_000  # objects that are looked up in one query
ODD = "other"  # a key in an old folder that cannot be taken for one of ours


def unowned_objects(job: Job, item_name: Callable[[str], str]) -> Iterator[tuple[str, ObjectInfo]]:
    """Yield each old object that nobody names, with its layout. Raises `StoreError`.

    `item_name` gives the ledger's name of a key: what the job's list names is somebody's.
    """
    listed = Doors().old_objects()
    while page := list(islice(listed, PAGE)):
        known = [one.key for one in page if layout_of(one.key)]
        claims = claims_on(known)
        names = {item_name(key): key for key in known}
        items = JobItem.objects.filter(job=job, source_id__in=list(names))
        in_list = {names[name] for name in items.values_list("source_id", flat=True)}
        for one in page:
            if one.key not in claims and one.key not in in_list:
                yield layout_of(one.key) or ODD, one
