"""Alpha with two patients: Amal (anybody's) and Paul's own Petra, each with a lab result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import Account
from medical_records.models import LabResult
from patients.models import Patient
from tests.conftest import member


@dataclass(frozen=True)
class World:
    amal: Patient
    petra: Patient
    blood: LabResult  # Amal's
    urine: LabResult  # Amal's too
    petras: LabResult

    @property
    def files(self) -> str:
        return f"/api/v1/lab-results/{self.blood.pk}/files"


@pytest.fixture
def world(in_alpha: Account) -> World:
    return make_world()


def make_world() -> World:
    amal = Patient.objects.create(first_name="Amal", last_name="Haddad")
    petra = Patient.objects.create(
        first_name="Petra", last_name="Own", clinician_id=member("paul").pk
    )
    return World(
        amal=amal,
        petra=petra,
        blood=LabResult.objects.create(patient=amal, test_name="Blood count"),
        urine=LabResult.objects.create(patient=amal, test_name="Urine"),
        petras=LabResult.objects.create(patient=petra, test_name="Blood count"),
    )


@pytest.fixture
def priya(client_of: Callable[..., Client], in_alpha: Account) -> Iterator[Client]:
    client = client_of("priya")
    client.raise_request_exception = False
    return client


@pytest.fixture
def ada(client_of: Callable[..., Client], in_alpha: Account) -> Iterator[Client]:
    client = client_of("ada")
    client.raise_request_exception = False
    return client


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[Account]:
    """Alpha without the transaction that other tests run in, for what needs real commits.

    The triggers that protect documents and logs are passed over to clear up behind the test.
    """
    with django_db_blocker.unblock():
        connection.ensure_connection()
        account = Account.objects.get(schema_name="alpha")
        yield account
        with tenant_context(account), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            tables = [
                model._meta.db_table
                for label in ("documents", "medical_records", "patients", "audit", "jobs")
                for model in apps.get_app_config(label).get_models()
            ]
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        connection.set_schema_to_public()
