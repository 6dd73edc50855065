"""
The starter set: words of ours of every kind, which a program has until it publishes or withdraws its own.

Names in them are filled in with the program's own terms, so they are true on its first day. No one is asked to have
read them: what partners must read is for the business to say.
"""

import functools
from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct

from chalicelib.materials.kinds import Channel, Kind

LANGUAGES = ("en", "de")
_HERE = Path(__file__).parent / "starters"
# The name of each file in the folder of a language: its kind, and of a template its channel.
_FILES: tuple[tuple[str, Kind, Channel | None], ...] = (
    ("guide", "guide", None),
    ("agreement", "agreement", None),
    ("kit", "kit", None),
    ("script", "script", None),
    ("faq", "faq", None),
    ("training", "training", None),
    ("x", "template", "x"),
    ("linkedin", "template", "linkedin"),
    ("whatsapp", "template", "whatsapp"),
    ("email", "template", "email"),
)
# A kind, a language, and of a template its channel: of these, a program's own replace ours.
Slot = tuple[str, str, str | None]


class Starter(Struct, frozen=True):
    """One of the starter set, with the names in it."""

    id: str
    kind: Kind
    channel: Channel | None
    language: str
    title: str
    words: str

    @property
    def slot(self) -> Slot:
        return self.kind, self.language, self.channel


def starters(languages: Iterable[str] = LANGUAGES, *, replaced: Collection[Slot] = ()) -> list[Starter]:
    """Return the starter set in some languages, without those that a program's own *replaced*."""
    return [one for language in languages for one in _read(language) if one.slot not in replaced]


def find_starter(identifier: str) -> Starter | None:
    """Return one of the starter set by its id, such as `starter_guide_en`."""
    return next((one for one in starters() if one.id == identifier), None)


@functools.cache
def _read(language: str) -> tuple[Starter, ...]:
    if language not in LANGUAGES:
        return ()
    read = []
    for name, kind, channel in _FILES:
        text = (_HERE / language / f"{name}.txt").read_text(encoding="utf-8")
        title, _, words = text.partition("\n")
        read.append(Starter(f"starter_{name}_{language}", kind, channel, language, title.strip(), words.strip()))
    return tuple(read)
