"""What is wrong with a value, as a code: msgspec's messages are read in one place, and these tests hold it to them."""

from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidJson, InvalidValue, described
from chalicelib.kit.faults import Fault
from chalicelib.kit.shapes import Email, Locale, Name
from chalicelib.programs.share_texts import Language


class Rule(Struct, forbid_unknown_fields=True):
    on: Literal["lead", "sale"]
    rate: Annotated[int, Meta(ge=1, le=100)] | None = None
    products: Annotated[list[Name], Meta(min_length=1, max_length=2)] | None = None
    names: Annotated[dict[str, Literal["a", "b"]], Meta(max_length=1)] | None = None
    per: Annotated[Literal["day", "month"] | None, Meta(extra_json_schema={"x": 1})] = None


class Terms(Struct, forbid_unknown_fields=True):
    rules: list[Rule] = []
    email: Email | None = None
    locale: Locale | None = None
    texts: dict[Language, str] = {}
    reason: Annotated[str, Meta(min_length=1, max_length=5)] | None = None


ON = {"on": "lead"}
CASES = [
    pytest.param({"rules": [{}]}, "/rules/0/on", Fault("missing"), id="missing"),
    pytest.param({"gold": 1}, "/gold", Fault("unknown"), id="unknown"),
    pytest.param({"rules": 7}, "/rules", Fault("type", {"expected": ["array"], "got": "int"}), id="type"),
    pytest.param(
        {"rules": [{**ON, "rate": "x"}]},
        "/rules/0/rate",
        Fault("type", {"expected": ["int", "null"], "got": "str"}),
        id="one of several types",
    ),
    pytest.param(
        {"rules": [ON, {"on": "tea"}]},
        "/rules/1/on",
        Fault("choice", {"got": "tea", "choices": ["lead", "sale"]}),
        id="choice",
    ),
    pytest.param(
        {"rules": [{**ON, "per": "week"}]},
        "/rules/0/per",
        Fault("choice", {"got": "week", "choices": ["day", "month"]}),
        id="choice that may be left out",
    ),
    pytest.param(
        {"rules": [{**ON, "names": {"x": "c"}}]},
        "/rules/0/names/x",
        Fault("choice", {"got": "c", "choices": ["a", "b"]}),
        id="choice under any name",
    ),
    pytest.param(
        {"texts": {"": "x"}}, "/texts", Fault("form", {"form": "language"}), id="a name of another form, in an object"
    ),
    pytest.param(
        {"rules": [{**ON, "rate": 0}]}, "/rules/0/rate", Fault("least", {"number": 1, "of": "value"}), id="too small"
    ),
    pytest.param(
        {"rules": [{**ON, "rate": 101}]}, "/rules/0/rate", Fault("most", {"number": 100, "of": "value"}), id="too large"
    ),
    pytest.param({"reason": ""}, "/reason", Fault("least", {"number": 1, "of": "characters"}), id="too short"),
    pytest.param({"reason": "x" * 6}, "/reason", Fault("most", {"number": 5, "of": "characters"}), id="too long"),
    pytest.param(
        {"rules": [{**ON, "products": []}]},
        "/rules/0/products",
        Fault("least", {"number": 1, "of": "entries"}),
        id="too few",
    ),
    pytest.param(
        {"rules": [{**ON, "names": {"x": "a", "y": "b"}}]},
        "/rules/0/names",
        Fault("most", {"number": 1, "of": "entries"}),
        id="too many",
    ),
    pytest.param({"email": "a@b"}, "/email", Fault("form", {"form": "email"}), id="no email address"),
    pytest.param({"locale": "EN"}, "/locale", Fault("form", {"form": "locale"}), id="no language"),
    pytest.param(
        {"rules": [{**ON, "products": [" "]}]}, "/rules/0/products/0", Fault("form", {"form": "name"}), id="blank",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "pointer", "fault"), CASES)
def test_what_is_wrong_has_a_code_a_place_and_its_values(value, pointer, fault):
    with pytest.raises(InvalidValue) as refused:
        bodies.read_body(msgspec.json.encode(value), Terms)

    assert (refused.value.pointer, refused.value.fault) == (pointer, fault)


def test_all_faults_are_reported_at_once_with_the_allowed_values():
    rule = {"on": "tea", "rate": "much", "products": [" ", "ok", "x"], "gold": 1, "a/b": 2}
    with pytest.raises(InvalidValue) as refused:
        bodies.read_body(msgspec.json.encode({"rules": [{}, rule, ON], "email": 7, "locale": "de"}), Terms)

    assert [(one["pointer"], one["detail"]) for one in described(refused.value)["errors"]] == [
        ("/rules/0/on", "`on` is required"),
        ("/rules/1/on", "'tea' is not allowed here; use one of `lead`, `sale`"),
        ("/rules/1/rate", "Expected an integer or null, got a string"),
        ("/rules/1/products/0", "Expected one line of text that is not blank, without control characters"),
        ("/rules/1/gold", "There is no field `gold`; the fields are `names`, `on`, `per`, `products`, `rate`"),
        ("/rules/1/a~1b", "There is no field `a/b`; the fields are `names`, `on`, `per`, `products`, `rate`"),
        ("/email", "Expected a string or null, got an integer"),
    ]


# What reads like a message of msgspec's, or like the end of one.
FORGED = [
    "x matching regex (",
    "x matching regex '^[a-z]{2}$(?!\\n)'",
    "lead - at `$.email`",
    "' - at `key` in `$.email`",
    "Expected `str` of length >= 3",
    "Invalid enum value 'sale'",
]


@pytest.mark.parametrize("text", FORGED)
@pytest.mark.parametrize(
    ("place", "pointer"),
    [
        (lambda text: {"rules": [{"on": text}]}, "/rules/0/on"),
        (lambda text: {"rules": [{**ON, "names": {text: text}}]}, "/rules/0/names/{}"),
        (lambda text: {text: 1}, "/{}"),
        (lambda text: {"rules": [{**ON, text: 1}]}, "/rules/0/{}"),
        (lambda text: {"texts": {text: "x"}}, "/texts"),
        (lambda text: {"email": text}, "/email"),
    ],
)
def test_no_refusal_is_read_from_text_the_caller_wrote(place, pointer, text):
    with pytest.raises(InvalidValue) as refused:
        bodies.read_body(msgspec.json.encode(place(text)), Terms)

    assert refused.value.pointer == pointer.format(text.replace("~", "~0").replace("/", "~1"))
    assert refused.value.fault.code in ("choice", "unknown", "form")


def test_at_most_a_hundred_faults_are_reported():
    with pytest.raises(InvalidValue) as refused:
        bodies.read_body(msgspec.json.encode({"rules": [{}] * 1000}), Terms)

    assert [one["pointer"] for one in described(refused.value)["errors"]] == [f"/rules/{n}/on" for n in range(100)]


def test_text_that_is_no_json_says_where_it_goes_wrong():
    with pytest.raises(InvalidJson) as refused:
        bodies.read_body('{"rules": [],\n "reason" 1}', Terms)

    assert refused.value.fault == Fault("json", {"line": 2, "column": 11})


def test_a_fault_with_an_unknown_message_of_msgspec_is_refused_too():
    with pytest.raises(InvalidValue) as refused:
        bodies.typed({"x": 1.5}, dict[str, Annotated[float, Meta(multiple_of=2)]], strict=True)

    assert refused.value.fault == Fault("other")
