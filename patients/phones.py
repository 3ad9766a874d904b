"""Phone numbers over the API, without checking each of them eight times."""

import re
from typing import Any

from phonenumber_field.phonenumber import PhoneNumber, to_python
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework.exceptions import ValidationError
from rest_framework.fields import CharField

_STORED = re.compile(r"\+\d+", re.ASCII)


class CheckedPhone(PhoneNumber):
    """A number that remembers whether it is valid: finding out takes longer than all the rest."""

    _valid: bool | None = None

    @classmethod
    def of(cls, phone: PhoneNumber) -> "CheckedPhone":
        checked = cls()
        checked.merge_from(phone)
        return checked

    def is_valid(self) -> bool:
        if self._valid is None:
            self._valid = bool(super().is_valid())
        return self._valid


class PhoneField(PhoneNumberField):
    """A phone as one dials it here or abroad; shown as it is stored, in E.164."""

    def to_internal_value(self, data: Any) -> Any:
        phone = to_python(CharField.to_internal_value(self, data), region=self.region)
        if not isinstance(phone, PhoneNumber):
            return phone
        checked = CheckedPhone.of(phone)
        if not checked.is_valid():
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return checked

    def to_representation(self, value: Any) -> str:
        raw = getattr(value, "raw_input", "") or ""
        return raw if _STORED.fullmatch(raw) else str(value)
