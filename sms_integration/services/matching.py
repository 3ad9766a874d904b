"""Whose a number is."""

from uuid import UUID

from django.conf import settings
from django.db import connection
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from patients.models import PatientStatus

# Who is archived or has died does not write. Their number may be somebody else's by now, or be
# their family's: such messages are for people to look at.
WHO_WRITES = (PatientStatus.ACTIVE.value, PatientStatus.INACTIVE.value)
# Both halves by an index: patient_phone (which wants its own condition repeated) and
# conversation_one_each.
WHOSE = """
    WITH own AS (
        SELECT id FROM patients_patient
         WHERE phone = %(phone)s AND NOT (phone = '') AND status = ANY(%(who)s)
    )
    SELECT id FROM own
    UNION
    SELECT patient.id
      FROM sms_integration_conversation talk
      JOIN patients_patient patient ON patient.id = talk.patient_id
     WHERE talk.phone = %(phone)s AND NOT (talk.phone = '') AND patient.status = ANY(%(who)s)
       AND NOT EXISTS (SELECT FROM own)
     ORDER BY 1
"""


def patients_with_number(phone: str) -> list[UUID]:
    """Return the active and inactive patients with a number (E.164), by one query.

    Where nobody has it: those whose conversation with it there is already, because people gave it
    to them, or because they had that number before.
    """
    if not phone:
        return []
    with connection.cursor() as cursor:
        cursor.execute(WHOSE, {"phone": phone, "who": list(WHO_WRITES)})
        return [patient_id for (patient_id,) in cursor.fetchall()]


def number_of(sender: str) -> str:
    """Return a sender as E.164, or an empty string for what is no number of a telephone.

    Gateways write `+61412345678`, `61412345678`, `0412345678` (of the clinic's region), and before
    a number also a channel (`whatsapp:`). Names and short codes cannot be called back.
    """
    text = "".join(sender.rpartition(":")[2].split())
    region = settings.PHONENUMBER_DEFAULT_REGION
    for written in (text, f"+{text}") if text.isascii() and text.isdecimal() else (text,):
        try:
            number = PhoneNumber.from_string(written, region=region)
        except NumberParseException:
            continue
        # A name such as "CALL1300" has digits for letters, says the library.
        if number.is_valid() and not any(letter.isalpha() for letter in written):
            return str(number.as_e164)
    return ""
