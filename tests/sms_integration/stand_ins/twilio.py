"""Twilio's REST API for messages, as its public documentation describes it; a real HTTP server.

https://www.twilio.com/docs/messaging/api/message-resource and /docs/usage/twilios-response. It
knows nothing of the code under test. `plans` says what becomes of the next requests to create a
message; without one it is taken.
"""

import base64
import json
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SID, TOKEN = "AC" + "0a" * 16, "f1" * 16
PAGES = "https://www.twilio.com/docs/errors/"


class Refuse:
    """An error body with Twilio's code, and further headers."""

    def __init__(self, status, code, **headers):
        self.status, self.code, self.headers = status, code, headers


class HangUp:
    """The connection ends; `taken` says whether Twilio has the message then."""

    def __init__(self, *, taken):
        self.taken = taken


class Garbage:
    """An answer that is no JSON, as from something in between; `taken` as above."""

    def __init__(self, status, *, taken=False):
        self.status, self.taken = status, taken


class TwilioServer:
    def __init__(self):
        self.messages, self.plans, self.requests = [], [], []
        self.account_status = "active"
        self.lock = threading.Lock()
        self.on_create = None  # called with a message that was taken, before the answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.get(self)

            def do_POST(self):
                outer.post(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def get(self, asked):
        if not self._may(asked):
            return
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self.lock:
            self.requests.append(("GET", parts.path, query))
        if parts.path == f"/2010-04-01/Accounts/{SID}.json":
            self._answer(asked, 200, {"sid": SID, "status": self.account_status, "type": "Full"})
        elif parts.path == f"/2010-04-01/Accounts/{SID}/Messages.json":
            self._list(asked, query)
        else:
            self._error(asked, Refuse(404, 20404))

    def _list(self, asked, query):
        if self.plans and isinstance(self.plans[0], Refuse):
            self._error(asked, self.plans.pop(0))
            return
        found = list(reversed(self.messages))
        for name, column in (("To", "to"), ("From", "from")):
            if name in query:
                found = [one for one in found if one[column] == query[name]]
        size = int(query.get("PageSize", 50))
        body = {"messages": found[:size], "page": 0, "page_size": size, "next_page_uri": None}
        body |= {"uri": asked.path, "first_page_uri": asked.path, "previous_page_uri": None}
        self._answer(asked, 200, body)

    def post(self, asked):
        raw = asked.rfile.read(int(asked.headers["Content-Length"]))
        if not self._may(asked):
            return
        form = parse_qs(raw.decode(), keep_blank_values=True)
        with self.lock:
            self.requests.append(("POST", asked.path, form))
            plan = self.plans.pop(0) if self.plans else None
        if asked.path != f"/2010-04-01/Accounts/{SID}/Messages.json":
            self._error(asked, Refuse(404, 20404))
        elif isinstance(plan, Refuse):
            self._error(asked, plan)
        elif not form.get("To", [""])[0].startswith("+"):
            self._error(asked, Refuse(400, 21211))
        elif "Body" not in form and "MediaUrl" not in form:
            self._error(asked, Refuse(400, 21602))
        else:
            self._take(asked, form, plan)

    def _take(self, asked, form, plan):
        taken = None
        if plan is None or plan.taken:
            taken = self._new(form)
        if isinstance(plan, HangUp):
            asked.close_connection = True
            asked.connection.shutdown(2)
        elif isinstance(plan, Garbage):
            self._send(asked, plan.status, b"<html>oh dear</html>", "text/html", {})
        else:
            self._answer(asked, 201, taken)

    def _new(self, form):
        now = format_datetime(datetime.now(UTC))
        with self.lock:
            sid = f"SM{len(self.messages):032x}"
            message = {
                "sid": sid,
                "account_sid": SID,
                "messaging_service_sid": None,
                "to": form["To"][0],
                "from": form["From"][0],
                "body": form.get("Body", [""])[0],
                "status": "queued",
                "direction": "outbound-api",
                "num_segments": "1",
                "num_media": str(len(form.get("MediaUrl", []))),
                "price": None,
                "price_unit": "USD",
                "error_code": None,
                "error_message": None,
                "api_version": "2010-04-01",
                "date_created": now,
                "date_updated": now,
                "date_sent": None,
                "uri": f"/2010-04-01/Accounts/{SID}/Messages/{sid}.json",
                "subresource_uris": {},
            }
            self.messages.append(message)
        if self.on_create is not None:
            self.on_create(message)
        return message

    def _may(self, asked):
        wanted = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        if asked.headers.get("Authorization") == f"Basic {wanted}":
            return True
        self._error(asked, Refuse(401, 20003))
        return False

    def _error(self, asked, refuse):
        text = f"Refused: {self.requests[-1:]}"  # Twilio's own words quote what was sent
        body = {"code": refuse.code, "message": text, "status": refuse.status}
        body["more_info"] = f"{PAGES}{refuse.code}"
        self._answer(asked, refuse.status, body, refuse.headers)

    def _answer(self, asked, status, body, headers=None):
        self._send(asked, status, json.dumps(body).encode(), "application/json", headers or {})

    @staticmethod
    def _send(asked, status, raw, kind, headers):
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.send_header("Content-Type", kind)
        asked.send_header("Content-Length", str(len(raw)))
        asked.end_headers()
        asked.wfile.write(raw)
