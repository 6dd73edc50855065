"""
The mark-up of emails: a template with a closed set of names becomes a subject, a text and an HTML page.

A template's first line is the subject. Paragraphs follow, with an empty line between them:
`[words](address)` alone is a button; lines of `label: figure`, two or more, are a table; lines that
begin with `1.`, `2.` are steps; `{{name}}` is filled in, and nothing else is read.

Pure: no I/O but the page in its own package, no clock.
"""

import functools
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from markupsafe import Markup, escape

if TYPE_CHECKING:
    import jinja2

    from chalicelib.emails.brand import EmailBrand

_PAGE = Path(__file__).parent / "page.html"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
# What people chose themselves: it may be written in another direction than the email.
_CHOSEN = frozenset(
    {"name", "partner", "program", "payee_name", "postal_address", "person", "company", "why", "words", "asking"}
)
# Terms in sentences, a postal address, and what is written about an introduction, which has a limit of its own.
_LONG = frozenset({"ends", "begins", "postal_address", "why", "words", "asking"})
_NAME = re.compile(r"\{\{(\w+)\}\}")
_BUTTON = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_FIGURE = re.compile(r"([^:\n]{1,60}): (\{\{\w+\}\}[^\n]*)")
_STEP = re.compile(r"(\d{1,2}\.) ([^\n]+)")
_ADDRESS = re.compile(
    r"\{\{(?:url|portal_url|stop_url|calendar_url)\}\}|https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[^\s\"'<>{}]*)?"
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_MOST_CHARACTERS = 200
_MOST_OF_AN_ADDRESS = 2048

BlockKind = Literal["paragraph", "button", "figures", "steps"]


class Block(NamedTuple):
    """A paragraph of an email: its kind, its lines or pairs, and a button's address."""

    kind: BlockKind
    lines: list[str]
    pairs: list[tuple[str, str]]
    address: str = ""


class Email(NamedTuple):
    """An email, rendered."""

    subject: str
    text: str
    html: str


class MarkupProblem(NamedTuple):
    """What is wrong with a template: where, and in a sentence; *unknown* is the name that it may not use."""

    pointer: str
    sentence: str
    unknown: str | None = None


def names_in(template: str) -> set[str]:
    """Return the names a template uses."""
    return set(_NAME.findall(template))


def find_problem(subject: str, text: str, *, names: Collection[str]) -> MarkupProblem | None:
    """Return the first problem of a custom template, or None."""
    for pointer, part in (("/subject", subject), ("/text", text)):
        for unknown in sorted(names_in(part) - set(names)):
            sentence = f"This email has no variable {unknown!r}; use one of {', '.join(sorted(names))}."
            return MarkupProblem(pointer, sentence, unknown)
        if "{{" in (rest := _NAME.sub("", part)) or "}}" in rest:
            return MarkupProblem(pointer, "Write a variable as {{name}}, with letters, digits and underscores only.")
    if any(name.endswith("url") for name in names_in(subject)):
        return MarkupProblem("/subject", "A subject cannot contain a web address.")
    for block in map(_parse_block, _paragraphs(text)):
        if block.kind == "button" and not _ADDRESS.fullmatch(block.address):
            return MarkupProblem("/text", "A button must link to {{url}} or to an https:// address.")
    return None


def render(
    template: str,
    values: Mapping[str, str],
    *,
    language: str,
    sender: str = "",
    footer: str = "Footer",
    brand: "EmailBrand | None" = None,
) -> Email:
    """
    Render an email, with a footer under it, in the color and with the logo of a *brand*.

    Values are shown as text, whatever they contain: escaped in HTML, put on one line, cut when very long,
    and never parsed for names or buttons. A paragraph, a table row or a button is left out if it has
    names and all of them are empty. Raises KeyError for a name without a value.
    """
    # Imported late, as jinja2 is.
    from chalicelib.emails.brand import OURS

    clean = {name: _clean(name, value) for name, value in values.items()}
    subject, blocks = _parse(template)
    footer_blocks = _parse(footer)[1]
    subject = _cut(_fill(subject, clean))
    texts = [text for block in blocks if (text := _as_text(block, clean))]
    footer_texts = [text for block in footer_blocks if (text := _as_text(block, clean))]
    safe = {name: _escape(name, value) for name, value in clean.items()}
    return Email(
        subject,
        "\n\n".join(texts) + ("\n\n-- \n" + "\n\n".join(footer_texts) if footer_texts else "") + "\n",
        _page().render(
            language=language,
            direction="rtl" if language in _RIGHT_TO_LEFT else "ltr",
            subject=subject,
            brand=brand or OURS,
            preview=_preview(texts),
            sender=_cut(_UNPRINTABLE.sub(" ", sender)),
            parts=[html for block in blocks if (html := _as_html(block, safe))],
            footer=[html for block in footer_blocks if (html := _as_html(block, safe))],
        ),
    )


def _clean(name: str, value: str) -> str:
    value = " ".join(_UNPRINTABLE.sub(" ", value).split())
    most = _MOST_OF_AN_ADDRESS if name in _LONG or name.endswith("url") else _MOST_CHARACTERS
    return value[:most] if name.endswith("url") else _cut(value, most)


def _cut(value: str, most: int = _MOST_CHARACTERS) -> str:
    return value if len(value) <= most else value[: most - 1] + "…"


def _escape(name: str, value: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(value) if name in _CHOSEN and value else escape(value)


@functools.lru_cache(maxsize=200)
def _parse(template: str) -> tuple[str, tuple[Block, ...]]:
    """Return a template's subject and its blocks. The same few templates are rendered again and again."""
    subject, _, body = template.strip().partition("\n")
    return subject, tuple(_parse_block(paragraph) for paragraph in _paragraphs(body))


def _paragraphs(body: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n[ \t]*\n", body.strip().replace("\r\n", "\n")) if part.strip()]


def _preview(texts: list[str]) -> str:
    """Return what a list of emails shows below the subject: the text after the greeting, as one sentence."""
    text = _cut(" ".join((texts[1:2] or texts[:1] or [""])[0].split()))
    return text[:1].upper() + text[1:]


def _parse_block(paragraph: str) -> Block:
    if button := _BUTTON.fullmatch(paragraph):
        return Block("button", [button[1]], [], button[2])
    lines = [line.strip() for line in paragraph.split("\n")]
    kinds: tuple[tuple[BlockKind, re.Pattern[str]], ...] = (("figures", _FIGURE), ("steps", _STEP))
    for kind, pattern in kinds:
        matches = [pattern.fullmatch(line) for line in lines]
        if len(lines) > 1 and all(matches):
            return Block(kind, lines, [(match[1], match[2]) for match in matches if match])
    return Block("paragraph", lines, [])


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: values[match[1]], template)


def _as_text(block: Block, values: Mapping[str, str]) -> str:
    if block.kind == "button":
        address = _fill(block.address, values)
        return f"{_fill(block.lines[0], values)}: {address}" if address else ""
    if block.kind != "figures" and _is_empty("\n".join(block.lines), values):
        return ""
    return "\n".join(_fill(line, values) for line in block.lines if not _is_empty(line, values))


def _as_html(block: Block, safe: Mapping[str, Markup]) -> Block | None:
    """Return a block with its values in it, escaped, or None if there is nothing to show."""
    if _is_empty(block.address or "\n".join(block.lines), safe):
        return None
    filled = [pair for pair in block.pairs if not _is_empty(pair[1], safe)]
    pairs: list[tuple[str, str]] = [
        (_fill_escaped(label, safe), _fill_escaped(figure, safe)) for label, figure in filled
    ]
    lines: list[str] = [_fill_escaped(line, safe) for line in block.lines]
    return Block(block.kind, lines, pairs, _fill_escaped(block.address, safe))


def _is_empty(template: str, values: Mapping[str, str]) -> bool:
    """Return whether there are names in it, and nothing in any of them."""
    names = names_in(template)
    return bool(names) and not any(values[name] for name in names)


def _fill_escaped(template: str, safe: Mapping[str, Markup]) -> Markup:
    """Fill a template's values into what is escaped: its own words, between the names."""
    own = _NAME.split(template)
    return Markup("").join(safe[piece] if number % 2 else escape(piece) for number, piece in enumerate(own))


@functools.cache
def _page() -> "jinja2.Template":
    """Return the page, as `make emails` wrote it: its style in its tags, and values escaped."""
    # Every function imports this file, and only the one that renders an email needs what comes with jinja2.
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_PAGE.read_text(encoding="utf-8"))
