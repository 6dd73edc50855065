"""Letters: a template with a closed set of names becomes a subject, a text and an HTML page."""

import html
import re
from collections.abc import Mapping
from typing import NamedTuple

NAMES = frozenset(
    {"name", "program", "partner", "amount", "date", "url", "month", "clicks", "signups", "sales", "due", "paid"}
)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_NAME = re.compile(r"\{\{(\w+)\}\}")
_BUTTON = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")

# Tables and inline styles: what mail programs of the last twenty years agree on.
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{subject}</title></head>
<body style="margin:0;padding:0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px">
<tr><td style="font:16px/1.5 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">
{paragraphs}
</td></tr></table></td></tr></table></body></html>
"""
_PARAGRAPH = '<p style="margin:0 0 16px">{}</p>'
_LINK = (
    '<p style="margin:24px 0"><a href="{}" style="background:#1f6f4a;color:#ffffff;padding:12px 20px;'
    'border-radius:6px;text-decoration:none;display:inline-block">{}</a></p>'
)


class Letter(NamedTuple):
    """A letter, written out."""

    subject: str
    text: str
    html: str


def month_in(language: str, month: str) -> str:
    """Return a month such as `2026-03` in the words of a language."""
    year, _, number = month.partition("-")
    return f"{_MONTHS.get(language, _MONTHS['en']).split()[int(number) - 1]} {year}"


def names_in(template: str) -> set[str]:
    """Return the names a template uses."""
    return set(_NAME.findall(template))


def compose(template: str, values: Mapping[str, str], *, language: str) -> Letter:
    """
    Write a letter out. The template's first line is the subject; a paragraph `[words](address)` is a button.

    Values are shown as text whatever they hold: they are escaped in HTML, put on one line, and are
    never read for names themselves. Raises KeyError for a name that is not one of NAMES.
    """
    if unknown := names_in(template) - NAMES:
        raise KeyError(f"no letter knows {sorted(unknown)}")
    clean = {name: _UNPRINTABLE.sub(" ", value).strip() for name, value in values.items()}
    subject, _, body = template.strip().partition("\n")
    paragraphs = [part.strip() for part in body.strip().split("\n\n")]
    subject = _fill(subject, clean)
    return Letter(
        subject,
        "\n\n".join(_text(part, clean) for part in paragraphs) + "\n",
        _PAGE.format(
            language=language,
            subject=html.escape(subject),
            paragraphs="\n".join(_html(part, clean) for part in paragraphs),
        ),
    )


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: values[found[1]], template)


def _text(paragraph: str, values: Mapping[str, str]) -> str:
    button = _BUTTON.fullmatch(paragraph)
    if button:
        return f"{_fill(button[1], values)}: {_fill(button[2], values)}"
    return _fill(paragraph, values)


def _html(paragraph: str, values: Mapping[str, str]) -> str:
    safe = {name: html.escape(value) for name, value in values.items()}
    button = _BUTTON.fullmatch(paragraph)
    if button:
        return _LINK.format(_fill(button[2], safe), _fill(html.escape(button[1]), safe))
    return _PARAGRAPH.format(_fill(html.escape(paragraph, quote=False), safe).replace("\n", "<br>"))
