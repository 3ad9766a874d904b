"""The part of Twilio's REST API that lists messages and their files; a real HTTP server.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources and
https://www.twilio.com/docs/messaging/api/media-resource. Newest first, in pages of `page_size`.
"""

import base64
import json
import threading
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class TwilioLists:
    """`messages` are those of the account, oldest first; `status` other than 200 fails each call."""

    def __init__(self, sid, token, *, page_size=2):
        self.sid, self.page_size = sid, page_size
        self.authorization = "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()
        self.messages, self.asked, self.status = [], [], 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.get(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def add(
        self, sid, *, sender, to, body="", at, files=(), direction="inbound", status="received"
    ):
        self.messages.append(
            {
                "sid": sid,
                "account_sid": self.sid,
                "from": sender,
                "to": to,
                "body": body,
                "direction": direction,
                "status": status,
                "num_segments": "1",
                "num_media": str(len(files)),
                "date_created": format_datetime(at),
                "date_updated": format_datetime(at),
                "date_sent": format_datetime(at),
                "price": None,
                "price_unit": "USD",
                "error_code": None,
                "uri": f"/2010-04-01/Accounts/{self.sid}/Messages/{sid}.json",
                "files": files,
            }
        )

    def get(self, asked):
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query))
        root = f"/2010-04-01/Accounts/{self.sid}/Messages"
        if asked.headers.get("Authorization") != self.authorization:
            self.answer(asked, 401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif self.status != 200:
            self.answer(asked, self.status, {"code": 20500, "message": "Oh", "status": self.status})
        elif parts.path == f"{root}.json":
            self.list(asked, parts.path, query)
        else:
            sid = parts.path.removeprefix(f"{root}/").removesuffix("/Media.json")
            (message,) = [one for one in self.messages if one["sid"] == sid]
            listed = [
                {
                    "sid": f"ME{number:032x}",
                    "account_sid": self.sid,
                    "parent_sid": sid,
                    "content_type": kind,
                    "date_created": message["date_created"],
                    "date_updated": message["date_created"],
                    "uri": f"{root}/{sid}/Media/ME{number:032x}.json",
                }
                for number, kind in enumerate(message["files"])
            ]
            self.answer(asked, 200, {"media_list": listed, "next_page_uri": None})

    def list(self, asked, path, query):
        found = [one for one in reversed(self.messages) if query.get("To") in {None, one["to"]}]
        if since := query.get("DateSent>"):
            moment = datetime.fromisoformat(since)
            found = [one for one in found if parsedate_to_datetime(one["date_sent"]) >= moment]
        begin = int(query.get("Page", 0)) * self.page_size
        page = [{k: v for k, v in one.items() if k != "files"} for one in found][begin:]
        after = None
        if len(page) > self.page_size:
            number = str(begin // self.page_size + 1)
            after = f"{path}?{urlencode({**query, 'Page': number})}"
        self.answer(asked, 200, {"messages": page[: self.page_size], "next_page_uri": after})

    @staticmethod
    def answer(asked, status, body):
        raw = json.dumps(body).encode()
        asked.send_response(status)
        asked.send_header("Content-Type", "application/json")
        asked.send_header("Content-Length", str(len(raw)))
        asked.end_headers()
        asked.wfile.write(raw)
