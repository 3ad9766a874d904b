"""SMS Broadcast's "advanced HTTP API", as its public documentation describes it; a real server."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

USER, PASSWORD = "clinic-key", "clinic-secret"


class SmsBroadcastServer:
    """`answers` are sent instead of the usual one, None for a connection that ends."""

    def __init__(self):
        self.taken, self.answers = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(raw).items()}
                status, text = outer.answer(self.path, form)
                if status is None:
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                self.send_response(status)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

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

    def answer(self, path, form):  # noqa: PLR0911  one for each case
        if path != "/api-adv.php":
            return 404, "Not found"
        if (form.get("username"), form.get("password")) != (USER, PASSWORD):
            return 200, "ERROR: Username or password is incorrect"
        if self.answers:
            status, text = self.answers.pop(0)
            if status is None or text.startswith("OK"):
                self.taken.append(form)
            return status, text
        if form.get("action") == "balance":
            return 200, "OK: 1000"
        if not form.get("to", "").isdecimal():
            return 200, f"BAD:{form.get('to')}:Invalid Number"
        if len(form.get("from", "")) > 11 or len(form.get("ref", "")) > 20:
            return 200, "ERROR: A field is too long"
        self.taken.append(form)
        return 200, f"OK: {form['to']}:{2942263 + len(self.taken)}"
