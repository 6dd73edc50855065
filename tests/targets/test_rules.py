"""The table of rules: each holds from its threshold on, and not below."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kit.calendars import Calendar
from chalicelib.programs.terms import Tier
from chalicelib.stats.counts import Counts
from chalicelib.targets.rules import RULES, THRESHOLDS, Held, NextTier, PartnerFacts, rules_that_hold, urgency

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BY_UTC = Calendar("Etc/UTC")


def ago(days):
    return NOON - timedelta(days=days)


def holding(**facts):
    # Somebody came, and just now: so that no rule holds but the one that is tried.
    usual = {
        "calendar": BY_UTC,
        "since": ago(1),
        "ever": Counts(human=1),
        "first_referral": ago(1),
        "last_activity": ago(1),
    }
    return rules_that_hold(PartnerFacts(at=NOON, **usual | facts))


def tier(**minimums):
    return Tier("gold", **minimums)


@pytest.mark.parametrize(
    ("rule", "below", "from_there", "figures"),
    [
        (
            "reward_held_long",
            {"held": Held(2, ago(6.99))},
            {"held": Held(2, ago(7))},
            {"rewards": 2, "since": "2026-05-25"},
        ),
        ("emails_bounce", {}, {"bounced_since": ago(0)}, {"since": "2026-06-01"}),
        (
            "refunds_high",
            {"lately": Counts(sales=5, revenue=1000, refunded=199)},
            {"lately": Counts(sales=5, revenue=1000, refunded=200)},
            {"refunded": 200, "revenue": 1000, "sales": 5, "days": 90},
        ),
        (
            "refunds_high",
            {"lately": Counts(sales=4, revenue=1000, refunded=1000)},
            {"lately": Counts(sales=5, revenue=1000, refunded=1000)},
            {"refunded": 1000, "revenue": 1000, "sales": 5, "days": 90},
        ),
        (
            "almost_next_tier",
            {"next_tier": NextTier(tier(minimum_sales=10, minimum_revenue=1000), 10, 799, 0)},
            {"next_tier": NextTier(tier(minimum_sales=10, minimum_revenue=1000), 10, 800, 0)},
            {"tier": "gold", "revenue": 200},
        ),
        (
            "almost_next_tier",
            {"next_tier": NextTier(tier(minimum_sales=10, minimum_leads=5), 10, 0, 5)},
            {"next_tier": NextTier(tier(minimum_sales=10, minimum_leads=5), 8, 0, 4)},
            {"tier": "gold", "sales": 2, "leads": 1},
        ),
        ("quiet_since", {"last_activity": ago(29.99)}, {"last_activity": ago(30)}, {"since": "2026-05-02"}),
        (
            "signups_without_sales",
            {"ever": Counts(human=9, leads=4), "first_lead": ago(40)},
            {"ever": Counts(human=9, leads=5), "first_lead": ago(30)},
            {"leads": 5, "since": "2026-05-02"},
        ),
        (
            "signups_without_sales",
            {"ever": Counts(human=9, leads=5), "first_lead": ago(30), "sells": False},
            {"ever": Counts(human=9, leads=5), "first_lead": ago(30), "sells": True},
            {"leads": 5, "since": "2026-05-02"},
        ),
        (
            "clicks_without_signups",
            {"lately": Counts(human=49)},
            {"lately": Counts(human=50)},
            {"clicks": 50, "days": 90},
        ),
        (
            "clicks_without_signups",
            {"lately": Counts(human=500, events=1)},
            {"lately": Counts(human=500)},
            {"clicks": 500, "days": 90},
        ),
        (
            "friends_do_not_return",
            {"ever": Counts(human=9, sales=6, first_sales=5), "first_purchase": ago(60)},
            {"ever": Counts(human=9, sales=5, first_sales=5), "first_purchase": ago(60)},
            {"customers": 5, "since": "2026-04-02"},
        ),
        (
            "friends_do_not_return",
            {"ever": Counts(human=9, sales=5, first_sales=5), "first_purchase": ago(60), "repeats": False},
            {"ever": Counts(human=9, sales=5, first_sales=5), "first_purchase": ago(60)},
            {"customers": 5, "since": "2026-04-02"},
        ),
        (
            "links_unused",
            {"links": ((ago(40), True), (ago(29), False))},
            {"links": ((ago(40), True), (ago(30), False), (ago(29), False))},
            {"links": 1, "since": "2026-05-02"},
        ),
        ("links_unused", {"links": ((ago(40), False),)}, {"links": ((ago(40), False), (ago(1), True))}, None),
        (
            "nobody_came_yet",
            {"ever": Counts(), "since": ago(13.99)},
            {"ever": Counts(), "since": ago(14), "links": ((ago(14), False),)},
            {"since": "2026-05-18", "links": 1},
        ),
    ],
)
def test_a_rule_holds_from_its_threshold_on(rule, below, from_there, figures):
    assert holding(**below) == {}
    now = holding(**from_there)
    assert list(now) == [rule]
    assert figures is None or now[rule] == figures


def test_nothing_is_wrong_with_a_partner_of_whom_nothing_is_known():
    assert rules_that_hold(PartnerFacts(at=NOON, since=NOON, calendar=BY_UTC)) == {}


def test_refunds_are_not_high_if_nothing_was_refunded_because_the_sales_were_free():
    assert holding(lately=Counts(sales=9, revenue=0, refunded=0)) == {}


def test_the_days_in_figures_are_those_of_the_programs_calendar():
    facts = {"held": Held(1, ago(7)), "bounced_since": ago(7)}

    there = holding(calendar=Calendar("Pacific/Auckland"), **facts)

    assert there["reward_held_long"]["since"] == there["emails_bounce"]["since"] == "2026-05-26"
    assert holding(**facts)["reward_held_long"]["since"] == "2026-05-25"


def test_every_rule_has_thresholds_and_a_day_by_which_it_is_due():
    assert set(THRESHOLDS) == set(RULES)
    assert all(one.due_days > 0 for one in THRESHOLDS.values())


def test_items_are_in_the_order_of_rules_then_of_worth_then_of_age():
    several = [("quiet_since", 5, "act_3"), ("quiet_since", 9, "act_2"), ("emails_bounce", 0, "act_4")]

    ordered = sorted([*several, ("quiet_since", 9, "act_1")], key=lambda one: urgency(*one))

    assert [one[2] for one in ordered] == ["act_4", "act_1", "act_2", "act_3"]
