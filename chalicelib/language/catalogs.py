"""The gettext catalogs, a file a language: read as they are, or compiled to .mo, as `make package` ships them."""

import functools
import io
from datetime import UTC, datetime
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import NoReturn

from chalicelib.language import FALLBACK

FOLDER = Path(__file__).parent / "catalogs"
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


@functools.cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a catalog, as tags such as `en` or `pt-BR`; English comes first."""
    tags = {file.stem.replace("_", "-") for file in FOLDER.iterdir() if file.suffix in (".po", ".mo")}
    return FALLBACK, *sorted(tags - {FALLBACK})


def match(locale: str) -> str | None:
    """Return the language in whose catalog a reader of this locale finds their texts, if there is one."""
    return next((tag for tag in (locale, locale.partition("-")[0]) if tag in languages()), None)


@functools.cache
def catalog(language: str) -> GNUTranslations:
    """Return a language's catalog; what it lacks comes from the English one; what that lacks raises KeyError."""
    file = FOLDER / f"{language.replace('-', '_')}.mo"
    translations = GNUTranslations(
        io.BytesIO(file.read_bytes() if file.exists() else compiled(file.with_suffix(".po")))
    )
    translations.add_fallback(_Missing() if language == FALLBACK else catalog(FALLBACK))
    return translations


def compiled(file: Path) -> bytes:
    """
    Return a .po file as .mo; the same file gives the same bytes.

    Left out is what is not translated, is marked as fuzzy, or lacks one of its plural forms.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with file.open("rb") as source:
        messages = read_po(source, abort_invalid=True)
    messages.creation_date = messages.revision_date = _NO_DATE
    for message in [one for one in messages if one.pluralizable and not all(one.string or ())]:
        messages.delete(message.id, message.context)
    content = io.BytesIO()
    write_mo(content, messages)
    return content.getvalue()


class _Missing(NullTranslations):
    """The fallback after the English catalog: gettext by itself would show people the key."""

    def gettext(self, message: str) -> NoReturn:
        raise KeyError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        raise KeyError(msgid1, msgid2, n)

    def pgettext(self, context: str, message: str) -> NoReturn:
        raise KeyError(context, message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> NoReturn:
        raise KeyError(context, msgid1, msgid2, n)
