"""
Emails: a template with a closed set of names becomes a subject, a text and an HTML page.

A template's first line is the subject. Paragraphs follow, with an empty line between them:
`[words](address)` alone is a button; lines of `label: figure`, two or more, are a table; lines that
begin with `1.`, `2.` are steps; `{{name}}` is filled in, and nothing else is read.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from chalicelib.messages.templates import page

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
# What people chose themselves: it may be written in another direction than the email.
_CHOSEN = frozenset({"name", "partner", "program", "payee_name"})
_NAME = re.compile(r"\{\{(\w+)\}\}")
_BUTTON = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_FIGURE = re.compile(r"([^:\n]{1,60}): (\{\{\w+\}\}[^\n]*)")
_STEP = re.compile(r"(\d{1,2}\.) ([^\n]+)")
_ADDRESS = re.compile(r"\{\{(?:url|portal_url|stop_url)\}\}|https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s\"'<>{}]*)?")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_MOST_CHARACTERS = 200
_MOST_OF_AN_ADDRESS = 2048

What = Literal["paragraph", "button", "figures", "steps"]


class Part(NamedTuple):
    """A paragraph of an email: what it is, its lines or pairs, and a button's address."""

    kind: What
    lines: list[str]
    pairs: list[tuple[str, str]]
    address: str = ""


class Email(NamedTuple):
    """An email, written out."""

    subject: str
    text: str
    html: str


class Objection(NamedTuple):
    """What is wrong with a template: where, and in a sentence; *unknown* is the name that it may not use."""

    pointer: str
    sentence: str
    unknown: str | None = None


def month_in(language: str, month: str) -> str:
    """Return a month such as `2026-03` in the words of a language; in numbers, if we do not speak it."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[language].split()[int(number) - 1]} {year}" if language in _MONTHS else month


def day_in(language: str, day: str) -> str:
    """Return a day such as `2026-03-24` in the words of a language; in numbers, if we do not speak it."""
    number = f"{int(day[8:])}{'.' if language == 'de' else ''}"
    return f"{number} {month_in(language, day[:7])}" if language in _MONTHS else day


def names_in(template: str) -> set[str]:
    """Return the names a template uses."""
    return set(_NAME.findall(template))


def objection(subject: str, text: str, *, names: Collection[str]) -> Objection | None:
    """Return the first thing wrong with an email somebody wrote, or None."""
    for pointer, told in (("/subject", subject), ("/text", text)):
        for unknown in sorted(names_in(told) - set(names)):
            sentence = f"This email has no name {unknown!r}; it has {', '.join(sorted(names))}."
            return Objection(pointer, sentence, unknown)
        if "{{" in (rest := _NAME.sub("", told)) or "}}" in rest:
            return Objection(pointer, "Names are written as {{name}}, in letters, digits and underscores only.")
    if any(name.endswith("url") for name in names_in(subject)):
        return Objection("/subject", "A subject has no address in it.")
    for part in map(_read, _paragraphs(text)):
        if part.kind == "button" and not _ADDRESS.fullmatch(part.address):
            return Objection("/text", "A button leads to {{url}}, or to an address that begins with https://.")
    return None


def compose(
    template: str, values: Mapping[str, str], *, language: str, sender: str = "", footer: str = "Footer"
) -> Email:
    """
    Write an email out, with a footer under it.

    Values are shown as text whatever they hold: they are escaped in HTML, put on one line, cut when
    they are very long, and never read for names or buttons themselves. What has names, and nothing in
    any of them, is left out: a paragraph, a line of a table, a button whose address is empty. Raises
    KeyError for a name that has no value.
    """
    clean = {name: _clean(name, value) for name, value in values.items()}
    subject, parts = _parse(template)
    below = _parse(footer)[1]
    subject = _cut(_fill(subject, clean))
    texts = [written for part in parts if (written := _text(part, clean))]
    under = [written for part in below if (written := _text(part, clean))]
    safe = {name: _marked(name, value) for name, value in clean.items()}
    said = [one for part in parts if (one := _marked_part(part, safe))]
    return Email(
        subject,
        "\n\n".join(texts) + ("\n\n-- \n" + "\n\n".join(under) if under else "") + "\n",
        page().render(
            language=language,
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
            subject=subject,
            preview=_cut(" ".join((texts[1:2] or texts[:1] or [""])[0].split())),
            sender=_cut(_UNPRINTABLE.sub(" ", sender)),
            parts=said,
            footer=[one for part in below if (one := _marked_part(part, safe))],
        ),
    )


def _clean(name: str, value: str) -> str:
    value = " ".join(_UNPRINTABLE.sub(" ", value).split())
    return value[:_MOST_OF_AN_ADDRESS] if name.endswith("url") else _cut(value)


def _cut(value: str) -> str:
    return value if len(value) <= _MOST_CHARACTERS else value[: _MOST_CHARACTERS - 1] + "…"


def _marked(name: str, value: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(value) if name in _CHOSEN and value else escape(value)


def _parse(template: str) -> tuple[str, list[Part]]:
    subject, _, body = template.strip().partition("\n")
    return subject, [_read(paragraph) for paragraph in _paragraphs(body)]


def _paragraphs(body: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n[ \t]*\n", body.strip().replace("\r\n", "\n")) if part.strip()]


def _read(paragraph: str) -> Part:
    if button := _BUTTON.fullmatch(paragraph):
        return Part("button", [button[1]], [], button[2])
    lines = [line.strip() for line in paragraph.split("\n")]
    kinds: tuple[tuple[What, re.Pattern[str]], ...] = (("figures", _FIGURE), ("steps", _STEP))
    for kind, form in kinds:
        found = [form.fullmatch(line) for line in lines]
        if len(lines) > 1 and all(found):
            return Part(kind, lines, [(one[1], one[2]) for one in found if one])
    return Part("paragraph", lines, [])


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: values[found[1]], template)


def _text(part: Part, values: Mapping[str, str]) -> str:
    if part.kind == "button":
        address = _fill(part.address, values)
        return f"{_fill(part.lines[0], values)}: {address}" if address else ""
    if part.kind != "figures" and _says_nothing("\n".join(part.lines), values):
        return ""
    return "\n".join(_fill(line, values) for line in part.lines if not _says_nothing(line, values))


def _marked_part(part: Part, safe: Mapping[str, Markup]) -> Part | None:
    """Return a part with its values in it, escaped, or None if there is nothing to show."""
    if _says_nothing(part.address or "\n".join(part.lines), safe):
        return None
    shown = [pair for pair in part.pairs if not _says_nothing(pair[1], safe)]
    pairs: list[tuple[str, str]] = [(_mark(label, safe), _mark(what, safe)) for label, what in shown]
    return Part(part.kind, [_mark(line, safe) for line in part.lines], pairs, _mark(part.address, safe))


def _says_nothing(template: str, values: Mapping[str, str]) -> bool:
    """Say whether there are names in it, and nothing in any of them."""
    names = names_in(template)
    return bool(names) and not any(values[name] for name in names)


def _mark(template: str, safe: Mapping[str, Markup]) -> Markup:
    """Fill a template's values into what is escaped: its own words, between the names."""
    own = _NAME.split(template)
    return Markup("").join(safe[piece] if number % 2 else escape(piece) for number, piece in enumerate(own))
