"""How the emulated FileMaker gives out what containers hold."""

import secrets
from urllib.parse import quote, urlsplit

KINDS = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
COOKIE = "X-FMS-Session-Key"


def stream(handler):  # noqa: PLR0911  one for each way it goes
    fm = handler.emulator
    fm.requests["stream"] += 1
    fm.before_stream()
    name = urlsplit(handler.path).path.rpartition("/")[2].partition(".")[0]
    cookie = cookie_of(handler)
    with fm.lock:
        file = fm.file_at(name) if name in fm.addresses else None
    if cookie:
        if file is None or fm.cookies.get(cookie) != name:
            return refuse(handler)
        if fm.faults.circles:
            return redirect(handler, name, cookie)
        return give(handler, file)
    token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
    if token not in fm.sessions or fm.take("stream_refused"):
        return refuse(handler)
    if fm.take("stream_down"):
        return handler.send(503, b"<html>Busy</html>", "text/html")
    if file is None or fm.take("no_cookie"):
        return handler.send(302, b"", "text/html", {"Location": "/fmi/"})
    if fm.habits.container == "direct":
        return give(handler, file)
    cookie = secrets.token_hex(16)
    fm.cookies[cookie] = name
    return redirect(handler, name, cookie)


def cookie_of(handler):
    for part in (handler.headers.get("Cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def redirect(handler, name, cookie):
    fm = handler.emulator
    headers = {"Set-Cookie": f"{COOKIE}={cookie}; HttpOnly; Secure; Path=/"}
    if fm.habits.container == "cookie-401":
        return handler.send(401, b"<html>Unauthorized</html>", "text/html", headers)
    if fm.habits.container == "cookie-200":
        return handler.send(200, b"", "text/html", headers)
    place = handler.path
    if fm.habits.container == "cookie-absolute":
        place = f"{fm.url}{handler.path}"
    if fm.habits.foreign:
        place = f"{fm.habits.foreign}{handler.path}"
    return handler.send(302, b"", "text/html", {**headers, "Location": place})


def refuse(handler):
    return handler.send(401, b"<html>Unauthorized</html>", "text/html")


def give(handler, file):
    fm = handler.emulator
    if fm.take("html_page"):
        return handler.send(200, b"<html>Database Server</html>", "text/html")
    body = b"" if fm.take("no_bytes") else file.body()
    with fm.lock:
        if fm.faults.quota >= 0:
            if fm.faults.quota < len(body):
                from tests.filemaker.emulator import FileMakerError

                fm.faults.quota = 0
                raise FileMakerError("953")
            fm.faults.quota -= len(body)
    fm.requests["file"] += 1
    announced = len(body)
    if fm.take("length_too_long"):
        announced += 1_000
    if fm.take("length_too_short"):
        announced = max(1, announced - 40)
    sent = body[: len(body) // 2] if fm.take("truncated") else body
    handler.send_response(200)
    handler.send_header("Content-Type", KINDS.get(file.kind, "application/octet-stream"))
    if fm.habits.writes_lengths:
        handler.send_header("Content-Length", str(announced))
    else:
        handler.send_header("Connection", "close")
    if fm.habits.disposition:
        handler.send_header("Content-Disposition", fm.habits.disposition)
    elif fm.habits.names_files:
        encoded = quote(file.name, safe="")
        plain = file.name.encode("ascii", "replace").decode()
        handler.send_header(
            "Content-Disposition", f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
        )
    handler.end_headers()
    handler.wfile.write(sent)
    if len(sent) < announced or not fm.habits.writes_lengths:
        handler.close_connection = True
    return None
