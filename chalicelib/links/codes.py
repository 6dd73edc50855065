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
    """Return the form in which codes are compared: without regard to case, or to spaces around it."""
    return code.strip().lower()


def is_code(code: str) -> bool:
    """Return whether a text could be a code at all, so that nothing else is looked up."""
    return code.isascii() and _SLUG.fullmatch(make_key(code)) is not None


def find_objection(slug: str) -> str | None:
    """Return what is wrong with a slug, or None."""
    if not _SLUG.fullmatch(slug):
        return "A chosen code has 3 to 50 of a-z, 0-9 and hyphens, and neither begins nor ends with a hyphen."
    if slug in reserved():
        return f"`{slug}` is reserved: {reserved()[slug]}."
    return None
