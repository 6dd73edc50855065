"""
The mark-up of materials: plain text becomes blocks, from which a page and a text are made.

Paragraphs have an empty line between them. A line that begins with `## ` is a heading, lines that begin with `- ` or
`1.` are a list; in a line, `**words**` are strong and `[words](https://…)` is a link. Nothing else is read: what looks
like HTML is shown as it is.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from chalicelib.programs.share_texts import fill

NAMES = frozenset(
    {
        *("program", "name", "link", "code", "landing_page", "terms_url", "disclosure"),
        *("you_get", "friends_get", "friend_gets", "window", "held_for", "taken_back"),
    }
)
# They are empty for some: a line or an item with nothing else in it is left out then.
_NAME = re.compile(r"\{\{\s*(\w*)\s*\}\}")
_INLINE = re.compile(r"\*\*([^*\n]{1,500})\*\*|\[([^\[\]\n]{1,200})\]\((https://[^\s()<>\"'{}]{1,2000})\)")
_ADDRESS = re.compile(r"https?://[^\s<>\"'{}()]{1,2000}[^\s<>\"'{}().,;:!?]")
_ITEM, _STEP = re.compile(r"[-*] +(.+)"), re.compile(r"\d{1,2}[.)] +(.+)")

BlockKind = Literal["paragraph", "heading", "list", "steps"]


class Piece(NamedTuple):
    """A piece of a line: words, which may be strong, or lead to an address."""

    words: str
    strong: bool = False
    url: str = ""


class Block(NamedTuple):
    """A paragraph, a heading, or a list with its items: lines of pieces."""

    kind: BlockKind
    lines: list[list[Piece]]


def names_in(text: str) -> set[str]:
    """Return the names that a text uses."""
    return set(_NAME.findall(text))


def find_objection(text: str, *, names: Collection[str] = NAMES) -> str | None:
    """Return in a sentence what is wrong with the names in a text, or None."""
    unknown = sorted(names_in(text) - set(names))
    if unknown:
        return f"There is no name {unknown[0]!r} here. Use {', '.join(sorted(names))}, each in {{{{ }}}}."
    if "{{" in _NAME.sub("", text):
        return f"Write a name in two braces, such as {{{{program}}}}: {', '.join(sorted(names))}."
    return None


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its names filled in, without lines that have names and of which all are empty."""
    lines = text.replace("\r\n", "\n").split("\n")
    left = [line for line in lines if not _is_empty(line, values)]
    filled = fill("\n".join(left), values)
    tidy = "\n".join(" ".join(line.split(" ")).rstrip() for line in filled.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<=\S)  +", " ", tidy)).strip()


def fill_title(title: str, program: str) -> str:
    """Return a title with the program's name filled in: the only name that it can have."""
    return _NAME.sub(lambda name: program if name[1] == "program" else "", title)


def parse(text: str) -> list[Block]:
    """Return the blocks of a text whose names are filled in."""
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip())
    return [block for paragraph in paragraphs if paragraph.strip() for block in _blocks(paragraph)]


def as_text(title: str, blocks: list[Block]) -> str:
    """Return a material as plain text: the address of a link is behind its words."""
    parts = [f"{title}\n{'=' * min(len(title), 72)}"]
    for block in blocks:
        numbered = enumerate((_plain(line) for line in block.lines), start=1)
        if block.kind == "heading":
            parts.append("\n".join(f"\n{line}\n{'-' * min(len(line), 72)}" for _, line in numbered))
        else:
            before = {"list": "- ", "steps": "{}. "}.get(block.kind, "")
            parts.append("\n".join(f"{before.format(number)}{line}" for number, line in numbered))
    return "\n\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def _is_empty(line: str, values: Mapping[str, str]) -> bool:
    names = _NAME.findall(line)
    return bool(names) and not any(values[name] for name in names)


def _blocks(paragraph: str) -> Iterator[Block]:
    """Yield the blocks of lines that follow each other: a list or a heading may stand right below a paragraph."""
    current: Block | None = None
    for line in (one.strip() for one in paragraph.split("\n")):
        kind, words = _kind_of(line)
        if current is None or current.kind != kind or kind == "heading":
            if current is not None:
                yield current
            current = Block(kind, [])
        current.lines.append(list(_pieces(words)))
    if current is not None:
        yield current


def _kind_of(line: str) -> tuple[BlockKind, str]:
    if line.startswith("#") and (words := line.lstrip("#").strip()):
        return "heading", words
    if match := _ITEM.fullmatch(line):
        return "list", match[1]
    if match := _STEP.fullmatch(line):
        return "steps", match[1]
    return "paragraph", line


def _pieces(line: str) -> Iterator[Piece]:
    place = 0
    for match in _INLINE.finditer(line):
        yield from _with_addresses(line[place : match.start()])
        yield Piece(match[1], strong=True) if match[1] else Piece(match[2], url=match[3])
        place = match.end()
    yield from _with_addresses(line[place:])


def _with_addresses(words: str) -> Iterator[Piece]:
    """Yield words, and the addresses among them, which lead where they say."""
    place = 0
    for match in _ADDRESS.finditer(words):
        if match.start() > place:
            yield Piece(words[place : match.start()])
        yield Piece(match[0], url=match[0])
        place = match.end()
    if place < len(words):
        yield Piece(words[place:])


def _plain(line: list[Piece]) -> str:
    return "".join(f"{one.words} ({one.url})" if one.url not in ("", one.words) else one.words for one in line)
