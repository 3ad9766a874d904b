"""`import_patients`: options, exit codes, one JSON object, and the file of rejected rows."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context
from hypothesis import given, strategies as st

from jobs.models import Job
from patients.imports.rejects import as_shown, as_written, write_rejects
from patients.models import Patient

HEAD = "first_name,last_name,email,external_id,notes\n"


@pytest.fixture
def write(tmp_path):
    def put(text, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return put


def run(*arguments):
    """Return the exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("import_patients", *arguments, "--tenant", "alpha", stdout=out)
    except SystemExit as ended:
        return ended.code, out.getvalue()
    return 0, out.getvalue()


def stored(account):
    with tenant_context(account):
        return [patient.full_name for patient in Patient.objects.order_by("id")]


def test_all_is_right_and_the_exit_code_says_so(alpha, write):
    code, text = run(write(HEAD + "A,B,,7,\nC,D,,8,\n"))
    assert (code, stored(alpha)) == (0, ["A B", "C D"])
    assert "Succeeded: 2 done, 0 skipped, 0 failed of 2." in text


def test_json_is_one_object(alpha, write):
    code, text = run(write(HEAD + "A,B,,7,\n,D,,8,\n"), "--json")
    told = json.loads(text)
    assert (code, told["kind"], told["tenant"], told["state"]) == (
        1,
        "import_patients",
        "alpha",
        "failed",
    )
    assert told["counts"] == {"total": 2, "done": 1, "skipped": 0, "failed": 1}
    assert [(one["source_id"], one["code"]) for one in told["failures"]] == [("line 3", "blank")]


def test_a_dry_run_writes_nothing_and_says_so(alpha, write):
    code, text = run(write(HEAD + "A,B,,7,\n"), "--dry-run")
    assert (code, stored(alpha)) == (0, [])
    assert "dry run: nothing was written" in text
    assert "1 done" in text


def test_the_options_reach_the_reading(alpha, write):
    path = write("Name^Rufname^born\nMüller^Zoë^03/04/2015\n".encode("cp850"))
    mapping = write('{"Name": "last_name", "Rufname": "first_name"}', "map.json")
    options = ["--mapping", mapping, "--encoding", "cp850", "--delimiter", "^"]
    assert run(path, *options, "--date-order", "MDY")[0] == 0
    with tenant_context(alpha):
        patient = Patient.objects.get()
    assert (patient.full_name, str(patient.date_of_birth)) == ("Zoë Müller", "2015-03-04")
    tabs = write("first_name\tlast_name\nT\tU\n", "tabs.csv")
    assert run(tabs, "--delimiter", "tab")[0] == 0


BAD = {
    "absent": (["nowhere.csv"], "file: "),
    "folder": (["/"], "is a folder"),
    "nothing": ([], "file: Name the file"),
    "no-such-mapping": (["{file}", "--mapping", "/nowhere.json"], "mapping: "),
    "bad-mapping": (["{file}", "--mapping", "{file}"], "mapping: "),
    "no-such-encoding": (["{file}", "--encoding", "klingon"], "encoding: "),
    "sheet-of-csv": (["{file}", "--sheet", "x"], "sheet: "),
    "rejects-over-the-source": (["{file}", "--rejects", "{file}"], "rejects: "),
    "rejects-nowhere": (["{file}", "--rejects", "/nowhere/x.csv"], "rejects: "),
    "rejects-of-others": (["{file}", "--rejects", "y.csv", "--background"], "rejects: "),
}


@pytest.mark.parametrize(("arguments", "text"), BAD.values(), ids=BAD)
def test_bad_arguments_are_refused_by_name_and_leave_nothing(alpha, write, arguments, text):
    path = write(HEAD + "A,B,,7,\n")
    with pytest.raises(CommandError, match=text) as refused:
        run(*(argument.format(file=path) for argument in arguments))
    assert refused.value.returncode == 2
    with tenant_context(alpha):
        assert (Patient.objects.count(), Job.objects.count()) == (0, 0)
    assert run(path)[0] == 0


def test_an_unknown_clinic_is_a_bad_argument(db, write):
    with pytest.raises(CommandError, match="no clinic") as refused:
        call_command("import_patients", write(HEAD + "A,B,,,\n"), "--tenant", "gamma")
    assert refused.value.returncode == 2


def test_rejected_rows_are_mended_and_imported(alpha, write, tmp_path):
    path = write(
        "first_name;last_name;email;external_id;shoes;notes\r\n"
        'A;B;;7;40;fine\r\n=C;D;wrong;8;"41;5";"-1\r\n+2"\r\nE;F;;9;;x;too;many\r\n@G;H;bad;10;;\r\n'
    )
    rejects = tmp_path / "rejects.csv"
    assert run(path, "--rejects", str(rejects))[0] == 1
    assert rejects.stat().st_mode & 0o777 == 0o600
    text = rejects.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert rows[0] == ["first_name", "last_name", "email", "external_id", "shoes", "notes", "error"]
    assert rows[1][:6] == ["'=C", "D", "wrong", "8", "41;5", "'-1\n+2".replace("\n", "\r\n")]
    assert rows[1][6] == "line 3: email: Enter a valid email address."
    assert (rows[2][:6], rows[2][7:]) == (["E", "F", "", "9", "", "x"], ["too", "many"])
    mended = text.replace("wrong", "c@x.test").replace("too;many", "").replace("bad", "still bad")
    again = tmp_path / "again.csv"
    assert run(write(mended, "mended.csv"), "--rejects", str(again))[0] == 1
    assert stored(alpha) == ["A B", "=C D", "E F"]
    with tenant_context(alpha):
        assert Patient.objects.get(external_id="8").notes == "-1\r\n+2"
    last = list(
        csv.reader(io.StringIO(again.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";")
    )
    assert last[0] == rows[0]
    assert last[1][:6] == ["'@G", "H", "still bad", "10", "", ""]
    assert len(last) == 2


def test_nothing_rejected_makes_no_file(alpha, write, tmp_path):
    assert run(write(HEAD + "A,B,,7,\n"), "--rejects", str(tmp_path / "r.csv"))[0] == 0
    assert sorted(path.name for path in tmp_path.glob("*r*.csv")) == []


CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=6)


@given(
    cell=st.one_of(
        CELL,
        st.builds("{}{}{}".format, st.text("'", max_size=3), st.sampled_from("=+-@\t\r"), CELL),
    )
)
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(cell):
    shown = as_shown(cell)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert as_written(shown) == cell


def test_a_rejects_file_replaces_none(tmp_path):
    path = tmp_path / "rejects.csv"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        write_rejects(path, titles=["a"], mended=False, delimiter=",", rows=[({"a": "1"}, "bad")])
    assert (path.read_text(), sorted(tmp_path.glob(".rejects*"))) == ("precious", [])
