"""What patients cost: finding one among 200,000, and adding a thousand at once."""

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import requests

PATIENTS = 200_000
BULK = 1_000
ROUNDS = 5
SEARCHES = {
    "a rare word": "xw19999",
    "a frequent pair of letters": "an",
    "one letter": "a",
    "a frequent surname": "smith",
    "the provider of most e-mails": "gmail.com",
    "two words": "zoe nguyen",
    "a phone as it is dialled": "0412 345 678",
    "nothing": "zzzz",
}
FIRST = "{Anna,Ben,Cara,David,Elif,Farid,Grace,Hugo,Ines,Jack,Kira,Liam,Mia,Noah,Olga,Zoë,Jürgen}"
LAST = "{Jones,Brown,Wilson,Taylor,Martin,Anders,White,Walker,Harris,Lee,Ryan,King,Clark,Hall}"
MAILS = "{gmail.com,outlook.com,mail.test}"

Ratio = Callable[[Callable[[], Any], Callable[[], Any]], float]
Report = Callable[..., None]


def fill() -> None:
    """Add the patients to the clinic we are in: one in a hundred is a Smith, two are Nguyens."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO patients_patient (id, created_at, updated_at, email, phone, address,
                first_name, last_name, date_of_birth, sex, external_id, filemaker_id, status,
                notes, research_consent)
            SELECT uuidv7(), now(), now(), 'p' || n || '@' || mails[1 + n %% 3],
                '+614' || lpad((n::bigint * 7919 %% 100000000)::text, 8, '0'), '',
                firsts[1 + h %% 17],
                CASE WHEN n %% 100 = 0 THEN 'Smith' WHEN n %% 100 < 3 THEN 'Nguyen'
                    ELSE lasts[1 + h / 17 %% 14] || chr(97 + n %% 26) || chr(97 + n %% 23) END,
                date '1940-01-01' + n %% 25000, '', 'XW' || n, '',
                (array['active', 'active', 'inactive', 'archived'])[1 + n %% 4], '', false
              FROM (SELECT n, hashint4(n)::bigint & 65535 AS h, %s::text[] AS firsts,
                           %s::text[] AS lasts, %s::text[] AS mails
                      FROM generate_series(1, %s) n) made""",
            [FIRST, LAST, MAILS, PATIENTS],
        )
        cursor.execute("VACUUM ANALYZE patients_patient")  # as autovacuum would have


def search_cost(
    base: str, session: requests.Session, me: Callable[[], Any], ratio: Ratio, report: Report
) -> None:
    """Search over HTTP, by /me; the clinic must be filled."""
    for name, text in SEARCHES.items():

        def search(text: str = text) -> requests.Response:
            return session.get(f"{base}/api/v1/patients", params={"search": text})

        report(f"search of 200,000: {name}, by /me", ratio(search, me), 3)


def bulk_cost(base: str, session: requests.Session, report: Report) -> None:
    """Add a thousand at once, by adding one."""
    numbers = itertools.count()

    def patient() -> dict[str, str]:
        number = next(numbers)
        return {
            "first_name": "Bulk",
            "last_name": f"Person{number}",
            "email": f"bulk{number}@mail.test",
            "phone": f"+61413{number:06}",
            "date_of_birth": "2001-02-03",
            "external_id": f"B-{number}",
        }

    def timed(path: str, body: Any) -> float:
        begun = time.perf_counter()
        answer = session.post(f"{base}/api/v1/{path}", json=body)
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
        return time.perf_counter() - begun

    one = [timed("patients", patient()) for _ in range(ROUNDS * 8)][ROUNDS:]
    many = [
        timed("patients/bulk", {"patients": [patient() for _ in range(BULK)]})
        for _ in range(ROUNDS)
    ]
    single, thousand = statistics.median(one), statistics.median(many)
    print(f"    {thousand * 1000:.0f} ms by {single * 1000:.1f} ms", flush=True)
    report("1,000 patients in one request, by one in one", thousand / single, 25)
