"""What is in the clinic: the world of tests/isolation, and of every kind some more to lose."""

import json

from django.core import mail
from django.core.management import call_command
from django.db import models
from django.test.utils import override_settings
from django_tenants.utils import tenant_context

from accounts.fields import uuid7
from accounts.models import Membership
from accounts.roles import Role
from accounts.services.accounts import create_account
from accounts.services.members import add_member
from documents.keys import system_key
from documents.services.trash import trash_document
from invites.services.sending import InviteOptions, generate_invite
from patients.models import Patient
from tests.conftest import CAST, PASSWORD, member
from tests.isolation.conftest import attach, build_world, put_text
from tests.isolation.conversations import add_conversation
from tests.isolation.messages import add_messages
from tests.isolation.test_routes import finalize_more, objects_of

HOST = "alpha.localhost"
SPARES = 12
ROLES = {"ada": "admin", "priya": "provider", "pat": "patient", "rex": "research_partner",
         "dev": "developer"}  # fmt: skip


def build():
    """Build the clinic; return its ids by the first part of addresses, tokens, and who can log in.

    Of each kind the first is what the others hang on; what deletes, archives or finalises gets one
    of the rest (tests/contract/known.py).
    """
    call_command("migrate_tenants", verbosity=0)
    account = create_account(
        schema_name="alpha", name="Alpha", domain="alpha.localhost", admin_email="ada@alpha.test"
    )
    for name, role in CAST["alpha"].items():
        if name != "ada":
            add_member(
                account=account,
                email=f"{name}@alpha.test",
                role=role,
                name=name.title(),
                password=PASSWORD,
            )
    ada = member("ada").user
    ada.set_password(PASSWORD)
    ada.save()
    spares = [
        add_member(account=account, email=f"spare{n}@alpha.test", role=Role.PROVIDER, name="Spare")
        for n in range(SPARES)
    ]
    memory = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
    with tenant_context(account), memory:
        mail.outbox = []
        world = build_world()
        world.tokens = []
        Patient.objects.update(research_consent=True, research_consent_on="2026-01-01")
        finalize_more(world)
        add_messages(world)
        add_conversation(world)
        ids = _ids(world)
        final = {"at-reports": str(world.final_report.pk), "files": str(world.pdf.pk)}
        tokens = {
            "verify": [world.token],
            "accept": world.tokens[: SPARES // 2],  # by the last of the spare invites
            "shared-report": [world.link],
        }
    cast = Membership.objects.exclude(pk__in=[spare.pk for spare in spares])
    ids["members"] = [str(cast.get(user__email="rex@alpha.test").pk), *(str(s.pk) for s in spares)]
    return {
        "ids": ids,
        "final": final,
        "cast": [str(pk) for pk in cast.values_list("pk", flat=True)],
        "tokens": tokens,
        "logins": {role: f"{name}@alpha.test" for name, role in ROLES.items()},
        "password": PASSWORD,
    }


def _ids(world):
    ada, priya = member("ada"), member("priya")
    found = {slug: [str(one.pk)] for slug, one in objects_of(world).items()}
    strangers = [
        Patient.objects.create(
            first_name="Spare", last_name=f"No {n}", email=f"s{n}@mail.test", clinician=priya
        )
        for n in range(2 * SPARES)
    ]
    found["patients"] += [str(one.pk) for one in strangers[:SPARES]]
    found["patients"].append(str(world.archived_patient.pk))
    for stranger in strangers[SPARES:]:
        made = generate_invite(
            membership=ada, patient_id=stranger.pk, options=InviteOptions(send_email=False)
        )
        found["invites"].append(str(made.invite.pk))
        world.tokens.append(made.link.partition("#")[2])
    for number in range(SPARES):
        found["files"].append(str(attach(world.patient, by=ada, name=f"{number}.txt").pk))
    trash_document(membership=ada, document=world.spare)
    found["files"].append(str(world.spare.pk))
    for final in ("record", "report"):  # which of them is final must not hide the others
        found[{"record": "medical-records", "report": "at-reports"}[final]].append(
            str(getattr(world, f"final_{final}").pk)
        )
    for slug, one in objects_of(world).items():
        if slug not in {"patients", "invites", "files", "members", "guardians", "suppressions"}:
            owners = (
                strangers[SPARES:] if slug == "insurances" else [world.patient] * SPARES
            )  # one primary each
            found[slug] += [str(_copy(one, n, owners[n]).pk) for n in range(SPARES)]
    found["messages"] = [str(one.pk) for one in world.messages.values()]
    return json.loads(json.dumps(found))


def _copy(one, number, patient):
    """Store another one like it; what must be unique gets a number, or what the database gives."""
    fields = [f for f in one._meta.concrete_fields if not f.primary_key and not f.generated]
    values = {f.attname: getattr(one, f.attname) for f in fields if not f.has_db_default()}
    if "patient_id" in values:
        values["patient_id"] = patient.pk
    if "unread_count" in values:  # a conversation: a patient has one with a number
        values["phone"] = f"+614915702{number:02}"
    if values.get("s3_key"):  # each has bytes of its own
        values["s3_key"] = system_key("exports", f"{uuid7()}.zip")
        put_text(values["s3_key"])
    copy = type(one)(**values)
    for field in fields:
        if isinstance(field, models.CharField) and field.attname in {"name", "member_id"}:
            setattr(copy, field.attname, f"{values[field.attname]} {number}")
    copy.save()
    return copy
