"""A worker in a process of its own, which somebody may kill: hands over one message.

It says when it is ready and then waits for a line, so that whoever started it can get ready too.
"""

import os
import sys
from uuid import UUID


def main():
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    import django

    django.setup()
    from django_tenants.utils import schema_context

    from sms_integration.gateways.twilio.client import TwilioClient
    from sms_integration.services.delivering import deliver_message

    TwilioClient.base_url = os.environ["TWILIO_URL"]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with schema_context("alpha"):
        deliver_message(UUID(sys.argv[1]))


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
main()
