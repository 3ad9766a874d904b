"""What other apps let staff do with selected patients.

An app registers an action in its `admin` package, so that two that know nothing of each other can
both add theirs to the one page:

    register_patient_action(
        PatientAction(
            name="write_to_selected",
            label="Write to them",
            may=lambda membership: membership.may("messages.add"),
            run=write_to_selected,
        )
    )
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.models import Membership
from patients.models import Patient
from patients.registry import RegistryError


@dataclass(frozen=True, kw_only=True)
class PatientAction:
    """One line of the list of actions.

    name   the machine's name of it
    label  what staff read
    may    whether a member is offered it
    run    does it, with the page, the request and the patients; may answer with a page of its own
    """

    name: str
    label: str
    may: Callable[[Membership], bool]
    run: Callable[[Any, HttpRequest, QuerySet[Patient]], HttpResponse | None]


_actions: dict[str, PatientAction] = {}


def register_patient_action(action: PatientAction) -> PatientAction:
    """Offer an action on the patients' page."""
    if action.name in _actions:
        raise RegistryError(f"There is an action {action.name!r} already.")
    _actions[action.name] = action
    return action


def actions_for(membership: Membership) -> dict[str, tuple[Any, str, str]]:
    """Return the actions that a member is offered, as Django's admin wants them."""
    return {
        one.name: (one.run, one.name, one.label)
        for one in sorted(_actions.values(), key=lambda one: one.label)
        if one.may(membership)
    }
