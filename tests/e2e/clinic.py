"""The demo in small, as `make run` builds it: everybody of it can log in, everything is there."""

import os

from django.core.management import call_command

from config.demo import LOGINS, PASSWORD
from config.demo.builder import build_clinic
from config.demo.plans import Plan

PATIENTS = int(os.environ.get("E2E_PATIENTS", "14"))  # each takes a second to be made
PLAN = Plan("demo", "Demo Clinic", patients=PATIENTS, seed=1)
HOST = "demo.localhost"


def build():
    """Build the clinic, and the bucket where there is one."""
    call_command("migrate_tenants", verbosity=0)
    build_clinic(PLAN)
    return {
        "host": HOST,
        "password": PASSWORD,
        "logins": {email.partition("@")[0]: email for email, _ in LOGINS if "@demo" in email},
    }
