"""Money, dates, numbers and lists, as people write them where they live."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.money import EXPONENTS, MOST
from chalicelib.language import formats
from chalicelib.language.catalogs import languages


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "expected"),
    [
        pytest.param(200, "USD", "en", "$2.00", id="dollars in English"),
        pytest.param(200, "EUR", "de", "2,00\u00a0€", id="euros in German"),
        pytest.param(200, "EUR", "de-AT", "€\u00a02,00", id="euros in Austria"),
        pytest.param(123456789, "EUR", "de", "1.234.567,89\u00a0€", id="the comma and the point change places"),
        pytest.param(5, "USD", "en", "$0.05", id="less than one"),
        pytest.param(1999, "JPY", "en", "¥1,999", id="no minor unit"),
        pytest.param(1999, "KWD", "en", "KWD\u00a01.999", id="thousandths, and letters apart from digits"),
        pytest.param(1999, "ISK", "en", "ISK\u00a01,999", id="no minor unit in ISO 4217"),
        pytest.param(1999, "IQD", "en", "IQD\u00a01.999", id="a unit that no shop writes"),
        pytest.param(-123456789, "EUR", "en", "-€1,234,567.89", id="below zero"),
        pytest.param(200, "CAD", "en", "CA$2.00", id="another dollar"),
        pytest.param(200, "USD", "en-GB", "US$2.00", id="dollars in Britain"),
        pytest.param(200, "USD", "de-XX", "2,00\u00a0$", id="a region that is none"),
    ],
)
def test_an_amount_is_written_as_its_reader_writes_it(amount, currency, locale, expected):
    assert formats.money(amount, currency, locale) == expected


@given(st.integers(-MOST, MOST), st.sampled_from(sorted(EXPONENTS)), st.sampled_from(["en", "de", "de-CH"]))
def test_no_amount_loses_a_unit_when_written(amount, currency, locale):
    for written in (formats.money(amount, currency, locale), formats.quantity(amount, currency, locale)):
        digits = int("".join(re.findall(r"\d", written)))

        assert (-digits if "-" in written else digits) == amount


def test_every_currency_is_told_from_every_other():
    for language in languages():
        written = Counter(formats.money(100, currency, language) for currency in EXPONENTS)

        assert [text for text, currencies in written.items() if currencies > 1] == []


def test_a_rate_has_no_more_digits_than_it_needs():
    assert formats.percent(10_000, "en") == "100%"
    assert formats.percent(1, "en") == "0.01%"
    assert formats.percent(1250, "de") == "12,5\u00a0%"


@pytest.mark.parametrize(
    ("locale", "day", "in_full", "month"),
    [
        pytest.param("en", "Mar 4, 2026", "March 4, 2026", "March 2026", id="American English"),
        pytest.param("en-GB", "4 Mar 2026", "4 March 2026", "March 2026", id="British English"),
        pytest.param("de", "4. März 2026", "4. März 2026", "März 2026", id="German"),
        pytest.param("fr", "2026-03-04", "2026-03-04", "2026-03", id="a language we do not speak"),
    ],
)
def test_dates_are_written_as_people_write_them(locale, day, in_full, month):
    at = date(2026, 3, 4)

    assert formats.day(at, locale) == day.replace(" ", "\u00a0")
    assert formats.day_in_full(at, locale) == in_full
    assert formats.month(at, locale) == month
    assert formats.day(datetime(2026, 3, 4, 23, 59, tzinfo=UTC), locale) == formats.day(at, locale)


def test_parts_are_listed_with_a_word_before_the_last():
    assert [formats.listed(["a", "b", "c"][:n], "en") for n in range(4)] == ["", "a", "a and b", "a, b, and c"]
    assert formats.listed(["a", "b", "c"], "de") == "a, b und c"
    assert formats.listed(["a", "b", "c"], "en", style="or") == "a, b, or c"


def test_a_part_of_a_list_stays_as_it_is_whatever_it_holds():
    assert formats.listed(["{0}", "{x} % {1}", "c"], "en") == "{0}, {x} % {1}, and c"


def test_numbers_codes_and_languages_have_forms_of_their_own():
    assert [formats.number(12_345, locale) for locale in ("en", "de")] == ["12,345", "12.345"]
    assert formats.words_of("demo_call") == "demo call"
    assert formats.name_from("gold_plus") == "Gold plus"
    assert {tag: formats.name_of(tag) for tag in ("en", "de")} == {"en": "English", "de": "Deutsch"}
