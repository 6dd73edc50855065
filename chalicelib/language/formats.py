"""
Money, dates, numbers and lists, as people write them where they live: `$2.00` or `2,00 €`.

Pure: no I/O but locale data, no clock.
"""

import copy
import functools
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from chalicelib.kit.csv_text import Dialect, spreadsheet
from chalicelib.kit.money import EXPONENTS, decimal
from chalicelib.language import FALLBACK

# Babel and the catalogs are loaded by the first page or email that is made: no cold start waits for them, and no click.
if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

_LETTER_THEN_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


def money(amount: int, currency: str, locale: str) -> str:
    """Return minor units with their currency, exact at any size: `$1,999.00`, `1.999,00 €`, `KWD 1.999`."""
    written = _pattern(locale, "currency_formats", "standard", EXPONENTS[currency]).apply(
        Decimal(decimal(amount, currency)), _locale(locale), currency=currency, currency_digits=False
    )
    return _LETTER_THEN_DIGIT.sub("\u00a0", written)


def quantity(amount: int, currency: str, locale: str) -> str:
    """Return minor units without their currency, for a table that names it: `1,999.00`."""
    pattern = _pattern(locale, "decimal_formats", None, EXPONENTS[currency])
    return str(pattern.apply(Decimal(decimal(amount, currency)), _locale(locale)))


def number(value: int, locale: str) -> str:
    """Return a whole number: `1,999`."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_locale(locale))


def spreadsheet_of(locale: str | None) -> Dialect:
    """Return how a spreadsheet of a locale reads a file; of none, with commas and points."""
    from babel.numbers import get_decimal_symbol

    return spreadsheet(str(get_decimal_symbol(_locale(locale)))) if locale is not None else spreadsheet()


def percent(basis_points: int, locale: str) -> str:
    """Return a rate, with no more digits than it needs: 1250 basis points are `12.5%`, or `12,5 %`."""
    from babel.numbers import format_percent

    return format_percent(Decimal(basis_points).scaleb(-4), locale=_locale(locale), decimal_quantization=False)


def day(at: date, locale: str) -> str:
    """Return a day that is never broken in two: `Mar 4, 2026`."""
    return _date(at, "yMMMd", locale).replace(" ", "\u00a0")


def day_in_full(at: date, locale: str) -> str:
    """Return a day with its month's whole name, for a sentence: `March 4, 2026`."""
    return _date(at, "yMMMMd", locale)


def month(at: date, locale: str) -> str:
    """Return a month: `March 2026`."""
    return _date(at, "yMMMM", locale)


def listed(parts: Sequence[str], locale: str, style: Literal["standard", "or"] = "standard") -> str:
    """Return parts as people list them: `a, b, and c`, or with *style* `or`, `a, b, or c`."""
    from babel.lists import format_list

    return format_list(parts, style=style, locale=_locale(locale))


def name_of(language: str) -> str:
    """Return a language's name in that language, as in a list: `English`, `Deutsch`."""
    name = _locale(language).get_display_name() or language
    return name[:1].upper() + name[1:]


def words_of(code: str) -> str:
    """Return a code that a business chose for an event, such as `demo_call`, as people read it: `demo call`."""
    return code.replace("_", " ").replace("-", " ")


def name_from(code: str) -> str:
    """Return a code that a business chose for a tier, such as `gold_plus`, as its name: `Gold plus`."""
    return words_of(code)[:1].upper() + words_of(code)[1:]


def _date(at: date, skeleton: str, locale: str) -> str:
    from babel.dates import format_skeleton

    from chalicelib.language.catalogs import match

    # A program may have emails of its own in a language that has no catalog here: any reader knows this form.
    if match(locale) is None:
        return at.isoformat()[: 10 if "d" in skeleton else 7]
    return format_skeleton(skeleton, at, locale=_locale(locale))


@functools.lru_cache(maxsize=1000)
def _pattern(locale: str, formats: str, name: str | None, decimals: int) -> "NumberPattern":
    """Return a locale's amount format with ISO 4217's decimals: CLDR's are those of shops, which are fewer."""
    pattern: NumberPattern = copy.copy(getattr(_locale(locale), formats)[name])
    pattern.frac_prec = (decimals, decimals)
    return pattern


@functools.lru_cache(maxsize=1000)
def _locale(tag: str) -> "Locale":
    """Return the locale data nearest to a tag such as `de-AT`: of the languages that have a catalog, or English."""
    from babel import Locale, UnknownLocaleError

    from chalicelib.language.catalogs import match

    language = match(tag)
    if language is None:
        return Locale.parse(FALLBACK)
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language, sep="-")
