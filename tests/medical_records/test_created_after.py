"""What was stored since a moment is found, whatever day it is about."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from tests.medical_records.helpers import fields, ids, made

OLD = "1999-05-01T01:30:00Z"
BODIES = {
    "visits": {"started_at": OLD},
    "procedures": {"name": "Suture", "performed_at": OLD},
    "lab-results": {"test_name": "Glucose"},
    "insurances": {"company": "Wattle", "member_id": "7", "rank": "secondary"},
    "medical-records": {"visit_date": OLD},
    "at-reports": {"assessed_on": "1999-05-01"},
}


@pytest.mark.parametrize(("slug", "body"), BODIES.items())
def test_it_goes_by_when_a_record_was_stored(client_of, people, slug, body):
    ada, url = client_of("ada"), f"/api/v1/{slug}"
    first, second = (
        made(ada, url, {**body, "patient_id": str(people["anna"].pk)}) for _ in range(2)
    )
    at = parse_datetime(first["created_at"])
    assert ids(ada, url, created_after=(at - timedelta(minutes=1)).isoformat()) == [
        second["id"],
        first["id"],
    ]
    assert ids(ada, url, created_after=second["created_at"]) == [second["id"]]
    assert ids(ada, url, created_after=(at + timedelta(minutes=1)).isoformat()) == []
    assert len(ids(ada, url, created_after="0001-01-01T00:00:00+14:00")) == 2
    for bad in ("soon", "2026-02-30T00:00:00Z"):
        refused = ada.get(url, {"created_after": bad})
        assert (refused.status_code, fields(refused)) == (400, ["created_after"])
