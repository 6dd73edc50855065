"""
How a program is shared: what friends see first, by which buttons, and in which words.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chalicelib.kit.shapes import END

Language = Annotated[str, Meta(pattern=rf"^[a-z]{{2}}{END}")]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}")]

Button = Literal["whatsapp", "telegram", "email", "sms"]
BUTTONS: tuple[Button, ...] = get_args(Button)
NAMES = frozenset({"program", "link", "code", "name", "friend_gets"})
_NAME = re.compile(r"\{\{\s*(\w*)\s*\}\}")
# A name in other braces would be sent as it stands.
_MISSPELLED = re.compile(rf"\{{\s*({'|'.join(sorted(NAMES))})\s*\}}")


class Sharing(Struct, frozen=True, forbid_unknown_fields=True):
    """
    How a program is shared.

    `friend_page`: links that partners share lead to a page of ours first. `show_earned`: the join page says what
    partners earned lately, once enough of them did. `buttons`: those that share pages show, in this order.
    """

    friend_page: bool = False
    show_earned: bool = False
    buttons: Annotated[
        list[Button],
        Meta(max_length=len(BUTTONS), description="none for all, in the order usual in the reader's country"),
    ] = []


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
            rest = _NAME.sub("", text)
            misspelled = _MISSPELLED.search(rest)
            if misspelled and not unknown:
                name = misspelled[1]
                yield f"/share_texts/{language}/{field}", f"Write {{{{{name}}}}}, with two braces, not {misspelled[0]}."
            elif unknown or "{{" in rest:
                sentence = f"The names are {', '.join(sorted(NAMES))}, each in {{{{ }}}}."
                prefix = f"There is no name {unknown[0]!r}. " if unknown else ""
                yield f"/share_texts/{language}/{field}", prefix + sentence


def find_wrong_buttons(sharing: Sharing) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with how a program is shared, as (pointer, sentence)."""
    for number, button in enumerate(sharing.buttons):
        if button in sharing.buttons[:number]:
            yield f"/sharing/buttons/{number}", f"The button {button!r} is there twice."
