"""A server that behaves as FileMaker's Data API does, with each version's habits and each fault.

Written from what vendors and users say of the real one, apart from the importer: nothing of it is
imported here. It serves real HTTP(S), from threads of its own.
"""

import base64
import json
import secrets
import ssl
import sys
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.filemaker.emulated_habits import Faults, Habits
from tests.filemaker.emulated_records import contact_ids, documents, images

USER, PASSWORD, DATABASE = "api", "s3cret:päss", "Clinic Files/ü"
MOST_ADDRESSES = 5_000


class Emulator:
    """`rows` is what the tables hold; tests change it as people would."""

    def __init__(
        self, *, docs=20, pictures=12, patients=4, seed=1, sizes=(0,), tls=None, port=0, url_host=""
    ):
        self.habits, self.faults, self.seed = Habits(), Faults(), seed
        self.contacts = contact_ids(seed, patients)
        self.rows = {
            "API_Docs": list(documents(seed, docs, self.contacts, sizes)),
            "API_Images": list(images(seed, pictures, self.contacts, sizes)),
        }
        self.before_page: Callable[[str, int], None] = lambda layout, offset: None
        self.before_stream: Callable[[], None] = lambda: None
        self.lock = threading.RLock()
        self.frozen = False  # nobody changes the rows: what is found once need not be looked for
        self._kept: dict[tuple[str, str], list] = {}
        self._by_value: dict[tuple[str, str], dict] = {}
        self._sorted: dict[tuple[str, str], tuple] = {}
        self._places: dict[tuple[str, str], int] = {}
        self.sessions: dict[str, int] = {}
        self.addresses: OrderedDict[str, tuple] = OrderedDict()
        self.cookies: dict[str, str] = {}
        self.requests: Counter[str] = Counter()
        self.seen: list[tuple[str, str, dict]] = []  # method, path, headers
        handler = type("Bound", (Handler,), {"emulator": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.errors: list[str] = []  # of the emulator itself: a test with any has shown nothing
        self.server.handle_error = self._note_error
        self.scheme, host = "http", "127.0.0.1"
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
            self.scheme, host = "https", "localhost"
        self.url = f"{self.scheme}://{url_host or host}:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def environment(self):
        return {
            "FILEMAKER_URL": self.url,
            "FILEMAKER_DATABASE": DATABASE,
            "FILEMAKER_USER": USER,
            "FILEMAKER_PASSWORD": PASSWORD,
        }

    @property
    def docs(self):
        return self.rows["API_Docs"]

    @property
    def pictures(self):
        return self.rows["API_Images"]

    def _note_error(self, *_):
        error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
        if not isinstance(error, ConnectionError | ssl.SSLError):  # a client may go away
            self.errors.append(repr(error))

    def age_addresses(self):
        """Let every address that has been given out be too old."""
        with self.lock:
            self.addresses.clear()

    def take(self, name):
        """Say whether a fault happens now, and count it down."""
        with self.lock:
            left = getattr(self.faults, name)
            if left > 0:
                setattr(self.faults, name, left - 1)
            return left > 0

    # --- Tables ----------------------------------------------------------------------------------

    def ordered(self, layout, sort):
        rows = self.rows[layout]
        key = sort[0]["fieldName"] if sort else ""
        if not key:
            return sorted(rows, key=lambda row: row.record_id)
        if rows and key not in rows[0].fields:
            raise FileMakerError("102")
        if self.frozen and (layout, key) in self._kept:
            return self._kept[layout, key]
        # Tests change rows at any time, so what was sorted is looked at again: that is cheap.
        now = [(row.fields[key].casefold(), row.record_id) for row in rows]
        before = self._sorted.get((layout, key))
        if before is None or before[0] != now:
            order = sorted(range(len(rows)), key=now.__getitem__)
            before = self._sorted[layout, key] = (now, order)
        self._kept[layout, key] = [rows[place] for place in before[1]]
        return self._kept[layout, key]

    def matching(self, layout, field, wanted):
        """Return the rows whose field is one of some texts in small letters."""
        if not self.frozen:
            rows = self.ordered(layout, [{"fieldName": field}])
            return [row for row in rows if row.fields[field].casefold() in wanted]
        if (layout, field) not in self._by_value:
            index = self._by_value[layout, field] = {}
            for row in self.ordered(layout, [{"fieldName": field}]):
                index.setdefault(row.fields[field].casefold(), []).append(row)
        index = self._by_value[layout, field]
        return [row for text in wanted for row in index.get(text, ())]

    def row_at(self, layout, record_id):
        """Return the row of a number, or None; the index is made anew where it is wrong."""
        rows, number = self.rows[layout], str(record_id)
        place = self._places.get((layout, number), -1)
        if not 0 <= place < len(rows) or str(rows[place].record_id) != number:
            for place, row in reversed([*enumerate(rows)]):
                self._places[layout, str(row.record_id)] = place
            place = self._places.get((layout, number), -1)
            if not 0 <= place < len(rows) or str(rows[place].record_id) != number:
                return None
        return rows[place]

    def as_json(self, layout, row):
        found = dict(row.fields)
        for container, file in row.files.items():
            found[container] = self.address(layout, row, container, file) if file else ""
        return {
            "fieldData": found,
            "portalData": {},
            "recordId": str(row.record_id),
            "modId": str(row.mod_id),
        }

    def address(self, layout, row, container, file):
        name = secrets.token_hex(32).upper()
        with self.lock:
            self.addresses[name] = (layout, row.record_id, container)
            while len(self.addresses) > MOST_ADDRESSES:
                self.addresses.popitem(last=False)
        path = f"/Streaming_SSL/MainDB/{name}.{file.extension}"
        return f"{self.url}{path}?RCType=EmbeddedRCFileProcessor"

    def file_at(self, name):
        layout, record_id, container = self.addresses[name]
        row = self.row_at(layout, record_id)
        return row and row.files[container]


class FileMakerError(Exception):
    def __init__(self, code, status=None):
        super().__init__(code)
        self.code, self.status = code, status


class Handler(BaseHTTPRequestHandler):
    emulator: Emulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # headers and body leave together
    server_version = "Emulated"

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        with self.emulator.lock:
            self.emulator.requests["connections"] += 1

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        fm = self.emulator
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        with fm.lock:
            fm.seen.append((method, self.path, dict(self.headers)))
        try:
            if self.path.startswith("/Streaming_SSL/"):
                from tests.filemaker.emulated_streaming import stream

                stream(self)
                return
            if fm.take("engine_down"):
                self.send(502, b"<html><body>Bad Gateway</body></html>", "text/html")
                return
            self.api(method, body)
        except FileMakerError as error:
            self.fail(error)

    def api(self, method, body):
        fm = self.emulator
        parts = urlsplit(self.path)
        raw = parts.path.split("/")  # "", fmi, data, v2, databases, db, …
        if raw[1:3] != ["fmi", "data"] or raw[3] not in {"v1", "v2", "vLatest"}:
            self.send(404, b"<html>Not Found</html>", "text/html")
            return
        if (
            body
            and fm.habits.refuses_charset
            and self.headers["Content-Type"] != "application/json"
        ):
            raise FileMakerError("1708", 400)
        if unquote(raw[5]) != DATABASE or len(raw) < 7:
            raise FileMakerError("802")
        with fm.lock:
            if fm.faults.codes:
                fm.requests["faulty"] += 1
                raise FileMakerError(fm.faults.codes.pop(0))
        if raw[6] == "sessions":
            self.session(method, [unquote(part) for part in raw[7:]])
            return
        self.require_session()
        rest = [unquote(part) for part in raw[6:]]
        if rest[1] not in fm.rows:
            raise FileMakerError("105")
        if rest[2] == "_find":
            self.find(rest[1], json.loads(body))
        elif len(rest) == 4:
            self.one(rest[1], rest[3])
        else:
            self.page(rest[1], parse_qs(parts.query))

    def session(self, method, rest):
        fm = self.emulator
        if method == "DELETE":
            fm.requests["logout"] += 1
            if fm.sessions.pop(rest[0], None) is None:
                raise FileMakerError("952", 401)
            self.reply({})
            return
        fm.requests["login"] += 1
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            raise FileMakerError("212", 401)
        with fm.lock:
            if len(fm.sessions) >= fm.habits.most_sessions:
                raise FileMakerError("812")
            token = secrets.token_hex(20)
            fm.sessions[token] = 0
        self.reply({"token": token}, {"X-FM-Data-Access-Token": token})

    def require_session(self):
        fm = self.emulator
        fm.requests["call"] += 1
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        with fm.lock:
            calls = fm.sessions.get(token)
            lost = calls is not None and fm.take("lost_sessions")
            too_many = calls is not None and 0 < fm.habits.session_calls <= calls
            if calls is None or lost or too_many:
                fm.sessions.pop(token, None)
                raise FileMakerError("952", 401)
            fm.sessions[token] = calls + 1

    def page(self, layout, query):
        fm = self.emulator
        fm.requests["page"] += 1
        offset, limit = int(query.get("_offset", ["1"])[0]), int(query.get("_limit", ["100"])[0])
        fm.before_page(layout, offset)
        with fm.lock:
            rows = fm.ordered(layout, json.loads(query.get("_sort", ["[]"])[0]))
            self.records(layout, rows, offset, limit)

    def find(self, layout, body):
        self.emulator.requests["find"] += 1
        ((field, _),) = body["query"][0].items()
        values = [query[field] for query in body["query"]]
        assert all(value.startswith("==") for value in values)
        wanted = {"".join(c for c in value[2:] if c != "\\").casefold() for value in values}
        with self.emulator.lock:
            found = self.emulator.matching(layout, field, wanted)
            found = sorted(found, key=lambda row: row.record_id)
            self.records(layout, found, 1, int(body.get("limit", "100")))

    def one(self, layout, record_id):
        fm = self.emulator
        fm.requests["record"] += 1
        with fm.lock:
            row = fm.row_at(layout, record_id)
            if row is None:
                raise FileMakerError("101")
            self.records(layout, [row], 1, 1)

    def records(self, layout, rows, offset, limit):
        fm = self.emulator
        if not rows:
            raise FileMakerError("401", fm.habits.nothing_found_status)
        if offset > len(rows):
            raise FileMakerError("101")
        limit = min(limit, fm.habits.page_limit or limit)
        shown = rows[offset - 1 : offset - 1 + limit]
        info = {
            "database": DATABASE,
            "layout": layout,
            "table": layout,
            "totalRecordCount": len(fm.rows[layout]),
            "foundCount": len(rows),
            "returnedCount": len(shown),
        }
        self.reply({"dataInfo": info, "data": [fm.as_json(layout, row) for row in shown]})

    # --- Answers ---------------------------------------------------------------------------------

    def reply(self, response, headers=None):
        body = {"response": response, "messages": [{"code": "0", "message": "OK"}]}
        self.send(200, json.dumps(body).encode(), "application/json;charset=utf-8", headers)

    def fail(self, error):
        body = {"messages": [{"code": error.code, "message": "Something"}], "response": {}}
        status = error.status or self.emulator.habits.error_status
        self.send(status, json.dumps(body).encode(), "application/json;charset=utf-8")

    def send(self, status, body, kind, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
