"""Numbers, texts, names, tokens and addresses of pictures stand in no line of any log."""

import logging

from django.utils import timezone

from sms_integration.models import InboundMedia, Message
from sms_integration.services.fetching import fetch_media
from tests.sms_integration.inbound.conftest import (
    BASIC,
    BROADCAST_TOKEN,
    OURS,
    TOKEN,
    UNAS,
    gateway,
)
from tests.sms_integration.stand_ins.media_server import answer, protected, redirect
from tests.sms_integration.stand_ins.twilio_calls import FORM, message_sid

TEXT = "The rash on my left shin itches"
SECRET = "Sig=5up3rs3cr3t"
PATHS = ("/AC1/MM1/ME1", f"/AC1/one?{SECRET}")
HIDDEN = (UNAS[1:], UNAS[4:], OURS[1:], TEXT, SECRET, "ME1", TOKEN, BROADCAST_TOKEN, BASIC, "Una")


def test_a_whole_run_with_every_failure(
    in_alpha, inbound, una, twilio, account, client_of, media, network, picture, caplog, capfd
):
    caplog.set_level(logging.DEBUG)
    client, api = client_of(None, host="alpha"), "https://api.twilio.com"
    sid = message_sid()
    files = [(api + PATHS[0], "image/jpeg"), ("https://foreign.test/ME1", "image/jpeg")]
    for options in ({}, {"token": "guess"}, {"signed": []}):
        inbound(body=TEXT, media=files, post=options)
    for body in ("STOP", "START", "HELP"):
        inbound(body=body)
    inbound(body=TEXT, sender="+61999", sid=sid)
    inbound(body=TEXT, to="+61400000000")
    media.pages[PATHS[0]] = protected(BASIC, redirect(f"https://mms.twiliocdn.com{PATHS[1]}"))
    rows = list(InboundMedia.objects.order_by("ordinal"))
    pages = (answer(500), answer(404), answer(body=b"x", length=9), answer(body=picture))
    for page in pages:
        media.pages[PATHS[1]] = page
        InboundMedia.objects.update(state="waiting", due_at=timezone.now())
        for row in rows:
            fetch_media(media_id=row.pk, network=network())
    sent = Message.objects.create(
        conversation=rows[0].message.conversation,
        direction="outbound",
        status="sending",
        recipient=UNAS,
        body=TEXT,
        gateway=twilio,
        provider="twilio",
    )
    path = f"/sms/{twilio.pk}/status/{sent.pk}"
    for word, error in (("queued", ""), (TEXT, ""), ("failed", "21610")):
        account.post(client, path, account.status(sid=sid[:-2] + "aa", word=word, error=error))
    account.post(client, path, account.status(sid=message_sid(), word="read"))
    broadcast = gateway("sms_broadcast", "Second", webhook_token=BROADCAST_TOKEN)
    query = {"from": UNAS, "message": TEXT, "token": BROADCAST_TOKEN}
    client.get(f"/sms/{broadcast.pk}/inbound", query)
    client.get(f"/sms/{broadcast.pk}/inbound", {**query, "token": "wrong"})
    client.post(f"/sms/{broadcast.pk}/inbound?token=wrong", f"from={UNAS}", content_type=FORM)

    assert {str(one.state) for one in InboundMedia.objects.all()} == {"stored", "refused"}
    assert Message.objects.filter(body=TEXT, direction="inbound").count() == 3
    assert len(media.seen) > 6
    printed = "".join(capfd.readouterr())
    # What the database is asked is logged at DEBUG, by whoever turns that on for themselves.
    lines = [one for one in caplog.records if not one.name.startswith("django.db")]
    shown = "\n".join(f"{one.getMessage()} {one.args} {one.exc_text or ''}" for one in lines)
    for line in ("wrong_signature", "foreign_number", "http_500", "not_found", "foreign_host"):
        assert line in shown  # it was logged, and this is what is looked through
    assert [one for one in HIDDEN if one in shown + printed] == []
