"""Patients from a CSV file: what is read, what is refused and where, and that nothing goes by halves."""

import codecs

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from patients.models import Patient
from patients.services.csv_import import parse_csv, row_of

URL = "/api/v1/patients/import-csv"
HEAD = "first_name,last_name,email,date_of_birth\n"


def send(client, text, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(URL, {"file": SimpleUploadedFile("people.csv", content), **fields})


def stored(alpha):
    with tenant_context(alpha):
        found = Patient.objects.order_by("id")
        return [f"{patient.first_name} {patient.last_name}" for patient in found]


def test_a_file_is_imported_with_its_lines(client_of, alpha):
    answer = send(
        client_of("ada"), HEAD + "Zoë,Okafor,zoe@mail.test,2015-03-01\nSam,Oh,,1/3/2015\n"
    )
    body = answer.json()
    assert (answer.status_code, body["count"], body["dry_run"]) == (201, 2, False)
    assert [(row["line"], row["status"]) for row in body["results"]] == [
        (2, "created"),
        (3, "created"),
    ]
    with tenant_context(alpha):
        zoe = Patient.objects.get(pk=body["results"][0]["id"])
        sam = Patient.objects.get(pk=body["results"][1]["id"])
    assert (zoe.email, sam.email) == ("zoe@mail.test", "")
    assert zoe.date_of_birth == sam.date_of_birth


def test_a_trial_run_stores_nothing_and_says_the_same(people, client_of, alpha):
    text = HEAD + "Zoë,Okafor,,\nSam,Oh,anna@mail.test,\n"
    before = stored(alpha)
    trial = send(client_of("ada"), text, dry_run="true")
    assert (trial.status_code, trial.json()["count"]) == (200, 1)
    assert [row["status"] for row in trial.json()["results"]] == ["valid", "error"]
    assert stored(alpha) == before
    some = send(client_of("ada"), text, partial="true").json()
    assert [row["status"] for row in some["results"]] == ["created", "error"]
    assert some["results"][1]["errors"] == trial.json()["results"][1]["errors"]
    assert stored(alpha) == [*before, "Zoë Okafor"]


def test_one_bad_line_refuses_the_file_and_is_named(people, client_of, alpha):
    before = stored(alpha)
    text = HEAD + "Zoë,Okafor,,\n\nSam,Oh,x,\nTom,Oh,,31/02/2015\n"
    answer = send(client_of("ada"), text)
    assert answer.status_code == 400
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("lines.4.email", "invalid"),
        ("lines.5.date_of_birth", "invalid"),
    ]
    twice = send(client_of("ada"), HEAD + "A,B,anna@mail.test,\n")
    assert (twice.status_code, twice.json()["errors"][0]["field"]) == (409, "lines.2.email")
    assert twice.json()["errors"][0]["patient_id"] == str(people["anna"].pk)
    assert stored(alpha) == before


READ = {
    "comma": (HEAD + "Zoë,Okafor,,\n", 2),
    "semicolon": ("first_name;last_name\nZoë;Okafor\n", 2),
    "tab": ("first_name\tlast_name\nZoë\tOkafor\n", 2),
    "byte-order-mark": (codecs.BOM_UTF8 + "First Name,Surname\nZoë,Okafor\n".encode(), 2),
    "windows-line-ends": ("first_name,last_name\r\nZoë,Okafor\r\n", 2),
    "old-mac-line-ends": ("first_name,last_name\rZoë,Okafor\r", 2),
    "no-line-end": ("first_name,last_name\nZoë,Okafor", 2),
    "windows-1252": ("first_name,last_name\nZoë,Okafor\n".encode("cp1252"), 2),
    "utf-16": ("first_name,last_name\nZoë,Okafor\n".encode("utf-16"), 2),
    "german": ("Vorname;Nachname;Geburtsdatum\nZoë;Okafor;1.3.2015\n", 2),
    "french": ("Prénom;Nom;Né(e) le\nZoë;Okafor;1/3/2015\n".replace("Né(e) le", "Née le"), 2),
    "aliases": ("Given name,FAMILY-NAME,D.O.B\nZoë,Okafor,1/3/2015\n".replace("D.O.B", "DOB"), 2),
    "other-order": ("surname,firstname\nOkafor,Zoë\n", 2),
    "blanks-around": (" first_name , last_name \n  Zoë ,\tOkafor \n", 2),
    "quotes": ('first_name,last_name\n"Zoë","Okafor"\n', 2),
    "empty-lines": ("\n\nfirst_name,last_name\n\n,\n  ,  \nZoë,Okafor\n\n", 7),
    "short-lines": (HEAD + "Zoë,Okafor\n", 2),
    "empty-cells-too-many": ("first_name,last_name\nZoë,Okafor,,,\n", 2),
    "line-break-in-quotes": (
        'first_name,notes,last_name\nZoë,"one\ntwo",Okafor\n',
        2,
    ),
}


@pytest.mark.parametrize(("text", "line"), READ.values(), ids=READ)
def test_what_is_read(text, line):
    (found,) = parse_csv(text if isinstance(text, bytes) else text.encode())
    assert found.number == line
    row = row_of(found)
    assert (row.fields["first_name"], row.fields["last_name"]) == ("Zoë", "Okafor")
    assert row.faults == ()


