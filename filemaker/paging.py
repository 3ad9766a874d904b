"""Walking through all records of a layout while people go on working in it.

FileMaker pages by position, so a record that is added or removed before the place where we are
shifts all that follow: a page would repeat some, or leave some out and nobody would know. Therefore
the order is that of a key that does not change, and each page begins with a record that has been
seen. Where it does not, something was removed, and we go back until it does. What has been there
all the time is then seen at least once.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from filemaker.client import Page, Record
from jobs.errors import TransientError

PAGE = 100  # records
KEPT = 20 * PAGE  # how many of the last seen are remembered
MOST_STEPS_BACK = 1_000

Fetch = Callable[[int, int], Page]  # offset from 1, limit


class Walk:
    """One walk. `found` is FileMaker's count at its end, `seen` how many came by."""

    def __init__(self, fetch: Fetch, *, size: int = PAGE) -> None:
        self._fetch, self._size = fetch, size
        self._recent: OrderedDict[str, None] = OrderedDict()
        self.found = 0
        self.seen = 0

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in the order of the key; memory stays flat.

        Raises `TransientError("source_changing")` where no end is found.
        """
        offset, steps_back = 1, 0
        while True:
            page = self._fetch(offset, self._size)
            if not self._joins(page, offset):
                if offset == 1:  # no records at all
                    self.found = page.found
                    return
                offset, steps_back = max(1, offset - self._size), steps_back + 1
                if steps_back > MOST_STEPS_BACK:
                    raise TransientError(
                        "source_changing", "The records change faster than they can be listed."
                    )
                continue
            yield from self._fresh(page)
            end = offset + len(page.records) - 1
            if end >= page.found:
                self.found = page.found
                return
            if end == offset:  # one record, and it was known: nothing follows that can be had
                steps_back += 1
                end = max(1, offset - self._size)
                if steps_back > MOST_STEPS_BACK:
                    raise TransientError(
                        "source_changing", "FileMaker announces records that it does not give."
                    )
            offset = end

    def _joins(self, page: Page, offset: int) -> bool:
        if not page.records:
            return False
        return offset == 1 or page.records[0].record_id in self._recent

    def _fresh(self, page: Page) -> Iterator[Record]:
        for record in page.records:
            if record.record_id in self._recent:
                self._recent.move_to_end(record.record_id)
                continue
            self._recent[record.record_id] = None
            self.seen += 1
            yield record
        while len(self._recent) > KEPT:
            self._recent.popitem(last=False)
