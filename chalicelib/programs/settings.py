"""
What a program may say of how people come into it and what they share.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import urls
from chalicelib.kit.shapes import END

Joining = Literal["closed", "approval", "open"]
Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2}}{END}")]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}")]

NAMES = frozenset({"program", "link", "code", "name", "friend_gets"})
_NAME = re.compile(r"\{\{\s*(\w*)\s*\}\}")
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(:[1-9]\d{0,4})?")


class ShareTexts(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What partners send to friends, in one language; what is not given is the service's own.

    `{{program}}`, `{{link}}`, `{{code}}`, `{{name}}` (the partner's) and `{{friend_gets}}` are filled in.
    """

    message: Text | None = None
    whatsapp: Text | None = None
    sms: Text | None = None
    email: Text | None = None
    email_subject: Text | None = None


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its names filled in; what a value holds is never read for names itself."""
    return _NAME.sub(lambda found: values[found[1]], text)


def objection(texts: Mapping[str, ShareTexts]) -> tuple[str, str] | None:
    """Return the first thing wrong with share texts, as (pointer, sentence), or None."""
    for language, told in texts.items():
        for field in told.__struct_fields__:
            text = getattr(told, field) or ""
            unknown = sorted(set(_NAME.findall(text)) - NAMES)
            if unknown or "{{" in _NAME.sub("", text):
                sentence = f"The names are {', '.join(sorted(NAMES))}, each in {{{{ }}}}."
                named = f"There is no name {unknown[0]!r}. " if unknown else ""
                return f"/share_texts/{language}/{field}", named + sentence
    return None


def is_origin(text: str) -> bool:
    """Say whether this is an origin as browsers send it: scheme, host, and a port unless it is the usual one."""
    found = _ORIGIN.fullmatch(text)
    if found is None or not urls.is_host(found[2]) or found[3] in (":443", ":80"):
        return False
    return found[1] == "https" or found[2] in ("localhost", "127.0.0.1")
