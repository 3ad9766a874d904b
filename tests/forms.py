"""The forms of a page as a browser sends them back."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the inputs of the page's forms that are sent with POST."""

    def __init__(self):
        super().__init__()
        self.data, self.inside, self.select, self.area = {}, False, None, None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.inside = (found.get("method") or "get").lower() == "post"
        name = found.get("name")
        if not self.inside or "disabled" in found:
            return
        if tag == "input" and name:
            self._input(name, found)
        elif tag == "textarea" and name:
            self.area = name
            self.data[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            self._option(found)

    def _input(self, name, found):
        kind = found.get("type", "text")
        if kind in {"submit", "button", "file", "image"}:
            return
        if kind in {"checkbox", "radio"}:
            if "checked" in found:
                self.data[name] = found.get("value", "on")
            return
        self.data[name] = found.get("value") or ""

    def _option(self, found):
        if "selected" in found or self.select not in self.data:
            self.data[self.select] = found.get("value", "")
        self.option = "value" not in found and "selected" in found

    def handle_data(self, data):
        if self.area:
            self.data[self.area] += data
        elif self.select and getattr(self, "option", False):
            self.data[self.select] = data.strip()
            self.option = False

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            self.data[self.area] = self.data[self.area].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None


def form_of(answer):
    """Return what a browser would send for the page's form with nothing changed."""
    reader = _Form()
    reader.feed(answer.content.decode())
    return reader.data
