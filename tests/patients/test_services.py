"""Who sees which patients, who changes what, and what the database holds of the notes."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django_tenants.utils import tenant_context

from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Account
from patients.models import Guardian, Patient
from patients.policies import get_patient_for, patients_visible_to
from patients.registry import patient_facts
from patients.services.directory import add_guardian, change_guardian
from patients.services.patients import create_patient, update_patient
from tests.accounts.catalogue import value
from tests.conftest import member


@pytest.fixture(autouse=True)
def _inside(people, alpha):
    with tenant_context(alpha):
        yield


def seen_by(name):
    return {patient.first_name for patient in patients_visible_to(member(name))}


def test_providers_see_their_own_and_unassigned_patients(alpha):
    own = {name: seen_by(name) for name in ("ada", "priya", "paul", "pat", "rex", "dev")}
    assert own == {
        "ada": {"Anna", "Ben", "Cara"},
        "priya": {"Anna", "Ben"},
        "paul": {"Ben", "Cara"},
        "pat": set(),
        "rex": set(),
        "dev": set(),
    }


def test_providers_see_everybody_where_the_account_says_so():
    Account.objects.filter(schema_name="alpha").update(provider_scope="all")
    with tenant_context(Account.objects.get(schema_name="alpha")):
        assert seen_by("priya") == seen_by("paul") == {"Anna", "Ben", "Cara"}
        assert seen_by("pat") == seen_by("rex") == set()


def test_a_guardian_sees_exactly_the_children_until_it_ends(people):
    ada, gina = member("ada"), member("gina")
    made = [
        add_guardian(membership=ada, patient=people[name], user_id=gina.user_id)
        for name in ("anna", "cara")
    ]
    assert seen_by("gina") == {"Anna", "Cara"}
    with pytest.raises(NotFoundError):
        get_patient_for(gina, people["ben"].pk)
    assert get_patient_for(gina, people["anna"].pk) == people["anna"]
    for guardian in made:
        change_guardian(membership=ada, guardian=guardian, is_active=False)
    assert seen_by("gina") == set()
    assert Guardian.objects.count() == 2, "nothing is lost"


@pytest.mark.parametrize("name", ["gina", "pat", "rex"])
def test_only_staff_make_guardians(people, name):
    Guardian.objects.create(user=member("gina").user, patient=people["anna"])
    arguments = {"patient": people["ben"], "user_id": member("gina").user_id}
    with pytest.raises(NotPermittedError):
        add_guardian(membership=member(name), **arguments)
    assert add_guardian(membership=member("priya"), **arguments).patient == people["ben"]


@pytest.mark.parametrize("relation", ["self", "guardian"])
def test_patients_and_guardians_change_contact_fields_only(people, relation):
    anna, name = people["anna"], "pat" if relation == "self" else "gina"
    if relation == "self":
        Patient.objects.filter(pk=anna.pk).update(user=member("pat").user)
    else:
        Guardian.objects.create(user=member("gina").user, patient=anna)
    me = member(name)
    assert seen_by(name) == {"Anna"}
    changed = update_patient(membership=me, patient=anna, phone="+61412999999", address="Here 1")
    assert (str(changed.phone), changed.address) == ("+61412999999", "Here 1")
    for field, text in {"first_name": "X", "status": "archived", "notes": "x"}.items():
        with pytest.raises(NotPermittedError, match="ask the clinic"):
            update_patient(membership=me, patient=anna, **{field: text})
    anna.refresh_from_db()
    assert (anna.first_name, anna.status, anna.notes) == ("Anna", "active", "")


def test_a_provider_becomes_the_clinician_of_a_new_patient_unless_told(people):
    priya = member("priya")
    assert create_patient(membership=priya, first_name="D", last_name="E").clinician == priya
    free = create_patient(membership=priya, first_name="F", last_name="G", clinician=None)
    assert free.clinician is None
    assert create_patient(membership=member("ada"), first_name="H", last_name="I").clinician is None


def stored(patient):
    return value("SELECT notes FROM patients_patient WHERE id = %s", [patient.pk])


def test_notes_are_encrypted_in_the_database_and_its_history(people):
    anna = people["anna"]
    update_patient(membership=member("ada"), patient=anna, notes="afraid of needles")
    assert "needles" not in stored(anna)
    assert stored(anna).startswith("gAAAA")
    assert Patient.objects.get(pk=anna.pk).notes == "afraid of needles"
    dump = value("SELECT string_agg(e::text, ' ') FROM patients_patientevent e")
    assert "needles" not in dump
    assert "Archer" in dump
    assert stored(people["ben"]) == "", "nothing is nothing"


def test_a_new_key_in_front_reads_the_old_and_writes_the_new(people, settings):
    anna, old = people["anna"], list(settings.FIELD_ENCRYPTION_KEYS)
    new = Fernet.generate_key().decode()
    update_patient(membership=member("ada"), patient=anna, notes="afraid of needles")
    settings.FIELD_ENCRYPTION_KEYS = [new, *old]
    found = Patient.objects.get(pk=anna.pk)
    assert found.notes == "afraid of needles"
    found.save()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert Patient.objects.get(pk=anna.pk).notes == "afraid of needles"
    settings.FIELD_ENCRYPTION_KEYS = old
    with pytest.raises(ValueError, match="a key that is not in FIELD_ENCRYPTION_KEYS"):
        Patient.objects.get(pk=anna.pk)


@pytest.mark.parametrize("lookup", ["icontains", "startswith", "gt", "regex", "in", "iexact"])
def test_notes_cannot_be_searched(lookup):
    with pytest.raises(FieldError, match="Unsupported lookup"):
        Patient.objects.filter(**{f"notes__{lookup}": "a"}).exists()
    assert Patient.objects.filter(**{f"address__{lookup}": "a"}).exists() in {True, False}


def test_patients_do_not_read_the_clinics_notes(people, client_of):
    Patient.objects.filter(pk=people["anna"].pk).update(user=member("pat").user, notes="secret")
    path = f"/api/v1/patients/{people['anna'].pk}"
    own, staff = (client_of(name).get(path).json() for name in ("pat", "priya"))
    assert set(staff) - set(own) == {"notes", *(fact.name for fact in patient_facts())}
    assert staff["notes"] == "secret"