def test_a_quoted_line_break_stays_and_lines_are_counted_on():
    lines = parse_csv(b'first_name,last_name,notes\nA,B,"one\ntwo\nthree"\nC,D,x\n')
    assert [(line.number, line.cells["notes"]) for line in lines] == [
        (2, "one\ntwo\nthree"),
        (5, "x"),
    ]


REFUSED = {
    "empty": (b"", "The file is empty"),
    "blank": (b"\n\n", "The file is empty"),
    "header-only": (HEAD.encode(), "no patients"),
    "unknown-columns": (b"first_name,last_name,blood,shoe size\nA,B,x,y\n", "blood, shoe size"),
    "unnamed-column": (b"first_name,last_name,\nA,B,x\n", "(empty)"),
    "same-column-twice": (b"first_name,Firstname,last_name\nA,A,B\n", "hold the same: first_name"),
    "no-last-name": (b"first_name,email\nA,a@x.test\n", "A column is missing: last_name"),
    "no-known-encoding": (
        HEAD.encode() + b"A,B,,\nZo\x89,B,,\nJ\x81rg,B,,\n",
        "Line 3 is not UTF-8",
    ),
    "nul": (HEAD.encode() + b"A,B,,\nA\0,B,,\n", "Line 3 holds a NUL"),
    "unclosed-quote": (b'first_name,last_name\nA,B\n"C,D\nE,F\n', "Line 3 cannot be read"),
    "text-after-quote": (b'first_name,last_name\n"A"x,B\n', "Line 2 cannot be read"),
    "a-picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no table but a picture"),
}


@pytest.mark.parametrize(("content", "text"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place(client_of, alpha, content, text):
    answer = send(client_of("ada"), content)
    body = answer.json()
    if content == b"":
        assert (answer.status_code, body["errors"][0]["field"]) == (400, "file")
    else:
        assert (answer.status_code, body["code"]) == (400, "bad_csv")
        assert text in body["detail"]
    assert stored(alpha) == []


LINES = {
    "too-many-cells": ("A,B,,,C\n", [("", "bad_line")]),
    "no-name": (",B,,\n", [("first_name", "blank")]),
    "long-name": (f"{'x' * 101},B,,\n", [("first_name", "max_length")]),
    "american-day": ("A,B,,12/31/2015\n", [("date_of_birth", "invalid")]),
    "two-digit-year": ("A,B,,1/3/15\n", [("date_of_birth", "invalid")]),
    "words-for-a-day": ("A,B,,yesterday\n", [("date_of_birth", "invalid")]),
    "arabic-digits": ("A,B,,٢٠١٥-٠٣-٠١\n", [("date_of_birth", "invalid")]),
    "future": ("A,B,,2999-01-01\n", [("date_of_birth", "out_of_range")]),
}


@pytest.mark.parametrize(("line", "expected"), LINES.values(), ids=LINES)
def test_what_is_wrong_with_a_line(client_of, line, expected):
    body = send(client_of("ada"), HEAD + line, dry_run="1").json()
    (row,) = body["results"]
    assert [(error["field"], error["code"]) for error in row["errors"]] == expected
    assert (row["line"], row["status"], body["count"]) == (2, "error", 0)


VALUES = {
    "national-phone": ("mobile", "0412 345 678", "phone", "+61412345678"),
    "foreign-phone": ("tel", "+44 20 7946 0018", "phone", "+442079460018"),
    "sex-letter": ("gender", "F", "sex", "female"),
    "sex-word": ("sex", "Male", "sex", "male"),
    "status": ("status", "Inactive", "status", "inactive"),
    "number": ("MRN", "007", "external_id", "007"),
    "formula": ("notes", "=1+1", "notes", "=1+1"),
    "iso-day": ("dob", "2015-03-01", "date_of_birth", "2015-03-01"),
    "dotted-day": ("birth date", "01.03.2015", "date_of_birth", "2015-03-01"),
}


@pytest.mark.parametrize(("title", "cell", "field", "expected"), VALUES.values(), ids=VALUES)
def test_how_cells_are_understood(client_of, title, cell, field, expected):
    ada = client_of("ada")
    made = send(ada, f"first_name,last_name,{title}\nA,B,{cell}\n").json()
    assert ada.get(f"/api/v1/patients/{made['results'][0]['id']}").json()[field] == expected


def test_up_to_a_thousand_lines_and_two_megabytes_are_answered_at_once(client_of, alpha):
    head = "first_name,last_name\n"
    many = head + "A,B\n" * 1000
    assert send(client_of("ada"), many, dry_run="1").json()["count"] == 1000
    large = (head + "A,B\n").ljust(2 * 1024 * 1024, "\n")
    assert send(client_of("ada"), large, dry_run="1").json()["count"] == 1
    for text, rows in {many + "A,B\n": 1001, large + "\n": 1}.items():
        answer = send(client_of("ada"), text, dry_run="1")
        assert (answer.status_code, answer.json()["rows"]) == (202, rows)


@pytest.mark.parametrize("fields", [{}, {"document": "x"}])
def test_a_form_without_a_file_is_refused(client_of, fields):
    answer = client_of("ada").post(URL, fields)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")


@pytest.mark.parametrize("name", ["pat", "gina", "rex", "dev"])
def test_only_staff_import(client_of, alpha, name):
    answer = send(client_of(name), HEAD + "A,B,,\n")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert send(client_of("priya"), HEAD + "A,B,,\n").status_code == 201
