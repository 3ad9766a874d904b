"""What other apps add to a patient: rows of the timeline, and facts shown beside the patient.

An app declares them in `timeline.py` and `facts.py`, which are found as `admin.py` is:

    register_timeline(
        TimelineSource(
            kind="visit",
            label="Visit",
            rows=lambda membership, patient_id: visits_visible_to(membership).filter(
                patient=patient_id
            ),
            at="started_at",
            title="type",
            route="visit-detail",
        )
    )
    register_fact(PatientFact(name="invite_state", label="invite", choices=…, expression=…))
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, Func, QuerySet
from django.db.models.expressions import Combinable

from accounts.models import Membership
from accounts.policies import current_account


@dataclass(frozen=True, kw_only=True)
class TimelineSource:
    """One kind of thing in the timeline of a patient.

    kind     the machine's name of it, in answers and in `?kind=`
    label    the people's name of it
    rows     the rows of one patient that a member sees: begin with the app's own policy.
             Nothing else is asked: drafts that a member must not see are left out here
    at       when it was: a field or an expression that gives a moment; a row without one is not
             shown. For a plain date take `DayBegins("collected_on")`
    title    what it is, in a few words: a field or an expression that gives a text
    route    the name of the API route with its detail, such as `visit-detail`; "" for none
    """

    kind: str
    label: str
    rows: Callable[[Membership, UUID], QuerySet[Any]]
    at: str | Combinable = "created_at"
    title: str | Combinable
    route: str = ""


@dataclass(frozen=True, kw_only=True)
class PatientFact:
    """A column that another app adds to the lists of patients, for staff only.

    name         of the column in answers, of the filter `?name=`, and of the annotation
    label        its heading in the admin
    choices      the values it can have, with their labels
    expression   makes the expression; `OuterRef("pk")` and `F("user")` are the patient's own.
                 It must give one of the choices for every patient
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    expression: Callable[[], Any]


class RegistryError(Exception):
    """A source or fact whose name is taken."""


class DayBegins(Func):
    """The moment at which a date begins by the clinic's clock."""

    output_field = DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        context["template"] = "(%(expressions)s::timestamp AT TIME ZONE %%s)"
        sql, params = super().as_sql(compiler, connection, *args, **context)
        return sql, (*params, current_account().time_zone)


_timeline: dict[str, TimelineSource] = {}
_facts: dict[str, PatientFact] = {}


def register_timeline(source: TimelineSource) -> TimelineSource:
    """Show the source's rows in the timeline of their patients."""
    if source.kind in _timeline:
        raise RegistryError(f"There is a timeline source {source.kind!r} already.")
    _timeline[source.kind] = source
    return source


def register_fact(fact: PatientFact) -> PatientFact:
    """Show the fact in lists and details of patients, and filter by it."""
    if fact.name in _facts:
        raise RegistryError(f"There is a fact {fact.name!r} already.")
    _facts[fact.name] = fact
    return fact


def timeline_sources() -> Iterator[TimelineSource]:
    """Yield the sources in the order of their kinds."""
    yield from (_timeline[kind] for kind in sorted(_timeline))


def patient_facts() -> Iterator[PatientFact]:
    """Yield the facts in the order of their names."""
    yield from (_facts[name] for name in sorted(_facts))


def with_facts(patients: "QuerySet[Any]") -> "QuerySet[Any]":
    """Return the patients with every fact as an annotation; in the same one query."""
    return patients.annotate(**{fact.name: fact.expression() for fact in patient_facts()})


def unregister(name: str) -> None:
    """Take a source or fact back; for tests that register their own."""
    if _timeline.pop(name, None) is None:
        del _facts[name]
