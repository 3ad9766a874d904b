from tests.patients.conftest import people  # noqa: F401  a fixture
