"""The form for terms: whatever terms say, its fields say too, and are read as the same terms."""

from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import Struct, structs

from chalicelib.admin.terms.terms_fields import NAMES, PLAIN, ROWS, field_at, label_of
from chalicelib.admin.terms.terms_reading import entries_of, fields_of_terms, read_terms, with_entries
from chalicelib.kit import instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.money import MOST, Money
from chalicelib.programs.objections import find_objections
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.terms import Benefit, Cap, Criteria, Rule, TermsBody, Tier

# What a text may be made of: letters, and whatever a form, a line or a browser could take for something else.
TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from(' "\\:,\n\r\t=\u2028\u00a0<&;'), min_size=1, max_size=20)
LABEL = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
ZONE = "Europe/Berlin"
NAMES_OF_TIERS = ["gold", "silver"]
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
NUMBER = st.none() | st.integers(1, 1_000_000)


def some(*values):
    """Return some of the values, in their order."""
    return st.sets(st.sampled_from(values)).map(lambda chosen: [one for one in values if one in chosen])


def amounts(least):
    return st.integers(least, MOST)


@st.composite
def criteria(draw):
    return Criteria(
        minimum_amount=draw(st.none() | amounts(1)),
        number_from=draw(NUMBER),
        number_to=draw(NUMBER),
        months=draw(st.none() | st.integers(1, 120)),
        products=draw(st.lists(TEXT, max_size=4)),
        metadata=draw(st.dictionaries(TEXT, st.lists(TEXT | st.just(""), min_size=1, max_size=3), max_size=3)),
        categories=draw(some("client", "partner", "influencer")),
        tiers=draw(st.lists(st.sampled_from(NAMES_OF_TIERS), max_size=3)),
    )


@st.composite
def rules(draw, currency):
    kind = draw(st.sampled_from(["flat", "rate_bp", "benefit"]))
    name = draw(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20))
    values = {
        "flat": Money(draw(amounts(1)), currency),
        "rate_bp": draw(st.integers(1, 10_000)),
        "benefit": Benefit(
            draw(st.sampled_from(["coupon", "credit", "access", "gift"])), name, draw(st.integers(1, 1_000_000))
        ),
    }
    return Rule(
        on=draw(st.sampled_from(["lead", "sale", "renewal"])),
        to=draw(st.sampled_from(["referrer", "referee"])),
        level=draw(st.sampled_from(["basic", "premium", "strategic"])),
        when=draw(criteria()),
        due_within_days=draw(st.none() | st.integers(0, 365)),
        hold_days=draw(st.none() | st.integers(0, 365)),
        name=draw(st.none() | LABEL),
        **{kind: values[kind]},
    )


CAPS = st.builds(
    Cap,
    per=st.sampled_from(["conversion", "customer", "partner", "program"]),
    amount=amounts(1),
    period=st.sampled_from(["ever", "year", "month", "week", "day"]),
    freed_by_refunds=st.booleans(),
    to=st.none() | st.sampled_from(["referrer", "referee"]),
)


@st.composite
def valid_terms(draw):
    currency = draw(CURRENCIES)
    tiers = [
        Tier(name, draw(st.integers(1, 10**9)), draw(amounts(0)), draw(st.none() | st.integers(1, 366)), draw(NUMBER))
        for name in NAMES_OF_TIERS
    ]
    body = TermsBody(
        rules=draw(st.lists(rules(currency), max_size=4)),
        window_days=draw(st.integers(1, 365)),
        touch=draw(st.sampled_from(["first", "last"])),
        hold_days=draw(st.integers(0, 365)),
        base_without=draw(some("tax", "shipping", "discount")),
        caps=draw(st.lists(CAPS, max_size=3)),
        minimum_payout=draw(amounts(0)),
        minimum_payout_referee=draw(st.none() | amounts(0)),
        introductions=draw(st.sampled_from([None, "first_received"])),
        tiers=tiers,
        words=draw(st.none() | TEXT | st.lists(TEXT, min_size=2, max_size=3).map("\n\n".join)),
    )
    # What contradicts itself is left out, rule by rule and cap by cap.
    for wrong in {pointer for pointer, _ in find_objections(body, currency=currency)}:
        if wrong == "/minimum_payout_referee":
            body.minimum_payout_referee = None
    body.rules = [
        one for one in body.rules if not find_objections(structs.replace(body, rules=[one], caps=[]), currency=currency)
    ]
    body.caps = [
        one for one in body.caps if not find_objections(structs.replace(body, rules=[], caps=[one]), currency=currency)
    ]
    assume(not find_objections(body, currency=currency))
    return body, currency


def sent(form):
    """Return a form as it arrives from a browser: lines end with CR and LF, and nothing is at the ends."""
    arrived = {}
    for name, text in form.items():
        one_line = name.rpartition("/")[2] not in ("words", "products", "metadata")
        assert not (one_line and ("\n" in text or "\r" in text)), "a field of one line drops these"
        assert not {"\r", "\0"} & set(text)
        arrived[name] = text.replace("\n", "\r\n").strip()
    return {name: text for name, text in arrived.items() if text}


@pytest.mark.slow
@given(valid_terms(), st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))
def test_any_valid_terms_are_the_same_terms_after_they_were_a_form(terms_and_currency, begins):
    terms, currency = terms_and_currency
    begins = begins and begins.replace(microsecond=0)
    # An hour that clocks show twice is read as the first.
    assume(begins is None or begins.astimezone(ZoneInfo(ZONE)).fold == 0)
    new = NewTerms(**structs.asdict(terms), effective_from=begins and instants.text(begins))
    form = fields_of_terms(new, currency, ZONE)

    assert set(form) <= set(NAMES)
    assert read_terms(sent(form), currency, ZONE) == new


