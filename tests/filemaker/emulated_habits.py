"""What the emulated FileMaker does otherwise from version to version, and what goes wrong with it."""

from dataclasses import dataclass, field


@dataclass
class Habits:
    """What differs from version to version and from server to server."""

    container: str = "cookie-relative"  # cookie-absolute, direct, cookie-401, cookie-200
    error_status: int = 500
    nothing_found_status: int = 500
    refuses_charset: bool = True
    names_files: bool = True  # in Content-Disposition
    disposition: str = ""  # a whole header instead
    session_calls: int = 0  # a session ends after so many calls; 0: never
    most_sessions: int = 5
    foreign: str = ""  # a host to redirect to
    writes_lengths: bool = True  # else files end with the connection
    page_limit: int = 0  # more than so many records are never given at once


@dataclass
class Faults:
    """How often each thing still goes wrong."""

    codes: list = field(default_factory=list)  # of FileMaker, for the next calls
    engine_down: int = 0  # HTTP 502 with HTML instead of the API
    lost_sessions: int = 0  # 952 with the next calls
    stream_refused: int = 0  # 401 for a good address
    stream_down: int = 0  # 503 for a good address
    no_cookie: int = 0  # 302 without a cookie
    html_page: int = 0  # 200 and a page instead of the file
    no_bytes: int = 0  # 200 and nothing
    truncated: int = 0  # the connection ends in the middle
    length_too_long: int = 0
    length_too_short: int = 0
    circles: int = 0  # redirected for ever, while > 0
    quota: int = -1  # bytes until 953; -1: any number
