"""Currencies and how amounts are written."""

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.money import EXPONENTS, MOST, written


def test_every_currency_of_iso_4217_has_its_exponent():
    official = {currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None}

    assert official == EXPONENTS


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        pytest.param(1999, "USD", "19.99 USD", id="hundredths"),
        pytest.param(5, "USD", "0.05 USD", id="less than one"),
        pytest.param(1999, "JPY", "1,999 JPY", id="no minor unit"),
        pytest.param(1999, "KWD", "1.999 KWD", id="thousandths"),
        pytest.param(-123456789, "EUR", "\u22121,234,567.89 EUR", id="below zero"),
    ],
)
def test_an_amount_is_written_with_its_currencys_decimals(amount, currency, expected):
    assert written(amount, currency) == expected


def test_in_german_the_comma_and_the_point_change_places():
    assert written(123456789, "EUR", language="de") == "1.234.567,89 EUR"


@given(st.integers(-MOST, MOST), st.sampled_from(sorted(EXPONENTS)))
def test_no_amount_loses_a_unit_when_written(amount, currency):
    digits = written(amount, currency).split()[0].replace(",", "").replace(".", "").replace("\u2212", "-")

    assert int(digits) == amount
