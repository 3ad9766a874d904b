"""Puts what exists into generated requests: random ids find nothing but 404s.

A quarter of the requests keep what was generated. What deletes, archives, finalises, revokes or makes
a link worthless gets one of the spares each time, and the members who are logged in are never changed.
"""

import itertools
from uuid import UUID

import requests

from tests.contract.clinic import HOST

PREFIX = "/api/v1/"
ENDS = ("archive", "finalize", "revoke", "resend")
KINDS = {  # names in bodies and queries, by the kind that they mean
    "patient_id": "patients",
    "patient_ids": "patients",
    "entity_ids": "patients",
    "ids": "files",
    "patient": "patients",
    "batch": "image-batches",
    "clinician_id": "cast",
    "performer_id": "cast",
    "referrer_id": "referrers",
    "company_id": "companies",
    "coordinator_id": "coordinators",
    "insurance_id": "insurances",
    "template_id": "message-templates",
}


# What generated values hardly ever are: a file of rows, a password that is good enough.
CSV = "first_name,last_name\nNew,Person\n"
PASSWORD = "four words and a river"


class Known:
    """A `before_call` hook for one run; the same run gets the same values."""

    def __init__(self, clinic, token):
        self.clinic = clinic
        self.token = token  # a function: tokens live five minutes
        self.ids = {**clinic["ids"], "cast": clinic["cast"]}
        self.turns = {}
        self.lost = {}
        self.session = requests.Session()

    def __call__(self, context, case, kwargs):
        turn = next(self.turns.setdefault((case.method, case.path), itertools.count()))
        case.headers["Host"] = HOST
        case.headers["X-Forwarded-For"] = f"10.0.{turn // 40 % 256}.1"  # else throttles answer most
        self._place(case, turn)
        if turn % 4 != 3:
            self._fill(case.query, case, turn)
            self._fill(case.body, case, turn)
        self._match(case, turn)

    def _place(self, case, turn):
        slug = case.path.removeprefix(PREFIX).partition("/")[0]
        if slug == "{slug}":
            slug = self._slug(case, turn)
        for name, value in case.path_parameters.items():
            if not _is_id(value) or slug not in self.ids:
                continue
            if self._ends(case):
                keep = value not in self._precious(slug) and turn % 4 == 3
                case.path_parameters[name] = value if keep else self._spare(slug, case, turn)
            elif turn % 4 != 3 and not _is_linked(case):
                last = case.path.endswith("/restore")  # what is archived or in the trash
                at = -1 if last else (turn // 4) % min(3, len(self.ids[slug]))
                case.path_parameters[name] = self.ids[slug][at]
            if slug == "members" and case.method != "GET" and value in self.clinic["cast"]:
                case.path_parameters[name] = self._spare(slug, case, turn)

    def _slug(self, case, turn):
        if turn % 4 != 3 and isinstance(case.path_parameters.get("slug"), str):
            case.path_parameters["slug"] = "patients"
        return case.path_parameters.get("slug")

    def _ends(self, case):
        return case.method == "DELETE" or case.path.rpartition("/")[2] in ENDS or (
            "members/" in case.path and case.method != "GET"
        )  # fmt: skip

    def _precious(self, slug):
        return {self.ids[slug][0], *self.clinic["cast"]}

    def _spare(self, slug, case, turn):
        """Return one that may be lost; the verbs that end things have spares of their own."""
        if slug == "members":
            return self.ids[slug][1]
        part = 1 if case.method == "DELETE" else 2
        left = self.lost.setdefault((slug, part), self.ids[slug][part::2])
        if turn % 3 and len(left) > 1:  # each third has no If-Match (see `_match`) and ends nothing
            return left.pop()
        return left[-1] if left else self.ids[slug][-1]

    def _fill(self, found, case, turn):
        """Replace ids and tokens, however deep."""
        if not isinstance(found, (dict, list)):
            return
        for name, value in found.items() if isinstance(found, dict) else enumerate(found):
            kind = KINDS.get(name)
            if kind and _is_id(value):
                few = len(self.ids[kind]) if "invite" in case.path else 2
                found[name] = self.ids[kind][turn % few]
            elif kind and isinstance(value, list) and value and all(map(_is_id, value)):
                found[name] = [self.ids[kind][n % len(self.ids[kind])] for n in range(len(value))]
            elif name == "token" and isinstance(value, str):
                known = self.clinic["tokens"].get(case.path.rpartition("/")[2], [value])
                found[name] = known[turn % len(known)]
            elif name == "password" and isinstance(value, str) and value:
                found[name] = PASSWORD
            elif name == "file" and case.path.endswith(("/import-csv", "/import-preview")):
                found[name] = CSV
            else:
                self._fill(value, case, turn)

    def _match(self, case, turn):
        """Send `If-Match` as generated, as `*`, and as the record has it, in turn."""
        if not any(one.name == "If-Match" for one in case.operation.headers):
            return
        if turn % 3 == 1:
            case.headers["If-Match"] = "*"
        elif turn % 3 == 2 and all(map(_is_id, case.path_parameters.values())):
            path = case.path.format(**case.path_parameters)
            if path.rpartition("/")[2] in ENDS:
                path = path.rpartition("/")[0]
            answer = self.session.get(
                self.clinic["url"] + path,
                headers={"Host": HOST, "Authorization": f"Bearer {self.token()}"},
            )
            case.headers["If-Match"] = answer.headers.get("ETag", "*")


def _is_id(value):
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_linked(case):
    """Tell whether the request follows an answer, whose id it has."""
    return case.meta is not None and case.meta.phase.name.value == "stateful"
