"""
What partners send to friends, in a program's own words.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit.shapes import END

Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2}}{END}")]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}")]

NAMES = frozenset({"program", "link", "code", "name", "friend_gets"})
_NAME = re.compile(r"\{\{\s*(\w*)\s*\}\}")


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


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its names filled in; what a value holds is never read for names itself."""
    return _NAME.sub(lambda name: values[name[1]], text)


def find_objections(texts: Mapping[str, ShareTexts]) -> Iterator[tuple[str, str]]:
    """Return everything that is wrong with share texts by language, each as (pointer, sentence)."""
    for language, share_texts in texts.items():
        for field in share_texts.__struct_fields__:
            text = getattr(share_texts, field) or ""
            unknown = sorted(set(_NAME.findall(text)) - NAMES)
            if unknown or "{{" in _NAME.sub("", text):
                sentence = f"The names are {', '.join(sorted(NAMES))}, each in {{{{ }}}}."
                prefix = f"There is no name {unknown[0]!r}. " if unknown else ""
                yield f"/share_texts/{language}/{field}", prefix + sentence
