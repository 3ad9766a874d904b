"""What messages cost: a thousand that come in, eight at once; and finding whose a number is.

The calls are signed as the stand-in of Twilio signs them, and go over HTTP to a real web server.
"""

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import requests

from tests.sms_integration.stand_ins.twilio_calls import FORM, TwilioAccount, sign

CALLS, AT_ONCE = 1_000, 8
EACH_TENTH = 10  # call comes twice, as when an answer was lost
NUMBERS = 200  # that write
FEW, MANY = 2_000, 200_000  # patients
LOOKUPS = 200
OURS, SID, TOKEN = "+61480000001", "AC" + "0" * 32, "token-of-the-benchmark"

Report = Callable[..., None]


def gateway(schema: str) -> str:
    """Connect the clinic; return the gateway's id."""
    from django_tenants.utils import schema_context

    from sms_integration.models import Gateway

    with schema_context(schema):
        row = Gateway.objects.create(
            name="Bench",
            provider="twilio",
            sender=OURS,
            credentials=json.dumps({"account_sid": SID, "auth_token": TOKEN}),
        )
    return str(row.pk)


def inbound_cost(base: str, host: str, session: Any, report: Report) -> None:
    """Send the calls and count what is there; by /me, asked by as many at once."""
    from django.db import connection
    from django_tenants.utils import schema_context

    schema = host.partition(".")[0]
    path = f"/sms/{gateway(schema)}/inbound"
    account = TwilioAccount(SID, TOKEN, f"http://{host}")
    calls = [
        account.message(sender=f"+61491{n % NUMBERS:06}", to=OURS, body=f"Message {n}")
        for n in range(CALLS)
    ]
    calls += calls[::EACH_TENTH]

    def timed(ask: Callable[[], requests.Response]) -> float:
        begun = time.perf_counter()
        answer = ask()
        taken = time.perf_counter() - begun
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
        return taken

    def receive(fields: list[tuple[str, str]]) -> float:
        headers = {
            "Host": host,
            "Content-Type": FORM,
            "X-Twilio-Signature": sign(TOKEN, account.host + path, fields),
        }
        body = urlencode(fields)
        return timed(lambda: requests.post(base + path, body, headers=headers, timeout=60))

    headers = dict(session.headers)  # no session: its cookies are not made for several threads
    me = lambda: requests.get(f"{base}/api/v1/me", headers=headers, timeout=60)  # noqa: E731
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(lambda _: timed(me), range(AT_ONCE * 4)):
            pass  # these warm up
        units = list(threads.map(lambda _: timed(me), range(CALLS // 2)))
        found = list(threads.map(receive, calls))
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT provider_message_id) FROM sms_integration_message"
        )
        rows, distinct = cursor.fetchone()
        cursor.execute("SELECT sum(unread_count) FROM sms_integration_conversation")
        (unread,) = cursor.fetchone()
    report("1,000 messages that came in, of them lost", CALLS - distinct, 0, "")
    report("… and doubled", max(rows, unread) - CALLS, 0, "")
    unit, one = (statistics.quantiles(times, n=20)[-1] for times in (units, found))
    print(f"    p95 {one * 1000:.1f} ms by {unit * 1000:.1f} ms, eight at once", flush=True)
    report("a message that comes in, p95, by /me", one / unit, 5)


def matching_cost(report: Report) -> None:
    """Find whose a number is among 2,000 patients and among 200,000; one query by an index."""
    from accounts.services.accounts import create_account

    times = {}
    for patients in (FEW, MANY):
        schema = f"match{patients}"
        create_account(
            schema_name=schema,
            name=schema,
            domain=f"{schema}.localhost",
            admin_email="admin@bench.test",
        )
        times[patients] = _lookups(schema, patients, report)
    print(f"    {times[MANY] * 1e6:.0f} µs by {times[FEW] * 1e6:.0f} µs", flush=True)
    report("whose a number is, 200,000 patients by 2,000", times[MANY] / times[FEW], 2)


def _lookups(schema: str, patients: int, report: Report) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django_tenants.utils import schema_context

    from patients.models import Patient
    from sms_integration.services.matching import WHO_WRITES, WHOSE, patients_with_number
    from tests.bench_rows import insert_into

    with schema_context(schema), connection.cursor() as cursor:
        rest = "FROM generate_series(1, %s) n"
        said = {
            "id": "uuidv7()",
            "first_name": "'F' || n",
            "last_name": "'L' || n",
            "phone": "'+614' || lpad(n::text, 8, '0')",
            "status": "'active'",
            "research_consent": "false",
        }
        cursor.execute(insert_into(Patient, rest, **said), [patients])
        cursor.execute("VACUUM ANALYZE patients_patient")
        numbers = [f"+614{n * (patients // LOOKUPS) + 1:08}" for n in range(LOOKUPS)]
        with CaptureQueriesContext(connection) as captured:
            if len(patients_with_number(numbers[0])) != 1:
                raise RuntimeError("the number was not found")
        cursor.execute(f"EXPLAIN {WHOSE}", {"phone": numbers[0], "who": list(WHO_WRITES)})
        plan = "\n".join(line for (line,) in cursor.fetchall())
        if patients == MANY:
            report("queries to find whose a number is", len(captured), 1, "")
            report("… that read the table of patients", plan.count("Seq Scan on patients_"), 0, "")
            report("… without the index of numbers", int("patient_phone" not in plan), 0, "")
        times = []
        for number in numbers * 3:
            begun = time.perf_counter()
            patients_with_number(number)
            times.append(time.perf_counter() - begun)
    return statistics.median(times[LOOKUPS:])


def main() -> None:
    """Run this part alone."""
    from tests import bench

    with bench.servers_of_its_own():
        from accounts.models import User
        from accounts.services.accounts import create_account

        create_account(
            schema_name="bench", name="Bench", domain=bench.HOST, admin_email="admin@bench.test"
        )
        user = User.objects.get(email="admin@bench.test")
        user.set_password(bench.PASSWORD)
        user.save()
        with bench.web_server() as base:
            inbound_cost(base, bench.HOST, bench.log_in(base), bench.report)
        matching_cost(bench.report)


if __name__ == "__main__":
    main()
