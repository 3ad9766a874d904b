"""Logins with a known password exist while DEBUG is on only."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from config.demo import LOGINS


def test_the_demo_is_refused_in_production(db, settings):
    settings.DEBUG = False
    before = User.objects.count()
    with pytest.raises(CommandError, match="while DEBUG is on"):
        call_command("build_demo")
    assert User.objects.count() == before
    assert not User.objects.filter(email__in=[email for email, _ in LOGINS]).exists()


def test_it_is_built_while_debug_is_on(db, settings, monkeypatch):
    from config.management.commands import build_demo

    settings.DEBUG = True
    monkeypatch.setattr(build_demo, "build_all", lambda: iter(()))
    call_command("build_demo")
    assert User.objects.get(email="platform@localhost.test").is_superuser
