"""`make bench`: what things cost, as ratios within one run, against a real server.

Builds a clinic of 100,000 documents in a folder of its own, starts one gunicorn worker and asks
it over HTTP. `GET /api/v1/me` (login, tenant and membership, no more) is the unit. Exits 1 when a
target is missed.
"""

import io
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests
from cryptography.fernet import Fernet
from reportlab.pdfgen.canvas import Canvas

from config.runtime import BASE_DIR, Servers
from tests import (
    bench_archive,
    bench_export,
    bench_files,
    bench_import,
    bench_lists,
    bench_messages,
    bench_migrate,
    bench_patients,
    bench_restructure,
    bench_scrolling,
    bench_verify,
)
from tests.bench_rows import insert_into

MB = 1024 * 1024
DOCUMENTS = 100_000
RECORDS = 1_000
ROUNDS = 60
PASSWORD = "bench-password"
HOST = "bench.localhost"
missed: list[str] = []


def report(name: str, value: float, limit: float, unit: str = "x") -> None:
    verdict = "ok" if value <= limit else "MISSED"
    if value > limit:
        missed.append(name)
    print(f"{name:<58} {value:8.2f} {unit:<3} (at most {limit:g})  {verdict}", flush=True)


def environment(data: Path) -> dict[str, str]:
    return {
        "DATA_DIR": str(data),
        "DEBUG": "off",
        "HTTPS": "off",
        "SECRET_KEY": "only-for-the-benchmark-" * 3,
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": ".localhost",
        "DOCUMENT_MAX_SIZES": json.dumps({"patients": 100 * MB}),
        "FILE_UPLOAD_TEMP_DIR": str(data / "temp"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "ERROR",
    }


def build() -> tuple[list[str], str]:
    """Make the clinic; return ids of 100 lab results and of one patient."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django_tenants.utils import tenant_context

    from accounts.services.accounts import create_account
    from documents.models import Document
    from documents.registry import policy_for_slug
    from medical_records.models import LabResult
    from patients.models import Patient

    call_command("migrate_tenants", verbosity=0)
    account = create_account(
        schema_name="bench", name="Bench", domain=HOST, admin_email="admin@bench.test"
    )
    user = account.memberships.get().user
    user.set_password(PASSWORD)
    user.save()
    with tenant_context(account):
        patients = Patient.objects.bulk_create(
            [Patient(first_name=f"F{n}", last_name=f"L{n}") for n in range(RECORDS)]
        )
        results = LabResult.objects.bulk_create(
            [LabResult(patient=patient, test_name="Potassium") for patient in patients]
        )
        with connection.cursor() as cursor:
            insert = insert_into(
                Document,
                """
                  FROM generate_series(1, %s) n
                  JOIN (SELECT id, patient_id, row_number() OVER () AS at
                          FROM medical_records_labresult) owner
                    ON owner.at = 1 + n %% %s
                """,
                id="uuidv7()",
                object_id="owner.id",
                original_filename="'f' || n || '.pdf'",
                file_type="'application/pdf'",
                file_size="1000",
                sha256="repeat('0', 64)",
                hash_algorithm="'sha256'",
                s3_key="'bench/' || n",
                category="'result'",
                tags="'{}'",
                metadata="'{}'",
                state="'available'",
                retention="'clinical'",
                legal_hold="false",
                content_type_id="%s",
                patient_id="owner.patient_id",
                uploaded_by_id="%s",
                uploaded_at="now()",
            )
            cursor.execute(
                insert,
                [policy_for_slug("lab-results").content_type_id, user.pk, DOCUMENTS, RECORDS],
            )
            cursor.execute("VACUUM ANALYZE documents_document")  # as autovacuum would have
            cursor.execute("ANALYZE")
    return [str(result.pk) for result in results[:100]], str(patients[0].pk)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_web(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"]
    web = subprocess.Popen(
        [*command, "--access-logfile", "/dev/null", "config.wsgi:application"], cwd=BASE_DIR
    )
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return web
        time.sleep(0.1)
    raise TimeoutError("the web server does not answer")


@contextmanager
def web_server() -> Iterator[str]:
    """Yield the address of a web server with one worker."""
    port = free_port()
    web = start_web(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(20)


def log_in(base: str) -> requests.Session:
    session = requests.Session()
    session.headers["Host"] = HOST
    answer = session.post(
        f"{base}/_allauth/app/v1/auth/login",
        json={"email": "admin@bench.test", "password": PASSWORD},
    )
    session.headers["Authorization"] = f"Bearer {answer.json()['meta']['access_token']}"
    return session


def ratio(one: Callable[[], Any], unit: Callable[[], Any]) -> float:
    """Return how many times longer `one` takes than `unit`: medians of interleaved calls."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 5):
        for call, found in zip((unit, one), times, strict=True):
            begun = time.perf_counter()
            answer = call()
            if round_ >= 5:  # the first ones warm up
                found.append(time.perf_counter() - begun)
            if answer.status_code >= 400:
                raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
    found = [statistics.median(one_of) * 1000 for one_of in times]
    print(f"    {found[1]:.1f} ms by {found[0]:.1f} ms", flush=True)
    return found[1] / found[0]


def requests_cost(base: str, results: list[str], patient: str) -> None:
    session = log_in(base)
    me = lambda: session.get(f"{base}/api/v1/me")  # noqa: E731
    body = {"entity_type": "lab-results", "entity_ids": results}
    counts = lambda: session.post(f"{base}/api/v1/files/batch-counts", json=body)  # noqa: E731
    number = sum(counts().json()["counts"].values())
    if number != DOCUMENTS // RECORDS * 100:
        raise RuntimeError(f"batch-counts counted {number}")
    report("batch-counts, 100 records of 100,000 documents, by /me", ratio(counts, me), 3)
    listing = lambda: session.get(f"{base}/api/v1/files?page_size=30")  # noqa: E731
    report("list of 30 documents, by /me", ratio(listing, me), 3)
    content = pdf(100 * 1024)
    upload = lambda: session.post(  # noqa: E731
        f"{base}/api/v1/patients/{patient}/files",
        files={"file": ("scan.pdf", content, "application/pdf")},
    )
    report("upload of 100 KB, by /me", ratio(upload, me), 4)


def pdf(size: int) -> bytes:
    """Return a real PDF of that many bytes: a comment before its end fills it up."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 700, "Scan")
    canvas.save()
    whole = out.getvalue()
    at = whole.rindex(b"startxref")
    return whole[:at] + b"%" + b"x" * (size - len(whole) - 2) + b"\n" + whole[at:]


def memory_cost(base: str, patient: str, web: subprocess.Popen[bytes]) -> None:
    """Upload 95 MB and see how much higher the worker's peak memory is than before."""
    session = log_in(base)
    worker = psutil.Process(web.pid).children()[0]
    (Path("/proc") / str(worker.pid) / "clear_refs").write_text("5")  # forget the peak so far
    before = peak(worker.pid)
    with tempfile.TemporaryFile() as file:
        file.write(pdf(95 * MB))
        file.seek(0)
        answer = session.post(
            f"{base}/api/v1/patients/{patient}/files",
            data=multipart(file, 95 * MB),
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
    if answer.status_code != 201:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:300]}")
    report("peak memory of a 95 MB upload", (peak(worker.pid) - before) / MB, 20, "MB")


