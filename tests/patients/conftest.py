import pytest
from django_tenants.utils import tenant_context

from patients.models import Patient
from tests.conftest import member


@pytest.fixture
def people(alpha):
    """Anna is Priya's, Ben is nobody's, Cara is Paul's."""
    with tenant_context(alpha):
        return {
            "anna": Patient.objects.create(
                first_name="Anna",
                last_name="Archer",
                email="anna@mail.test",
                phone="+61412000001",
                external_id="N-100",
                clinician=member("priya"),
            ),
            "ben": Patient.objects.create(
                first_name="Ben", last_name="Boyd", status="inactive", external_id="N-200"
            ),
            "cara": Patient.objects.create(
                first_name="Cara", last_name="Carr", clinician=member("paul")
            ),
        }
