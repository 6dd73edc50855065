"""Currencies, and amounts as decimal numbers."""

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.money import EXPONENTS, MOST, decimal


def test_every_currency_of_iso_4217_has_its_exponent():
    official = {currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None}

    assert official == EXPONENTS


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        pytest.param(1999, "USD", "19.99", id="hundredths"),
        pytest.param(5, "USD", "0.05", id="less than one"),
        pytest.param(1999, "JPY", "1999", id="no minor unit"),
        pytest.param(1999, "KWD", "1.999", id="thousandths"),
        pytest.param(-123456789, "EUR", "-1234567.89", id="below zero"),
    ],
)
def test_an_amount_is_a_number_with_its_currencys_decimals(amount, currency, expected):
    assert decimal(amount, currency) == expected


@given(st.integers(-MOST, MOST), st.sampled_from(sorted(EXPONENTS)))
def test_no_amount_loses_a_unit_as_a_number(amount, currency):
    assert int(decimal(amount, currency).replace(".", "")) == amount