def test_a_form_has_room_for_all_that_terms_may_have():
    most = {"rules": 30, "caps": 8, "tiers": 10}
    fields = {one.name: one for one in msgspec.structs.fields(TermsBody)}

    assert {rows.name: rows.most for rows in ROWS} == most
    for name, number in most.items():
        [meta] = fields[name].type.__metadata__
        assert meta.max_length == number
    for name in ("rules", "caps", "tiers"):
        assert f"{name}/{most[name] - 1}/{'name' if name != 'caps' else 'per'}" in NAMES
        assert f"{name}/{most[name]}/{'name' if name != 'caps' else 'per'}" not in NAMES


def test_every_field_of_terms_is_in_the_form():
    def leaves(kind, prefix=""):
        for field in msgspec.structs.fields(kind):
            inner = next(
                (
                    one
                    for one in (field.type, *get_args(field.type))
                    if isinstance(one, type) and issubclass(one, Struct)
                ),
                None,
            )
            if inner in (Criteria, Benefit):
                yield from leaves(inner, f"{prefix}{field.name}/")
            else:
                yield f"{prefix}{field.name}"

    plain = set(leaves(TermsBody)) - {rows.name for rows in ROWS}
    assert {field.name for field in PLAIN} == plain
    for rows, kind in zip(ROWS, (Rule, Cap, Tier), strict=True):
        assert {field.name for field in rows.fields} - {"reward"} == set(leaves(kind))


FORM = {
    "window_days": "30",
    "hold_days": "0",
    "touch": "last",
    "rules/0/on": "sale",
    "rules/0/to": "referrer",
    "rules/0/reward": "rate_bp",
    "rules/0/rate_bp": "10",
}


@pytest.mark.parametrize(
    ("typed", "rate"),
    [
        *(("10", 1000), ("0.01", 1), ("12.5", 1250), ("7.50", 750), ("100", 10_000), ("1.500000", 150)),
        *(("10 %", 1000), ("12.5%", 1250), ("1,5", 150), ("0,75 %", 75)),
    ],
)
def test_a_percentage_is_read_as_people_write_it(typed, rate):
    assert read_terms(FORM | {"rules/0/rate_bp": typed}, "EUR", ZONE).rules[0].rate_bp == rate


@pytest.mark.parametrize("typed", ["0", "100.01", "0.001", "1e1", "-1", "10 % of it", "%", "١٠", "1,000.5", "."])
def test_what_is_no_percentage_is_refused_at_its_field(typed):
    with pytest.raises(InvalidValue) as refused:
        read_terms(FORM | {"rules/0/rate_bp": typed}, "EUR", ZONE)
    assert (refused.value.pointer, refused.value.others) == ("/rules/0/rate_bp", [])


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [("10", "EUR", 1000), ("10.5", "EUR", 1050), ("10", "JPY", 10), ("1.2345", "CLF", 12_345), ("0,10", "USD", 10)],
)
def test_an_amount_is_read_in_the_programs_currency(typed, currency, amount):
    assert read_terms(FORM | {"minimum_payout": typed}, currency, ZONE).minimum_payout == amount


@pytest.mark.parametrize(
    ("typed", "currency"), [("1.5", "JPY"), ("1.005", "EUR"), ("1,000.50", "EUR"), ("1e3", "EUR"), ("9" * 18, "EUR")]
)
def test_what_is_no_amount_is_refused_at_its_field(typed, currency):
    with pytest.raises(InvalidValue) as refused:
        read_terms(FORM | {"minimum_payout": typed}, currency, ZONE)
    assert refused.value.pointer == "/minimum_payout"


def test_what_was_typed_for_another_reward_than_the_one_chosen_is_not_read():
    form = FORM | {
        "rules/0/reward": "flat",
        "rules/0/rate_bp": "much",
        "rules/0/flat": "5",
        "rules/0/benefit/name": "x",
    }

    [rule] = read_terms(form, "EUR", ZONE).rules

    assert (rule.flat, rule.rate_bp, rule.benefit) == (Money(500, "EUR"), None, None)


def test_metadata_is_a_name_and_one_accepted_value_on_each_line():
    form = FORM | {"rules/0/when/metadata": 'plan: pro\r\n\r\nsize:large\nplan : team: blue\n"a:b": ""'}

    [rule] = read_terms(form, "EUR", ZONE).rules

    assert rule.when.metadata == {"plan": ["pro", "team: blue"], "size": ["large"], "a:b": [""]}


@pytest.mark.parametrize(
    ("pointer", "field", "label"),
    [
        ("/rules/1", "rules/1/reward", "Reward 2, what they get"),
        ("/rules/1/flat/amount", "rules/1/flat", "Reward 2, amount"),
        ("/rules/0/when/products/3", "rules/0/when/products", "Reward 1, products"),
        ("/rules/0/when/categories", "rules/0/when/categories", "Reward 1, categories of partners"),
        ("/caps/0", "caps/0/per", "Cap 1, for one"),
        ("/tiers/2", "tiers/2/name", "Tier 3, name"),
        ("/base_without/1", "base_without", "Parts of an amount that earn nothing"),
        ("/effective_from", "effective_from", "Start"),
        ("/gold", "", ""),
        (None, "", ""),
    ],
)
def test_a_refusal_leads_to_the_field_it_is_about(pointer, field, label):
    assert (field_at(pointer), label_of(field)) == (field, label)


def test_entries_are_numbered_anew_without_gaps():
    rows = ROWS[0]
    form = {"rules/7/on": "sale", "rules/10/on": "lead", "rules/9/on": "demo", "touch": "last"}

    renumbered = with_entries(form, rows, entries_of(form, rows))

    assert renumbered == {"touch": "last", "rules/0/on": "sale", "rules/1/on": "demo", "rules/2/on": "lead"}
