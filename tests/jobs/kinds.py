"""Kinds of work for the tests: what each of their items does is said by its payload."""

import os
import time
from pathlib import Path

from django.db import connection, transaction

from accounts.fields import uuid7
from jobs.errors import ItemError, JobParametersError, StopRunError, TransientError
from jobs.kinds import (
    Batch,
    BatchResult,
    Done,
    Gap,
    ItemKind,
    NewItem,
    Reconciliation,
    RowFailure,
    Skipped,
    StreamKind,
    register,
)
from jobs.models import SourceLink
from patients.models import Company


@register
class MakeCompanies(ItemKind):
    """Makes a company for each number; an appendix of the number says what goes wrong first."""

    name = "make_companies"
    title = "Make companies"
    concurrency = 2
    chunk = 5
    min_tried = 10

    @classmethod
    def clean(cls, parameters):
        if not isinstance(parameters.get("number"), int):
            raise JobParametersError("Send a number.", field="number")
        return dict(parameters)

    def list_items(self):
        faults = self.parameters.get("faults", {})
        for n in range(self.parameters["number"]):
            yield NewItem(f"c{n}", {"name": f"Company {n}", "fault": faults.get(str(n), "")})

    def process(self, item):
        known = self.known(item.source_id)
        if known is not None:
            return known
        fault, _, when = item.payload["fault"].partition(":")
        if fault and item.attempt <= int(when or 1):
            self.fail(fault)
        time.sleep(self.parameters.get("seconds", 0))
        company = Company(id=uuid7(), name=item.payload["name"])
        if not self.dry_run:
            with transaction.atomic():
                company.save(force_insert=True)
                self.remember(item.source_id, company)
        self.crash("after_effect", item)
        return Done("made", {"company": str(company.pk)})

    def fail(self, fault):
        if fault == "permanent":
            raise ItemError("bad_company", "It is bad.", "Mend it.")
        if fault == "transient":
            raise TransientError("busy", "The other side is busy.", after=0.01)
        if fault == "stop":
            raise StopRunError("quota", "The quota is used up.")
        if fault == "lost":
            connection.connection.close()
        if fault == "exit":
            os._exit(9)
        raise RuntimeError("something that nobody foresaw")

    def crash(self, where, item):
        """Kill this process the first time that an item named in the parameters comes here."""
        if self.parameters.get(where) == item.source_id:
            flag = Path(self.parameters["flag"])
            if not flag.exists():
                flag.touch()
                os._exit(9)

    def reconcile(self):
        if self.dry_run:
            return Reconciliation()
        wanted = {f"c{n}" for n in range(self.parameters["number"])}
        links = self.links(wanted)
        there = set(
            Company.objects.filter(pk__in=[link.target_id for link in links.values()]).values_list(
                "pk", flat=True
            )
        )
        failed = set(self.job.items.filter(state="failed").values_list("source_id", flat=True))
        missing = {one for one in wanted - failed if one not in links}
        gone = {one for one, link in links.items() if link.target_id not in there}
        gaps = [Gap(one, "missing") for one in sorted(missing)]
        return Reconciliation(tuple(gaps), {"companies": len(there), "gone": len(gone)})

    def undo(self, link, target):
        if target is not None and target.phone:
            raise ItemError("changed_since", "Somebody has added a phone.")
        if target is not None:
            target.delete()


@register
class MakeCompaniesTogether(MakeCompanies):
    """The same, a chunk in one transaction."""

    name = "make_companies_together"
    together = True
    source = MakeCompanies.name

    def process_together(self, items):
        links, results, stopped = self.links(item.source_id for item in items), [], None
        with transaction.atomic():
            for item in items:
                if item.source_id in links:
                    results.append((item, self.known(item.source_id)))
                    continue
                try:
                    results.append((item, self.make(item)))
                except StopRunError as error:
                    stopped = error
                    break
                except ItemError as error:
                    results.append((item, error))
        for item, _ in results:
            self.crash("after_effect", item)
        yield from results
        if stopped is not None:
            raise stopped

    def make(self, item):
        fault, _, when = item.payload["fault"].partition(":")
        if fault and item.attempt <= int(when or 1):
            self.fail(fault)
        time.sleep(self.parameters.get("seconds", 0))
        company = Company(id=uuid7(), name=item.payload["name"])
        if not self.dry_run:
            company.save(force_insert=True)
            self.remember(item.source_id, company)
        return Done("made", {"company": str(company.pk)})


@register
class CountCompanies(ItemKind):
    """Can neither be rolled back nor be wrong: says of each company that it is there."""

    name = "count_companies"
    title = "Count companies"

    def list_items(self):
        for pk in Company.objects.order_by("pk").values_list("pk", flat=True):
            yield NewItem(str(pk))

    def process(self, item):
        return Skipped("there")


@register
class StreamCompanies(StreamKind):
    """Makes companies from the lines of a file, a batch of ten at a time."""

    name = "stream_companies"
    title = "Stream companies"
    min_tried = 50

    def count(self):
        return self.parameters["number"]

    def read(self, position):
        start = position.get("line", 0)
        while start < self.parameters["number"]:
            end = min(start + 10, self.parameters["number"])
            yield Batch(list(range(start, end)), {"line": end})
            start = end

    def process_batch(self, batch):
        time.sleep(self.parameters.get("seconds", 0))
        bad = set(self.parameters.get("bad", ()))
        for n in batch.rows:
            if n not in bad and not self.dry_run:
                Company.objects.create(name=f"Company {n}")
        if self.parameters.get("stop_at") in batch.rows:
            flag = Path(self.parameters["flag"])
            if not flag.exists():
                flag.touch()
                os._exit(9)
        failures = tuple(
            RowFailure(f"line {n}", "bad_row", "It is bad.", "name", {"name": str(n)})
            for n in batch.rows
            if n in bad
        )
        return BatchResult(len(batch.rows) - len(failures), 0, failures, {"made": 10})


def links():
    return {link.source_id: link for link in SourceLink.objects.filter(source="make_companies")}
