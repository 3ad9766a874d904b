import json

import pytest
from django_tenants.utils import tenant_context

from patients.models import Guardian, Patient
from tests.conftest import member


def send(client, path, body=None):
    return client.post(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json")


def token_of(mail):
    """Take the token out of an e-mail as its reader would: from the link."""
    return mail.body.partition("/invite#")[2].split()[0]


@pytest.fixture
def people(alpha):
    """Una is Priya's, Kit a child without an e-mail, Abe archived, Pat has a login already."""
    with tenant_context(alpha):
        priya = member("priya")
        make = Patient.objects.create
        una = make(first_name="Una", last_name="Cole", email="una@mail.test", clinician=priya)
        kit = make(first_name="Kit", last_name="Cole", clinician=priya)
        abe = make(first_name="Abe", last_name="Ash", email="abe@mail.test", status="archived")
        pat = make(
            first_name="Pat", last_name="Okafor", email="pat@alpha.test", user=member("pat").user
        )
        Guardian.objects.create(user=member("gina").user, patient=kit)
    return {"una": una, "kit": kit, "abe": abe, "pat": pat}


@pytest.fixture
def invite(client_of, people, mailoutbox):
    """An open invite of Una's, as its answer, with the token of its e-mail."""
    answer = send(client_of("priya"), "generate_invite", {"patient_id": str(people["una"].pk)})
    assert answer.status_code == 201, answer.json()
    return {**answer.json(), "token": token_of(mailoutbox[-1])}
