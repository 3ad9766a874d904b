"""A real HTTPS server that has files as gateways have them, with every bad habit.

It stands for all hosts at once: `Network.route` brings each connection here, and its certificate is
one for `NAMES`. It answers by path: what a test puts into `pages` is called with the request.
"""

import datetime as dt
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("api.twilio.com", "mms.twiliocdn.com", "s3-external-1.amazonaws.com", "foreign.test")


def certificates(folder):
    """Write an authority and a certificate of its; return contexts for a server and a client."""
    today = dt.datetime.now(dt.UTC)

    def issue(name, key, *, by, signer, extension):
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - dt.timedelta(days=1))
            .not_valid_after(today + dt.timedelta(days=2))
            .add_extension(extension, critical=True)
            .sign(signer, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    own = x509.BasicConstraints(ca=True, path_length=None)
    ca = issue("Media CA", root, by="Media CA", signer=root, extension=own)
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
    issued = issue("media", leaf, by="Media CA", signer=root, extension=names)
    private = leaf.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "media.pem").write_bytes(issued + private)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "media.pem")
    return serving, ssl.create_default_context(cadata=ca.decode())


class MediaServer:
    """`seen` has the host, path and authorisation of each request, in their order."""

    def __init__(self, folder):
        serving, self.trust = certificates(folder)
        self.pages, self.seen = {}, []
        handler = type("Bound", (Handler,), {"media": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients go away when they have had enough
        self.server.socket = serving.wrap_socket(self.server.socket, server_side=True)
        self.address = ("127.0.0.1", self.server.server_port)
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

    def clear(self):
        self.pages.clear()
        self.seen.clear()


class Handler(BaseHTTPRequestHandler):
    media: MediaServer
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        self.media.seen.append(
            (self.headers["Host"], self.path, self.headers.get("Authorization", ""))
        )
        page = self.media.pages.get(self.path, answer(404))
        page(self)

    def log_message(self, *_):
        pass


def answer(status=200, body=b"", *, kind="", length=None, **headers):
    """Return a page; `length` is what it says of its length, whatever that is."""

    def page(handler):
        handler.send_response(status)
        if kind:
            handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return page


def redirect(to, status=307):
    return answer(status, Location=to)


def protected(authorization, page):
    """Return a page that wants to see an authorisation."""

    def guarded(handler):
        known = handler.headers.get("Authorization", "") == authorization
        (page if known else answer(401))(handler)

    return guarded


def endless(piece=b"x" * 65536, *, times=2_000):
    """Return a page that says nothing of its length and sends on and on."""

    def page(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "image/jpeg")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(piece)

    return page