class multipart:  # noqa: N801  a body with a length, read as it is sent
    HEAD = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n"
    )
    TAIL = b"\r\n--b--\r\n"

    def __init__(self, file: Any, size: int) -> None:
        self.parts = [self.HEAD, file, self.TAIL]
        self.len = len(self.HEAD) + size + len(self.TAIL)

    def __len__(self) -> int:
        return self.len

    def read(self, count: int = -1) -> bytes:
        while self.parts:
            part = self.parts[0]
            if isinstance(part, bytes):
                return self.parts.pop(0)
            if chunk := part.read(64 * 1024):
                return bytes(chunk)
            self.parts.pop(0)
        return b""


def peak(pid: int) -> int:
    for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not say")


def refusal_cost(port: int, base: str, patient: str) -> None:
    """Announce 101 MB and send nothing: the answer must come all the same."""
    token = log_in(base).headers["Authorization"]
    head = (
        f"POST /api/v1/patients/{patient}/files HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Authorization: {token}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {101 * MB}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode())
        answer = connection.recv(4096).decode()
    report("101 MB over a limit of 100 MB: bytes of body read", 0 if " 413 " in answer else 101, 0)


def patients_cost(base: str) -> None:
    """Fill the clinic with 200,000 patients; search them, and add a thousand."""
    from django_tenants.utils import schema_context

    with schema_context("bench"):
        bench_patients.fill()
    session = log_in(base)  # tokens live five minutes
    me = lambda: session.get(f"{base}/api/v1/me")  # noqa: E731
    bench_patients.search_cost(base, session, me, ratio, report)
    bench_patients.bulk_cost(base, log_in(base), report)


def account_cost() -> None:
    from django.db import connection

    from accounts.services.accounts import create_account

    def make(number: int) -> float:
        connection.close()  # each by a session of its own, as operators make them
        begun = time.perf_counter()
        create_account(
            schema_name=f"a{number}",
            name="A",
            domain=f"a{number}.localhost",
            admin_email="admin@bench.test",
        )
        return time.perf_counter() - begun

    times = [make(number) for number in range(205)]
    few, many = statistics.median(times[1:10]), statistics.median(times[-9:])
    print(f"    {many * 1000:.0f} ms by {few * 1000:.0f} ms", flush=True)
    report("create_account with 200 accounts, by with 2", many / few, 2)


@contextmanager
def servers_of_its_own() -> Iterator[Path]:
    """Run one part by itself: yield the folder of its servers, and exit with what was missed."""
    data = Path(tempfile.mkdtemp(prefix="chartvault-bench-"))
    (data / "temp").mkdir()
    os.environ.update(environment(data))
    servers = Servers(data)
    try:
        servers.start()
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate_tenants", verbosity=0)
        yield data
    finally:
        servers.stop()
        shutil.rmtree(data, ignore_errors=True)
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


def main() -> None:
    data = Path(tempfile.mkdtemp(prefix="chartvault-bench-"))
    (data / "temp").mkdir()
    os.environ.update(environment(data))
    servers = Servers(data)
    web = None
    try:
        servers.start()
        results, patient = build()
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        web = start_web(port)
        requests_cost(base, results, patient)
        memory_cost(base, patient, web)
        refusal_cost(port, base, patient)
        patients_cost(base)
        bench_messages.inbound_cost(base, HOST, log_in(base), report)
        bench_messages.matching_cost(report)
        account_cost()
        bench_migrate.migrate_cost(report)  # of the accounts that were just made
        bench_files.legacy_cost(data, report)
        bench_files.filemaker_cost(report)
        bench_archive.archive_cost(report)
        bench_lists.build("few", bench_lists.FEW)
        bench_lists.build("many", bench_lists.MANY)
        bench_lists.lists_cost(base, ratio, report)
        bench_verify.verify_cost(data, report)
        bench_restructure.restructure_cost(data, report)
        bench_export.export_cost(report)
        bench_scrolling.scrolling_cost(report)
        bench_import.import_cost(data, report)  # the last: it leaves the database to be vacuumed
    finally:
        if web is not None:
            web.send_signal(signal.SIGTERM)
            web.wait(20)
        servers.stop()
        shutil.rmtree(data, ignore_errors=True)
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
