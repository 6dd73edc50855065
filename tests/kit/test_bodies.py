"""Bodies: JSON as the API takes it, or a refusal that names the field."""

import pytest
from msgspec import Struct

from chalicelib.kit.bodies import MOST_BYTES, read_body
from chalicelib.kit.errors import BodyTooLarge, InvalidJson, InvalidValue
from chalicelib.kit.money import Money


class Order(Struct, forbid_unknown_fields=True):
    amount: Money
    name: str = ""


GOOD = '{"amount": {"amount": %s, "currency": "USD"}}'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[1", b'{"name": "a", "name": "b"}', b'{"name": NaN}', b'{"name": Infinity}', b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}", b"[" * 50_000, b'{"name": "\\ud800"}', b"{'name': 1}", b"\x1f\x8b\x08\x00",
    ],
)  # fmt: skip
def test_what_is_not_json_as_we_take_it_is_unreadable(body):
    with pytest.raises(InvalidJson):
        read_body(body, Order)


@pytest.mark.parametrize("amount", ["1.5", "1.0", "1e3", '"1"', "true", "null", "-1", str(2**53), "1e400", "[1]"])
def test_an_amount_is_a_whole_number_within_bounds(amount):
    with pytest.raises(InvalidValue) as refused:
        read_body((GOOD % amount).encode(), Order)

    assert refused.value.pointer == "/amount/amount"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param('{"amount": {"amount": 1, "currency": "USD"}, "nmae": ""}', "/nmae", id="a typo"),
        pytest.param('{"amount": {"amount": 1, "currency": "USD", "x": 1}}', "/amount/x", id="a typo further down"),
        pytest.param(
            '{"amount": {"amount": 1, "currency": "usd"}}', "/amount/currency", id="a currency in small letters"
        ),
        pytest.param('{"amount": {"amount": 1}}', "/amount/currency", id="a field that is missing further down"),
        pytest.param("{}", "/amount", id="a field that is missing"),
        pytest.param("[]", "/", id="not an object"),
    ],
)
def test_a_refusal_points_at_the_field(body, pointer):
    with pytest.raises(InvalidValue) as refused:
        read_body(body.encode(), Order)

    assert refused.value.pointer == pointer


def test_a_value_of_the_wrong_form_is_refused_with_the_expected_form_in_words():
    with pytest.raises(InvalidValue) as refused:
        read_body(b'{"amount": {"amount": 1, "currency": "usd"}}', Order)

    assert refused.value.detail == "Expected three capital letters, such as `USD`"


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(BodyTooLarge):
        read_body(b" " * (MOST_BYTES + 1), Order)


def test_a_good_body_is_read():
    assert read_body((GOOD % "1999").encode(), Order).amount == Money(1999, "USD")
