"""Runs schemathesis as somebody of a clinic and returns what it finds."""

import itertools
import time
from collections import Counter
from dataclasses import dataclass, field

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from tests.contract.clinic import HOST
from tests.contract.known import Known
from tests.contract.tolerance import is_tolerated

SEED = 20261121
TOKEN_AGE = 240  # seconds; the server says 300
PHASES = ("examples", "coverage", "fuzzing", "stateful")
# Valid by its types is not yet acceptable: dates have an order, two fields belong together, codes
# must exist, a patient be visible. OpenAPI cannot say that, so a 400 is no fault of the server.
OFF = ("positive_data_acceptance",)
# A request that is wrong in its body may be wrong before that: it is out of date, or its link ended.
REFUSALS = [400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 428, 429]


class Login:
    """A bearer token, a new one when the old one gets old; none for nobody."""

    def __init__(self, clinic, role):
        self.clinic, self.role = clinic, role
        self.got_at, self.token = -TOKEN_AGE, ""

    def __call__(self):
        if self.role and time.monotonic() - self.got_at >= TOKEN_AGE:
            answer = requests.post(
                f"{self.clinic['url']}/_allauth/app/v1/auth/login",
                json={
                    "email": self.clinic["logins"][self.role],
                    "password": self.clinic["password"],
                },
                headers={"Host": HOST},
                timeout=30,
            )
            assert answer.status_code == 200, answer.text
            self.token = answer.json()["meta"]["access_token"]
            self.got_at = time.monotonic()
        return self.token


@dataclass
class Found:
    """What a run found, by operation and kind of failure, and how often which answer came."""

    failures: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)  # by operation and status

    def __str__(self):
        shown = [f"{' · '.join(key)}\n{text}" for key, text in self.failures.items()]
        return "\n\n".join([*self.errors, *shown])

    def add(self, event):
        cases = event.recorder.cases
        for case_id, one in event.recorder.interactions.items():
            status = one.response.status_code if one.response else 0
            self.answers[cases[case_id].value.operation.label, status] += 1
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                if check.status == Status.FAILURE:
                    self._note(event, case_id, check)

    def _note(self, event, case_id, check):
        failure = check.failure_info.failure
        case = event.recorder.cases[case_id].value
        response = event.recorder.interactions[case_id].response
        text = f"{failure.message[:600]}\n{check.failure_info.code_sample[:800]}"
        if response:
            text += f"\n{response.status_code} {response.content[:300]!r}"
        self.failures.setdefault((case.operation.label, failure.title, event.phase.value), text)


def description(clinic):
    """Ask the server for its description, as a developer does."""
    answer = requests.get(
        f"{clinic['url']}/api/v1/schema",
        headers={
            "Host": HOST,
            "Authorization": f"Bearer {Login(clinic, 'developer')()}",
            "Accept": "application/vnd.oai.openapi+json",
        },
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def settings(examples, phases=PHASES, off=OFF):
    """Return a configuration: the same requests each time, every check but those in `off`."""
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "continue-on-failure": True,
            "request-timeout": 30,
            "headers": {"Host": HOST},
            "generation": {
                "deterministic": True,
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
            },
            "phases": {name: {"enabled": name in phases} for name in PHASES},
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS},
                **{name: {"enabled": False} for name in off},
            },
        }
    )


def drive(clinic, role, described, config, *, only=None, share=(0, 1)):
    """Ask everything that is described, as somebody of that role; return what was wrong.

    `share` is which of how many parts of the coverage phase: it has thousands of requests.
    """
    schema = schemathesis.openapi.from_dict(described, config=config)
    schema.config.base_url = clinic["url"]
    if only:
        schema = schema.include(path_regex=only)
    login = Login(clinic, role)
    if role:
        schema.auth(refresh_interval=TOKEN_AGE)(_bearer(login))
    turns = itertools.count()

    @schema.hook
    def filter_case(context, case):
        covering = case.meta is not None and case.meta.phase.name.value == "coverage"
        return not covering or next(turns) % share[1] == share[0]

    @schema.hook
    def filter_failure(context, failure, case, response):
        return not is_tolerated(failure, case, response)

    return _collect(schema, Known(clinic, login))


def _bearer(login):
    class Bearer:
        def get(self, case, context):
            return login()

        def set(self, case, data, context):
            case.headers["Authorization"] = f"Bearer {data}"

    return Bearer


def _collect(schema, known):
    def before_call(context, case, kwargs):
        known(context, case, kwargs)

    schemathesis.hook(before_call)
    found = Found()
    try:
        for event in from_schema(schema).execute():
            if isinstance(event, events.FatalError):
                raise event.exception
            if isinstance(event, events.NonFatalError):
                found.errors.append(f"{event.label}: {event.value!r}"[:1000])
            if isinstance(event, events.ScenarioFinished):
                found.add(event)
    finally:
        schemathesis.hooks.unregister(before_call)
    return found
