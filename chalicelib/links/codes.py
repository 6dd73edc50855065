"""
Codes: how they are made, spelled and compared.

No I/O but to read reserved.txt once, no clock; `generate` draws at random.
"""

import functools
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import shortuuid

# Without 0 and O, 1, I and L: nothing that can be misread on paper or over a telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8
_FILE = f"{os.path.dirname(__file__)}/reserved.txt"
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,48})[a-z0-9]")
# Rude words, as far as ALPHABET can spell them.
_RUDE = re.compile("ARSE|ASS|CRAP|CUNT|DAMN|DYKE|FAG|FCK|FUCK|FUK|JEW|KKK|NAZ|RAPE|SEX|SHT|SS|TWAT|WANK|WTF|XXX")
# The longest text that is searched for a code.
_MOST_CHARACTERS = 200
_AROUND = re.compile("^[^a-z0-9]+|[^a-z0-9]+$")
_AFTER_PATH = re.compile(r"[?#]")
# An address that was copied where a link of ours led to: the code is in its query.
_LANDED = re.compile(r"[?&]ref=([^&#\s]+)")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def generate() -> str:
    """Return a random code: eight characters, one of about 8.5 × 10¹¹; no reserved word, and without rude ones."""
    while True:
        code = _generator().random(LENGTH)
        if not _RUDE.search(code) and make_key(code) not in reserved():
            return code


@functools.cache
def _generator() -> "shortuuid.ShortUUID":
    # Imported late: the redirect compares codes and makes none.
    import shortuuid

    return shortuuid.ShortUUID(alphabet=ALPHABET)


@functools.cache
def reserved() -> dict[str, str]:
    """Return the words of reserved.txt, each with its reason. Read when a link is made: the redirect makes none."""
    with open(_FILE, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line and line[0] not in "#["]
    return {word: reason.strip() for word, _, reason in (line.partition("  ") for line in lines)}


def make_key(code: str) -> str:
    """Return the form in which codes are compared: without regard to case."""
    return code.lower()


def read(text: str) -> str | None:
    """
    Return the key of a code as it was followed, or None for a text that cannot be a code; then nothing is looked up.

    Characters that cannot be part of a code are ignored before and after it: messengers include the dot, bracket or
    quotation mark after a link, and chats leave invisible characters.
    """
    key = text.lower()
    if not _SLUG.fullmatch(key):
        if len(text) > _MOST_CHARACTERS:
            return None
        key = _AROUND.sub("", (text if text.isascii() else _to_plain(text)).lower())
    return key if _SLUG.fullmatch(key) else None


def read_typed(text: str) -> str | None:
    """Return the key of a code as it was typed or pasted: alone, or as a whole link."""
    if key := read(text):
        return key
    landed = _LANDED.search(text) if "gw_click=" in text else None
    return read(landed[1] if landed else _AFTER_PATH.split(text, maxsplit=1)[0].rstrip("/ ").rpartition("/")[2])


def _to_plain(text: str) -> str:
    """Return a text in the characters of a keyboard: with plain hyphens, and without what is not seen."""
    # Imported late: nearly every code is plain.
    import unicodedata

    return _HYPHENS.sub("-", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))


def find_objection(slug: str) -> str | None:
    """Return what is wrong with a slug, or None."""
    if not _SLUG.fullmatch(slug):
        return "A slug has 3 to 50 characters: a-z, 0-9 and hyphens, but no hyphen at its start or end."
    if slug in reserved():
        return f"`{slug}` is reserved: {reserved()[slug]}."
    return None
