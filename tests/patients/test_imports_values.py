"""Cells to fields: days, phones, words; and that the short way to a phone is the library's."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st
from phonenumber_field.phonenumber import to_python

from patients.imports import phones
from patients.imports.dates import day_of
from patients.imports.phones import phone_of, region_of
from patients.imports.values import understand
from patients.models import Patient
from patients.services.checks import check_fields

DAY = date(2015, 3, 1)
DAYS = {
    "2015-03-01": "DMY MDY YMD",
    "2015-03-01T00:00:00": "DMY MDY YMD",
    "2015-03-01 00:00:00.000": "DMY MDY YMD",
    "2015/3/1": "DMY MDY YMD",
    "2015.03.01": "DMY MDY YMD",
    "1/3/2015": "DMY",
    "01.03.2015": "DMY",
    "1-3-2015": "DMY",
    "1/3/2015 0:00": "DMY",
    "3/1/2015": "MDY",
    "1 March 2015": "DMY MDY YMD",
    "1st Mar 2015": "DMY MDY YMD",
    "01-MAR-2015": "DMY MDY YMD",
    "1. März 2015": "DMY MDY YMD",
    "1er mars 2015": "DMY MDY YMD",
    "March 1, 2015": "DMY MDY YMD",
    "1/3/15": "",
    "15-03-01": "",
    "20150301": "",
    "2015-3-1": "",
    "2015-03-01T10:30:00": "",
    "31.02.2015": "",
    "2015-02-30": "",
    "1 Marchember 2015": "",
    "1/3.2015": "",
    "٠١/٠٣/٢٠١٥": "",
    "٠١ March 2015": "",
    "yesterday": "",
    "0000-01-01": "",
}


@pytest.mark.parametrize("order", ["DMY", "MDY", "YMD"])
@pytest.mark.parametrize(("text", "orders"), DAYS.items(), ids=DAYS)
def test_days_in_national_forms(text, orders, order):
    if order in orders:
        assert day_of(text, order) == DAY
    else:
        assert day_of(text, order) != DAY


@given(day=st.dates(date(1000, 1, 1)), order=st.sampled_from(["DMY", "MDY"]))
def test_every_day_is_read_back_in_its_order(day, order):
    for form in ("%Y-%m-%d", "%d %B %Y", "%d/%m/%Y" if order == "DMY" else "%m/%d/%Y"):
        assert day_of(day.strftime(form), order) == day


def by_the_library(text, region):
    found = to_python(text, region=region)
    if not isinstance(found, phonenumbers.PhoneNumber) or not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


REGIONS = ["AU", "DE", "FR", "GB", "NZ", "US", "CA", "IT", "AT", "CH", "BR", "ES", "JP", "SG", "GG"]


def phone_texts():
    """Numbers nearly as they are: examples of each region, changed a little and written somehow."""
    examples = [
        (region, str(number.national_number))
        for region in REGIONS
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
    ]

    @st.composite
    def build(draw):
        region, digits = draw(st.sampled_from(examples))
        at = draw(st.integers(0, len(digits)))
        tail = draw(st.text("0123456789", max_size=len(digits) - at + draw(st.integers(0, 1))))
        digits = digits[:at] + (tail or digits[at:])
        code = phonenumbers.country_code_for_region(region)
        start = draw(
            st.sampled_from(["", "0", f"+{code}", f"+{code}0", f"00{code}", f"{code}", "00"])
        )
        text = start + digits
        for _ in range(draw(st.integers(0, 3))):
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.sampled_from(" -()./x٣＋+;")) + text[place:]
        return region, text

    return build()


@hypothesis_settings(deadline=None, max_examples=1500)
@given(case=phone_texts(), other=st.sampled_from(REGIONS))
def test_the_short_way_to_a_phone_never_differs(case, other):
    region, text = case
    for here in {region, other}:
        national = phones._national(text, region_of(here))
        if national:
            short = f"+{phonenumbers.country_code_for_region(here)}{national}"
            assert short == by_the_library(text, here)


@pytest.mark.parametrize("region", REGIONS)
def test_the_short_way_is_taken_and_refuses_what_the_library_refuses(settings, region, monkeypatch):
    settings.PHONENUMBER_DEFAULT_REGION = region
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    texts = [
        phonenumbers.format_number(mobile, form)
        for form in (
            phonenumbers.PhoneNumberFormat.E164,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.NATIONAL,
        )
    ]
    for text in texts:
        assert phone_of(text).as_e164 == by_the_library(text, region)
    assert phone_of("12") is None
    assert phone_of("") is None
    if region in {"AU", "DE", "FR", "GB", "NZ", "AT", "CH"}:
        monkeypatch.setattr("patients.imports.phones.to_python", lambda *_, **__: None)
        assert [phone_of(text).as_e164 for text in texts] == [texts[0]] * 3


@hypothesis_settings(deadline=None, max_examples=300)
@given(
    digits=st.text("0123456789", min_size=7, max_size=11), start=st.sampled_from(["0", "+61", ""])
)
def test_here_every_number_is_as_the_library_says(digits, start):
    found = phone_of(start + digits)
    assert (found and found.as_e164) == by_the_library(start + digits, "AU")


WORDS = {
    "sex": {
        "female": ["F", "female", "Weiblich", "w", "féminin"],
        "male": ["M", "Male", "männlich", "Homme"],
        "other": ["D", "divers", "X"],
        "unknown": ["u", "Unbekannt", "N/A"],
    },
    "status": {
        "active": ["Active", "aktiv", "ACTIF"],
        "inactive": ["inaktiv"],
        "archived": ["Archivé"],
        "deceased": ["verstorben", "décédée", "dead"],
    },
}


@pytest.mark.parametrize("field", WORDS)
def test_words_of_three_languages(field):
    for value, words in WORDS[field].items():
        for word in words:
            found = understand({field: word}, "DMY")
            assert (found.fields[field], found.faults) == (value, ())
    bad = understand({field: "1"}, "DMY")
    assert ([fault.code for fault in bad.faults], field in bad.fields) == (
        ["invalid_choice"],
        False,
    )


def test_what_is_wrong_is_said_of_every_cell_without_repeating_it():
    cells = {"phone": "12-secret", "date_of_birth": "secret", "sex": "secret", "email": "A@B.test"}
    found = understand(cells, "MDY")
    assert found.fields == {"first_name": "", "last_name": "", "email": "a@b.test"}
    assert [(fault.field, fault.code) for fault in found.faults] == [
        ("phone", "invalid"),
        ("date_of_birth", "invalid"),
        ("sex", "invalid_choice"),
    ]
    assert "secret" not in "".join(fault.message for fault in found.faults)
    assert "month first" in found.faults[1].message


@pytest.mark.parametrize("text", ["0412 345 678", "+44 20 7946 0018", "(02) 9374 4000"])
def test_a_phone_goes_through_the_common_check_as_it_is(in_alpha, text):
    fields = understand({"first_name": "A", "last_name": "B", "phone": text}, "DMY").fields
    patient = Patient(**fields)
    check_fields(patient)
    assert str(patient.phone) == by_the_library(text, "AU")
