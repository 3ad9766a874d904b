"""Calls as Twilio makes them, written from its documentation: nothing of ours and not its SDK.

https://www.twilio.com/docs/usage/webhooks/webhooks-security: the address, then each field's name
and value, the fields in the order of their names, HMAC-SHA1 with the auth token, in base64.
https://www.twilio.com/docs/messaging/guides/webhook-request: the fields.
"""

import base64
import hashlib
import hmac
import itertools
from dataclasses import dataclass
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
_numbers = itertools.count(1)


def message_sid(kind="SM"):
    return f"{kind}{hashlib.md5(str(next(_numbers)).encode()).hexdigest()}"  # noqa: S324


def sign(token, url, fields):
    text = url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass
class TwilioAccount:
    sid: str
    token: str
    host: str = "http://alpha.localhost"  # as the clinic has written it into Twilio's console

    def message(self, *, sender, to, body="Hello", sid="", media=(), num_media=None, more=()):
        """Return the fields of a message that came in; `media` are addresses and types."""
        sid = sid or message_sid("MM" if media else "SM")
        fields = [
            ("ToCountry", "AU"),
            ("ToState", ""),
            ("SmsMessageSid", sid),
            ("NumMedia", str(len(media) if num_media is None else num_media)),
            ("ToCity", ""),
            ("FromZip", ""),
            ("SmsSid", sid),
            ("FromState", ""),
            ("SmsStatus", "received"),
            ("FromCity", ""),
            ("Body", body),
            ("FromCountry", "AU"),
            ("To", to),
            ("ToZip", ""),
            ("NumSegments", "1"),
            ("MessageSid", sid),
            ("AccountSid", self.sid),
            ("From", sender),
            ("ApiVersion", "2010-04-01"),
        ]
        for number, (url, kind) in enumerate(media):
            fields += [(f"MediaUrl{number}", url), (f"MediaContentType{number}", kind)]
        return [*fields, *more]

    def status(self, *, sid, word, to="+61491570006", error=""):
        fields = [
            ("SmsSid", sid),
            ("SmsStatus", word),
            ("MessageStatus", word),
            ("To", to),
            ("MessageSid", sid),
            ("AccountSid", self.sid),
            ("From", "+61480000001"),
            ("ApiVersion", "2010-04-01"),
        ]
        return [*fields, ("ErrorCode", error)] if error else fields

    def post(self, client, path, fields, *, signed=None, token="", **options):
        """Post fields signed as they are, or as if they were others (`signed`)."""
        signature = sign(
            token or self.token, self.host + path, fields if signed is None else signed
        )
        return client.post(
            path,
            urlencode(fields),
            content_type=FORM,
            headers={"X-Twilio-Signature": signature, **options.pop("headers", {})},
            **options,
        )
