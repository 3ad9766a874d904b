"""An emulated FileMaker for each test, and a client of it that does not wait."""

import pytest

from tests.documents.conftest import committed  # noqa: F401
from tests.filemaker.emulator import Emulator
from tests.filemaker.helpers import make_patients


@pytest.fixture
def fm(monkeypatch):
    with Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("FILEMAKER_ZONE", "FILEMAKER_CA_FILE"):
            monkeypatch.delenv(name, raising=False)
        yield emulator
    assert emulator.errors == []


@pytest.fixture
def waits():
    """How long the client has waited, one number each time."""
    return []


@pytest.fixture
def client(fm, waits):
    from filemaker.client import Client
    from filemaker.environment import read_settings

    made = Client(read_settings(), pause=waits.append)
    yield made
    made.close()


@pytest.fixture
def quick(in_alpha, fm, monkeypatch):
    """At alpha, with waits that are short."""
    monkeypatch.setattr("filemaker.client.FIRST_WAIT", 0.0001)
    monkeypatch.setattr("jobs.services.ledger.BASE_WAIT", 0.0001)


@pytest.fixture
def patients(fm):
    """A patient for each contact that FileMaker's records name."""
    return make_patients(fm)


@pytest.fixture(params=[1, 20], ids=["one by one", "together"])
def both_ways(request, monkeypatch):
    """Each record alone, and all of a chunk at a stroke."""
    monkeypatch.setattr("filemaker.job_kinds.FileMakerImport.chunk", request.param)
