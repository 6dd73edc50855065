"""Letters: a closed set of names, and values that stay text."""

from html.parser import HTMLParser

import pytest

from chalicelib.messages import letter
from chalicelib.messages.deliver import _LETTERS

TEMPLATES = sorted(_LETTERS.glob("*/*.txt"))
HOSTILE = {
    "name": '<script>alert(1)</script>"{{amount}}\r\nBcc: x@y.z',
    "program": "{{7*7}} & Sons\u202e",
    "partner": "=?utf-8?b?QQ==?=",
    "amount": "1.00 USD",
    "date": "2026-03-24",
    "url": "https://go.example/s/x?a=1&b=2",
    "month": "March 2026",
    "clicks": "1",
    "signups": "2",
    "sales": "3",
    "due": "4.00 USD",
    "paid": "5.00 USD",
}


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_letter_uses_known_names_only_and_is_complete_in_every_language(file):
    template = file.read_text()
    assert letter.names_in(template) <= letter.NAMES
    assert {one.stem for one in (_LETTERS / "en").glob("*.txt")} == {one.stem for one in file.parent.glob("*.txt")}

    written = letter.compose(template, HOSTILE, language=file.parent.name)

    assert "\n" not in written.subject
    assert "<script>" not in written.html
    assert "https://go.example/s/x?a=1&amp;b=2" in written.html
    assert HOSTILE["url"] in written.text
    assert "\u202e" not in written.text + written.html
    tags = _Tags()
    tags.feed(written.html)
    assert set(tags.found) <= {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "a", "br"}


def test_a_value_is_never_read_for_names():
    written = letter.compose("Hi {{name}}\n{{name}}", {"name": "{{amount}}"}, language="en")

    assert written.subject == "Hi {{amount}}"


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
