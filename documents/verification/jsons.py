"""JSON (RFC 8259) read as a stream: its grammar is checked, and nothing is built of it."""

import re
from collections.abc import Iterable

from documents.verification.refusals import bomb, corrupt

MAX_DEPTH = 200
LONGEST_TOKEN = 1_000  # characters of a number; strings may be of any length
# Characters are taken possessively, groups are not: Python before 3.11.5 takes groups wrongly so.
# Nothing is ambiguous here, so there is little to go back to; their number is bounded because
# the way back is kept in memory.
_STRING = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+){0,500}"'
_WORD = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null"
_SPACE = r"[ \t\r\n]*+"
_SCALAR = rf"(?:{_STRING}|{_WORD}){_SPACE}"
_MEMBER = rf"{_STRING}{_SPACE}:{_SPACE}{_SCALAR}"
_FLAT_LIST = rf"\[{_SPACE}(?:{_SCALAR}(?:,{_SPACE}{_SCALAR}){{0,500}})?\]"
_FLAT_OBJECT = rf"\{{{_SPACE}(?:{_MEMBER}(?:,{_SPACE}{_MEMBER}){{0,500}})?\}}"
_VALUE = rf"(?:{_SCALAR}|{_FLAT_LIST}|{_FLAT_OBJECT}){_SPACE}"
# A number may go on in the next chunk: it is whole when something else follows it.
TOKEN = re.compile(rf'{_SPACE}(?:([\[\]{{}}:,"])|({_WORD})(?=[\[\]{{}}:," \t\r\n]|\Z))')
BLANK = re.compile(_SPACE)
# Runs of simple or flat members are passed over in one step, each with its comma.
RUNS = {
    "]": re.compile(rf"(?:{_SPACE}{_VALUE},){{1,500}}"),
    "}": re.compile(rf"(?:{_SPACE}{_STRING}{_SPACE}:{_SPACE}{_VALUE},){{1,500}}"),
}
IN_STRING = re.compile(
    r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+){0,500}'
)
LONGEST_ESCAPE = 6  # characters
PAIR = {"[": "]", "{": "}"}


class JsonReader:
    """Eats JSON piece by piece.

    `expected` says what may come next: value, first value (or the end of the list), key, first key
    (or the end of the object), colon, comma (or an end), end (nothing more).
    """

    def __init__(self) -> None:
        self.expected = "value"
        self.closing: list[str] = []
        self.in_string = False
        self.text = ""
        self.at = 0

    def read(self, chunks: Iterable[str]) -> None:
        """Raise a refusal unless the chunks together are one JSON text."""
        for chunk in chunks:
            self.text, self.at = self.text[self.at :] + chunk, 0
            self._advance(final=False)
        self._advance(final=True)
        if self.expected != "end" or self.in_string:
            raise corrupt("the end of the JSON is missing")

    def _advance(self, *, final: bool) -> None:
        while self._string(final=final) if self.in_string else self._token(final=final):
            pass

    def _string(self, *, final: bool) -> bool:
        while (end := IN_STRING.match(self.text, self.at).end()) > self.at:  # type: ignore[union-attr]
            self.at = end
        left = len(self.text) - self.at
        if not left or (self.text[self.at] == "\\" and left < LONGEST_ESCAPE and not final):
            return False
        if self.text[self.at] != '"':
            raise corrupt("a text of the JSON cannot be read")
        self.at += 1
        self.in_string = False
        return True

    def _token(self, *, final: bool) -> bool:
        self._pass_run()
        match = TOKEN.match(self.text, self.at)
        if match is None or (match.end() == len(self.text) and match.group(2) and not final):
            self.at = BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]
            left = len(self.text) - self.at
            if left and (final or left > LONGEST_TOKEN):
                raise corrupt("it is no JSON")
            return False
        self.at = match.end()
        self._take(match.group(1) or "word")
        return True

    def _pass_run(self) -> None:
        if self.closing and self.expected in {"value", "first value", "key", "first key"}:
            wanted = "]" if self.expected.endswith("value") else "}"
            if self.closing[-1] == wanted and (run := RUNS[wanted].match(self.text, self.at)):
                self.at = run.end()
                self.expected = self.expected.removeprefix("first ")

    def _take(self, token: str) -> None:
        if token in PAIR and self.expected in {"value", "first value"}:
            self._open(token)
        elif token in {"]", "}"}:
            self._close(token)
        elif token == "," and self.expected == "comma":
            self.expected = "value" if self.closing[-1] == "]" else "key"
        elif token == ":" and self.expected == "colon":
            self.expected = "value"
        elif token == '"' and self.expected in {"key", "first key"}:
            self.in_string, self.expected = True, "colon"
        elif token in {'"', "word"} and self.expected in {"value", "first value"}:
            self.in_string = token == '"'
            self._value_done()
        else:
            raise corrupt("its JSON does not follow the rules")

    def _open(self, token: str) -> None:
        if len(self.closing) >= MAX_DEPTH:
            raise bomb(f"more than {MAX_DEPTH} levels in each other")
        self.closing.append(PAIR[token])
        self.expected = "first value" if token == "[" else "first key"

    def _close(self, token: str) -> None:
        opened = self.closing and self.closing[-1] == token
        if not opened or self.expected not in {"comma", "first value", "first key"}:
            raise corrupt("its brackets do not match")
        self.closing.pop()
        self._value_done()

    def _value_done(self) -> None:
        self.expected = "comma" if self.closing else "end"
