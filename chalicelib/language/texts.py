"""Texts for people, in one language, each found by its key in the catalogs."""

import contextlib
import functools

from chalicelib.language import FALLBACK, formats


class Texts:
    """
    The texts a reader gets, for pages as `t`: `t("next_due", amount="$2.00")`, and `t.due` in a template.

    What a catalog lacks is read in English. Raises KeyError for a key that English lacks, too.
    """

    def __init__(self, locale: str) -> None:
        from chalicelib.language.catalogs import catalog, match

        language = match(locale)
        self.language = language or FALLBACK
        # In English texts, dates are English, whatever the reader's language.
        self.locale = locale if language else FALLBACK
        self._catalog = catalog(self.language)

    def __call__(self, key: str, /, **values: str | int) -> str:
        """
        Return a text with its values filled in; whole numbers are written as the language writes them.

        For a text with plural forms, the value called *number* selects the form.
        """
        number = values.get("number")
        text = self[key] if number is None else self._catalog.ngettext(key, key, int(number))
        return text.format_map({name: self._written(value) for name, value in values.items()})

    def of_email(self, email: str, part: str, number: int | None = None) -> str:
        """Return a part of an email, in its own mark-up; of one with plural forms, *number* says which one it is."""
        if number is not None:
            with contextlib.suppress(KeyError):
                return self._catalog.npgettext(email, part, part, number)
        return self._catalog.pgettext(email, part)

    def __getitem__(self, key: str) -> str:
        return self._catalog.gettext(key)

    def __contains__(self, key: str) -> bool:
        try:
            return bool(self[key])
        except KeyError:
            return False

    def _written(self, value: str | int) -> str:
        return formats.number(value, self.locale) if isinstance(value, int) else value


def speaks(locale: str) -> bool:
    """Return whether there are texts in a locale's language."""
    from chalicelib.language.catalogs import match

    return match(locale) is not None


def languages() -> list[tuple[str, str]]:
    """Return the languages there are texts in, as a form offers them: each tag, and what those who speak it call it."""
    from chalicelib.language import catalogs

    return [(tag, formats.name_of(tag)) for tag in catalogs.languages()]


@functools.lru_cache(maxsize=100)
def texts(locale: str) -> Texts:
    """Return the texts for a locale such as `de-AT`: in its language if we have it, or in English."""
    return Texts(locale)
