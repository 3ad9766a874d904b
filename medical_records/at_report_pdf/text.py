"""Text as it is printed: line ends made one, and nothing invisible left in it."""

import re
import unicodedata

LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
TAB = " " * 4
# Joiners, soft hyphens and marks of direction that writing in some scripts needs. All other
# invisible characters are shown by number: they could make a text look like another.
HARMLESS = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u061c")
MEANINGLESS = frozenset("\u2060\ufeff")
RIGHT_TO_LEFT = ("R", "AL")


def printable(text: str) -> str:
    """Return a text whose only control character is the line feed."""
    return "".join(_shown(one) for one in LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    return " ".join(printable(text).split())


def paragraphs(text: str) -> list[dict[str, object]]:
    """Split a text at empty lines. Each part has its lines and `rtl`, its direction."""
    parts = EMPTY_LINES.split(printable(text).strip("\n "))
    return [{"lines": part.split("\n"), "rtl": _is_rtl(part)} for part in parts if part.strip()]


def clusters(text: str) -> list[str]:
    """Return the distinct characters of a text, with the marks that stand on them."""
    found: dict[str, None] = {}
    last = ""
    for one in text:
        if last and unicodedata.category(one).startswith("M"):
            last += one
            continue
        found[last] = None
        last = one
    found[last] = None
    return [cluster for cluster in found if cluster not in {"", " ", "\n"}]


def _shown(one: str) -> str:
    if one == "\t":
        return TAB
    if one == "\n" or one in HARMLESS:
        return one
    if one in MEANINGLESS:
        return ""
    return f"[U+{ord(one):04X}]" if unicodedata.category(one) in {"Cc", "Cf", "Cs"} else one


def _is_rtl(text: str) -> bool:
    """Follow the first letter that has a direction (UAX #9, rules P2 and P3)."""
    for one in text:
        direction = unicodedata.bidirectional(one)
        if direction == "L" or direction in RIGHT_TO_LEFT:
            return direction != "L"
    return False
