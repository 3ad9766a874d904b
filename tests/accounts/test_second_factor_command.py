"""`manage.py second_factor`: for those who run the platform and have no account page."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from accounts.models import SecondFactor
from tests.accounts.codes import clock, code_of, set_up_app
from tests.accounts.logins import visitor
from tests.accounts.test_second_factor_form import enter, errors

__all__ = ["clock"]
ROOT = "root@platform.test"


@pytest.fixture(autouse=True)
def _stopped(clock):
    """Let every test here stand still in time."""


@pytest.fixture
def command(monkeypatch):
    """Run the command; `typed` makes the code out of the secret that it has shown."""

    def run(*arguments, typed=lambda secret: code_of(secret, -1)):
        out = StringIO()
        monkeypatch.setattr("builtins.input", lambda _: typed(out.getvalue().split("\n")[1]))
        call_command("second_factor", *arguments, stdout=out)
        return out.getvalue().split("\n")

    return run


def test_an_operator_sets_one_up_and_is_asked_for_it(command):
    said = command(ROOT)
    secret, address, codes = said[1], said[3], [line for line in said[5:] if line]
    assert address.startswith("otpauth://totp/root%40platform.test?")
    assert "issuer=Chartvault" in address
    assert len(codes) == 10
    client = visitor("localhost")
    assert errors(enter(client, "root")) == {"code": ["code_wanted"]}
    assert errors(enter(client, "root", code_of(secret, -1))) == {"code": ["incorrect_code"]}
    assert enter(client, "root", code_of(secret)).status_code == 302
    assert enter(visitor("localhost"), "root", codes[0]).status_code == 302


def test_a_wrong_code_changes_nothing(command):
    with pytest.raises(CommandError, match="The code is wrong"):
        command(ROOT, typed=lambda _: "000000")
    assert Authenticator.objects.count() == 0


def test_a_second_one_is_refused(command):
    command(ROOT)
    with pytest.raises(CommandError, match="Take it off first"):
        command(ROOT)


def test_it_takes_one_off_where_nobody_else_can(command):
    set_up_app("ada")
    assert command("ADA@alpha.test", "--off")[0] == (
        "ada@alpha.test logs in with the password alone now."
    )
    assert enter(visitor(), "ada").status_code == 302
    told = SecondFactor.pgh_event_model.objects.filter(pgh_label="delete")
    assert told.count() == 2


def test_an_unknown_address_is_said_to_be_unknown(command):
    with pytest.raises(CommandError, match="no login with this address"):
        command("nobody@nowhere.test")
