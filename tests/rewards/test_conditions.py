"""Conditions: which rules apply, and why each other one does not."""

from datetime import UTC, datetime

import pytest

from chalicelib.programs.terms import Criteria, Rule
from chalicelib.rewards.conditions import ConversionFacts, asks_about_partner, choose

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
FACTS = ConversionFacts(
    event="sale",
    base=5000,
    number=2,
    occurred_at=NOON,
    referred_at=datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
    zone="UTC",
    products=["tea", "pot"],
    metadata={"country": "AT"},
    category="influencer",
    tier="gold",
)


def rule(level="basic", to="referrer", name=None, **when):
    return Rule(on="sale", to=to, rate_bp=1000, level=level, name=name, when=Criteria(**when))


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"minimum_amount": 5000}, True),
        ({"minimum_amount": 5001}, False),
        ({"number_from": 2}, True),
        ({"number_from": 3}, False),
        ({"number_to": 2}, True),
        ({"number_to": 1}, False),
        ({"months": 2}, True),
        ({"months": 1}, False),
        ({"products": ["cup", "tea"]}, True),
        ({"products": ["cup"]}, False),
        ({"metadata": {"country": ["DE", "AT"]}}, True),
        ({"metadata": {"country": ["DE"]}}, False),
        ({"metadata": {"city": ["Graz"]}}, False),
        ({"categories": ["influencer"]}, True),
        ({"categories": ["client"]}, False),
        ({"tiers": ["silver", "gold"]}, True),
        ({"tiers": ["silver"]}, False),
        ({"minimum_amount": 1, "tiers": ["silver"]}, False),
    ],
    ids=str,
)
def test_a_rule_applies_when_all_its_criteria_hold(when, holds):
    chosen, checks = choose([rule(**when)], FACTS)

    assert bool(chosen) is holds
    assert all(check.holds for check in checks) is holds
    assert len(checks) == sum(len(one) if isinstance(one, dict) else 1 for one in when.values())
    assert all(check.detail and check.rule == "sale_referrer" for check in checks)


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        pytest.param([rule(), rule("premium"), rule("strategic")], "sale_referrer_strategic", id="the highest level"),
        pytest.param(
            [rule(), rule("premium"), rule("strategic", minimum_amount=9999)],
            "sale_referrer_premium",
            id="the highest one whose criteria hold",
        ),
        pytest.param(
            [rule(name="gold", tiers=["gold"]), rule(name="rest")], "gold", id="within a level, the first that holds"
        ),
        pytest.param([rule(name="silver", tiers=["silver"]), rule(name="rest")], "rest", id="else the next"),
    ],
)
def test_one_rule_a_side_applies(rules, chosen):
    applied, checks = choose(rules, FACTS)

    assert [one.id for one in applied] == [chosen]
    assert {check.rule for check in checks} == {one.id for one in rules if one.when != Criteria()}


def test_each_side_has_a_rule_of_its_own_and_other_events_have_none():
    both = [rule(), rule(to="referee")]

    assert choose(both, FACTS)[0] == both
    assert choose([Rule(on="lead", to="referrer", rate_bp=1)], FACTS) == ([], [])


@pytest.mark.parametrize(
    ("zone", "occurred_at", "holds"),
    [
        pytest.param("UTC", datetime(2026, 2, 27, 23, 59, 59, 999000, tzinfo=UTC), True, id="31 January and a month"),
        pytest.param("UTC", datetime(2026, 2, 28, 0, 0, tzinfo=UTC), False, id="half open"),
        pytest.param("UTC", datetime(2026, 2, 28, 11, 59, tzinfo=UTC), False, id="whole days, whatever the hour"),
        pytest.param("Asia/Kolkata", datetime(2026, 2, 27, 18, 30, tzinfo=UTC), False, id="midnight there"),
        pytest.param("Asia/Kolkata", datetime(2026, 2, 27, 18, 29, tzinfo=UTC), True, id="before midnight there"),
    ],
)
def test_months_are_calendar_months_of_the_programs_zone(zone, occurred_at, holds):
    facts = ConversionFacts(
        event="sale",
        base=1,
        number=1,
        occurred_at=occurred_at,
        referred_at=datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
        zone=zone,
    )

    assert bool(choose([rule(months=1)], facts)[0]) is holds


def test_every_condition_says_what_was_compared():
    conditional = rule(
        name="all",
        minimum_amount=4000,
        number_from=1,
        number_to=1,
        months=1,
        products=["cup", "tea", "pot"],
        metadata={"country": ["DE", "AT"], "city": ["Graz"]},
        categories=["client", "influencer"],
        tiers=["silver", "gold"],
    )

    _, checks = choose([conditional], FACTS)

    assert [(one.condition, one.holds, one.detail, one.rule) for one in checks] == [
        ("minimum_amount", True, "5000 of at least 4000", "all"),
        ("number_from", True, "number 2, from 1", "all"),
        ("number_to", False, "number 2, up to 1", "all"),
        ("months", False, "2026-03-10T12:00:00.000Z, before 2026-02-28T00:00:00.000Z", "all"),
        ("products", True, "pot, tea of cup, tea, pot", "all"),
        ("metadata.country", True, "one of DE, AT", "all"),
        ("metadata.city", False, "none of Graz", "all"),
        ("categories", True, "influencer, of client, influencer", "all"),
        ("tiers", True, "gold, of silver, gold", "all"),
    ]


def test_missing_parts_are_reported_as_missing():
    facts = ConversionFacts(event="sale", base=1, number=0, occurred_at=NOON, referred_at=None, zone="UTC")

    _, [products, months] = choose([rule(products=["tea"]), rule(months=1, to="referee")], facts)

    assert (products.detail, months.detail) == ("none of tea", "no partner referred this customer")
    assert (months.condition, months.holds) == ("months", False)


def test_a_customer_without_a_referral_is_in_no_partners_month():
    facts = ConversionFacts(event="sale", base=1, number=0, occurred_at=NOON, referred_at=None, zone="UTC")

    assert choose([rule(months=1)], facts)[0] == []


def test_the_partner_is_looked_up_only_where_a_rule_asks():
    assert asks_about_partner([rule(), rule(tiers=["gold"])])
    assert asks_about_partner([rule(categories=["client"])])
    assert not asks_about_partner([rule(), rule(minimum_amount=1)])
