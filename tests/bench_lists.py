"""What a page of documents costs in a clinic of a million documents, by one in a clinic of 10,000.

Both clinics are in one database and are asked in turns through one web server. A page must not
know how many documents there are: neither the first, nor one from the middle, in any order, nor a
provider's, who sees some of the patients only.
"""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import requests

from tests.bench_rows import insert_into

FEW, MANY = 10_000, 1_000_000
PER_PATIENT = 50
ALLOWED = 1.3
ALLOWED_RARE = 2  # the index of runs of letters is read for each of them
SORTS = ("-uploaded", "uploaded", "name", "-name", "size", "-size", "type", "-type")
PASSWORD = "bench-password"
TYPES = "{application/pdf,application/pdf,application/pdf,image/jpeg,image/png,text/csv}"
WORDS = "{referral,report,letter,scan,photo,consent,result,invoice,insole,x-ray}"

Report = Callable[..., None]
Ratio = Callable[[Callable[[], Any], Callable[[], Any]], float]


def build(schema: str, documents: int) -> None:
    """Make a clinic with an administrator, a provider, and patients with documents each."""
    from django.db import connection
    from django_tenants.utils import tenant_context

    from accounts.roles import Role
    from accounts.services.accounts import create_account
    from accounts.services.members import add_member
    from documents.models import Document
    from documents.registry import policy_for_slug

    account = create_account(
        schema_name=schema,
        name=schema,
        domain=f"{schema}.localhost",
        admin_email=f"admin@{schema}.test",
    )
    administrator = account.memberships.get().user
    administrator.set_password(PASSWORD)
    administrator.save()
    provider = add_member(
        account=account, email=f"pat@{schema}.test", role=Role.PROVIDER, password=PASSWORD
    )
    policies = [policy_for_slug(slug).content_type_id for slug in ("patients", "lab-results")]
    with tenant_context(account), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no history of these
        cursor.execute(
            """
            INSERT INTO patients_patient (id, created_at, updated_at, email, phone, address,
                first_name, last_name, sex, external_id, filemaker_id, status, notes,
                research_consent, clinician_id)
            SELECT uuidv7(), now(), now(), '', '', '', 'First' || n, 'Last' || n, '', 'XW' || n, '',
                'active', '', false, CASE n %% 3 WHEN 0 THEN %s::uuid WHEN 1 THEN NULL
                ELSE uuidv7() END
              FROM generate_series(1, %s) n""",
            [str(provider.pk), documents // PER_PATIENT],
        )
        insert = insert_into(
            Document,
            """
              FROM generate_series(1, %s) n
              JOIN (SELECT id, row_number() OVER () AS at FROM patients_patient) patient
                ON patient.at = 1 + n / %s,
              (SELECT %s::text[] AS words, %s::text[] AS types, %s::int[] AS ids) said""",
            id="uuidv7()",
            object_id="CASE WHEN n %% 2 = 0 THEN patient.id ELSE uuidv7() END",
            original_filename="words[1 + n %% 10] || ' ' || (n::bigint * 7919 %% 1000003) || '.pdf'",
            file_type="types[1 + n %% 6]",
            file_size="(n::bigint * 7919) %% 3000017",
            sha256="repeat('0', 64)",
            hash_algorithm="'sha256'",
            s3_key="%s || '/' || n",
            category="'other'",
            tags="'{}'",
            metadata="'{}'",
            state="CASE WHEN n %% 40 = 0 THEN 'rejected' ELSE 'available' END",
            retention="'clinical'",
            legal_hold="false",
            content_type_id="ids[1 + n %% 2]",
            patient_id="patient.id",
            uploaded_by_id="%s",
            uploaded_at="now()",
        )
        cursor.execute(
            insert,
            [schema, administrator.pk, documents - 1, PER_PATIENT, WORDS, TYPES, policies],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE patients_patient")
        cursor.execute("VACUUM ANALYZE documents_document")  # as autovacuum would have


def log_in(base: str, schema: str, name: str) -> requests.Session:
    session = requests.Session()
    session.headers["Host"] = f"{schema}.localhost"
    answer = session.post(
        f"{base}/_allauth/app/v1/auth/login",
        json={"email": f"{name}@{schema}.test", "password": PASSWORD},
    )
    session.headers["Authorization"] = f"Bearer {answer.json()['meta']['access_token']}"
    return session


def lists_cost(base: str, ratio: Ratio, report: Report) -> None:
    """Ask both clinics for pages, as an administrator and as a provider."""
    for name in ("admin", "pat"):
        few, many = (log_in(base, schema, name) for schema in ("few", "many"))
        for sort in SORTS if name == "admin" else SORTS[:1]:
            _compare(base, (few, many), {"sort": sort}, f"{name}, {sort}", ratio, report)
        _compare(base, (few, many), {"file_type": "image/png"}, f"{name}, PNG", ratio, report)
        _compare(base, (few, many), {"search": "insole"}, f"{name}, a word", ratio, report)
        rare = {"search": "7919."}
        _compare(base, (few, many), rare, f"{name}, a rare word", ratio, report, ALLOWED_RARE)
        for sort in ("-uploaded", "-type"):
            pages = [_page(base, one, {"sort": sort, **_middle(one, sort)}) for one in (few, many)]
            report(
                f"page of a million, {name}, {sort}, the middle", ratio(*reversed(pages)), ALLOWED
            )


def _compare(
    base: str,
    sessions: tuple[requests.Session, requests.Session],
    asked: dict[str, str],
    name: str,
    ratio: Ratio,
    report: Report,
    allowed: float = ALLOWED,
) -> None:
    few, many = (_page(base, session, asked) for session in sessions)
    report(f"page of a million documents: {name}", ratio(many, few), allowed)


def _middle(session: requests.Session, sort: str) -> dict[str, str]:
    """Return the place in the middle of the clinic's documents, as a cursor says it."""
    from django_tenants.utils import schema_context

    from documents.api.pagination import DocumentPagination
    from documents.models import Document

    fields = DocumentPagination.orderings[sort.removeprefix("-")]
    order = [f"-{field}" for field in fields] if sort.startswith("-") else fields
    with schema_context(str(session.headers["Host"]).split(".")[0]):
        rows = Document.objects.available().order_by(*order).values_list(*fields)
        row = rows[rows.count() // 2]
    position = json.dumps([str(value) for value in row])
    return {"cursor": base64.b64encode(urlencode({"p": position}).encode()).decode()}


def _page(base: str, session: requests.Session, asked: dict[str, str]) -> Callable[[], Any]:
    parameters = {"page_size": "30", **asked}
    answer = session.get(f"{base}/api/v1/files", params=parameters)
    if not answer.json().get("results"):
        raise RuntimeError(f"{asked}: {answer.status_code} {answer.text[:300]}")
    return lambda: session.get(f"{base}/api/v1/files", params=parameters)


def main() -> None:
    from tests import bench

    with bench.servers_of_its_own():
        build("few", FEW)
        build("many", MANY)
        with bench.web_server() as base:
            lists_cost(base, bench.ratio, bench.report)


if __name__ == "__main__":
    main()
