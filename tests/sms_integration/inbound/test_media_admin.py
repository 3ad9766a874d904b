"""Staff see what was not fetched, and have it fetched again; and the command of the demo."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django_tenants.utils import tenant_context

from sms_integration.models import InboundMedia, Message
from tests.sms_integration.inbound.conftest import UNAS, gateway

PAGE = "admin:sms_integration_inboundmedia_changelist"


@pytest.fixture
def files(inbound, una, alpha):
    """One that was refused, one that never had an address, one that is stored."""
    with tenant_context(alpha):
        inbound(
            media=[("https://api.twilio.com/a", ""), ("", ""), ("https://api.twilio.com/c", "")]
        )
        first, nowhere, stored = InboundMedia.objects.order_by("ordinal")
        InboundMedia.objects.filter(pk=first.pk).update(
            state="refused", error="The file is larger than 20 MB.", due_at=None
        )
        InboundMedia.objects.filter(pk=stored.pk).update(state="stored", due_at=None)
        return first, nowhere, stored


def test_staff_have_files_fetched_again(files, client_of, alpha):
    first, nowhere, stored = files
    priya = client_of("priya")
    listed = priya.get(reverse(PAGE))
    assert {row.pk for row in listed.context["cl"].result_list} == {first.pk, nowhere.pk}
    assert "api.twilio.com" not in listed.content.decode()
    chosen = {"action": "fetch_selected_again", "_selected_action": [first.pk, nowhere.pk]}
    said = priya.post(reverse(PAGE), chosen, follow=True)
    texts = [str(one) for one in said.context["messages"]]
    assert texts[0] == "1 will be fetched again."
    assert texts[1].startswith("1 not: The gateway never said where")
    with tenant_context(alpha):
        assert InboundMedia.objects.get(pk=first.pk).state == "waiting"
        assert InboundMedia.objects.get(pk=nowhere.pk).state == "refused"
        assert InboundMedia.objects.get(pk=stored.pk).state == "stored"


def test_a_provider_sees_the_files_of_their_own_patients(files, client_of):
    paul = client_of("paul").get(reverse(PAGE))
    assert list(paul.context["cl"].result_list) == []


def test_the_command_of_the_demo(in_alpha):
    what = {"tenant": "alpha", "sender": UNAS, "text": "Hi", "pictures": 1}
    with pytest.raises(CommandError, match="no console gateway"):
        call_command("simulate_message", **what)
    gateway("console", "Demo")
    with pytest.raises(CommandError, match="telephone number"):
        call_command("simulate_message", **{**what, "sender": "12"})
    assert Message.objects.count() == 0
    out = StringIO()
    call_command("simulate_message", **what, stdout=out)
    assert "nobody's yet" in out.getvalue()
    assert InboundMedia.objects.get().message == Message.objects.get()
    with pytest.raises(CommandError, match="no clinic"):
        call_command("simulate_message", **{**what, "tenant": "nowhere"})


def test_an_administrator_simulates_a_message_on_the_console_and_on_nothing_else(client_of, alpha):
    with tenant_context(alpha):
        demo, real = gateway("console", "Demo"), gateway("twilio", "Real")
    ada = client_of("ada")
    page = reverse("admin:sms_integration_gateway_simulate", args=[demo.pk])
    asked = ada.get(page)
    assert asked.status_code == 200
    typed = {"sender": UNAS, "body": "Does it fit?", "pictures": "2"}
    done = ada.post(page, {**typed, "_seen": asked.context["seen"]}, follow=True)
    (said,) = done.context["messages"]
    assert str(said).startswith("It has come in.")
    with tenant_context(alpha):
        message = Message.objects.get()
        assert (message.body, message.media.count()) == ("Does it fit?", 2)
    elsewhere = reverse("admin:sms_integration_gateway_simulate", args=[real.pk])
    assert ada.get(elsewhere).status_code == 403
    assert client_of("priya").get(page).status_code == 403
