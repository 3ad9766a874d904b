"""Where FileMaker is: read strictly, and only reached over what can be trusted."""

import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from filemaker.client import Client
from filemaker.environment import read_settings
from jobs.errors import JobParametersError, StopRunError
from tests.filemaker.emulator import Emulator

GOOD = {
    "FILEMAKER_URL": "https://fm.clinic.example",
    "FILEMAKER_DATABASE": "Clinic",
    "FILEMAKER_USER": "api",
    "FILEMAKER_PASSWORD": "s3cret",
}


def test_what_is_read():
    found = read_settings({**GOOD, "FILEMAKER_URL": "https://FM.clinic.example:8443/"})
    assert (found.scheme, found.host, found.port, found.url) == (
        "https",
        "fm.clinic.example",
        8443,
        "https://fm.clinic.example:8443",
    )
    assert str(found.zone) == "Australia/Sydney"
    assert read_settings(GOOD).url == "https://fm.clinic.example"


def test_a_login_is_not_in_what_settings_say_of_themselves():
    shown = repr(read_settings(GOOD))
    assert "s3cret" not in shown
    assert "api" not in shown


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(JobParametersError) as refused:
        read_settings({"FILEMAKER_USER": "api"})
    for name in ("FILEMAKER_URL", "FILEMAKER_DATABASE", "FILEMAKER_PASSWORD"):
        assert name in refused.value.detail
    assert "FILEMAKER_USER," not in refused.value.detail


@pytest.mark.parametrize(
    "address",
    [
        "fm.clinic.example",
        "http://fm.clinic.example",
        "http://10.0.0.5",
        "http://127.0.0.1.evil.test",
        "ftp://fm.clinic.example",
        "https://",
        "https://user:password@fm.clinic.example",
        "https://fm.clinic.example/fmi",
        "https://fm.clinic.example/?x=1",
        "https://fm.clinic.example#x",
        "https://fm.clinic.example:99999",
        "https://fm.clinic.example:0",
        "https://[::1",
    ],
)
def test_addresses_that_are_refused(address):
    with pytest.raises(JobParametersError) as refused:
        read_settings({**GOOD, "FILEMAKER_URL": address})
    assert refused.value.field == "FILEMAKER_URL"
    assert "password" not in refused.value.detail


@pytest.mark.parametrize("address", ["http://127.0.0.1:80", "http://[::1]", "http://localhost"])
def test_plain_http_goes_to_this_machine_only(address):
    assert read_settings({**GOOD, "FILEMAKER_URL": address}).scheme == "http"


def _certificate(subject, issuer, key, signer, *, authority):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        names = [x509.DNSName(subject), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256())


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path):
    """A maker of server contexts: `authority("localhost")`; `ca.pem` is its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = _certificate("Clinic CA", "Clinic CA", key, key, authority=True)
    (tmp_path / "ca.pem").write_bytes(_pem(own))

    def make(host):
        server = ec.generate_private_key(ec.SECP256R1())
        issued = _certificate(host, "Clinic CA", server, key, authority=False)
        private = server.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (tmp_path / "server.pem").write_bytes(_pem(issued) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "server.pem")
        return context

    return make


def first_page(emulator, **more):
    client = Client(read_settings({**emulator.environment, **more}), pause=lambda _: None)
    try:
        return client.page("API_Docs", offset=1, limit=3, sort="id").records
    finally:
        client.close()


def test_an_authority_of_the_clinics_own_is_trusted_when_it_is_given(authority, tmp_path):
    with Emulator(tls=authority("localhost")) as emulator:
        assert emulator.url.startswith("https://localhost:")
        assert len(first_page(emulator, FILEMAKER_CA_FILE=str(tmp_path / "ca.pem"))) == 3
        with pytest.raises(StopRunError) as refused:
            first_page(emulator)
        assert refused.value.code == "certificate_untrusted"
        assert "FILEMAKER_CA_FILE" in refused.value.detail
    assert emulator.requests["login"] == 1


def test_a_certificate_for_another_host_is_not_trusted(authority, tmp_path):
    with Emulator(tls=authority("elsewhere.test")) as emulator:
        with pytest.raises(StopRunError) as refused:
            first_page(emulator, FILEMAKER_CA_FILE=str(tmp_path / "ca.pem"))
        assert refused.value.code == "certificate_untrusted"
        assert emulator.requests["login"] == 0


def test_files_come_over_tls_too(authority, tmp_path):
    with Emulator(tls=authority("localhost")) as emulator:
        given = {**emulator.environment, "FILEMAKER_CA_FILE": str(tmp_path / "ca.pem")}
        client = Client(read_settings(given))
        record = client.page("API_Docs", offset=1, limit=1, sort="id").records[0]
        for form in ("cookie-absolute", "cookie-relative", "direct"):
            emulator.habits.container = form
            _, found = client.read_container(
                record, address_in=lambda r: r.fields["Doc"], again=lambda: record, limit=10**6
            )
            row = next(row for row in emulator.docs if row.id == record.fields["id"])
            assert found.content.read() == row.best.body()
            found.content.close()
        client.close()
    assert emulator.errors == []


def test_a_file_that_is_no_certificate_is_named(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(StopRunError) as refused:
        Client(read_settings({**GOOD, "FILEMAKER_CA_FILE": str(path)}))
    assert refused.value.code == "ca_file_unreadable"
