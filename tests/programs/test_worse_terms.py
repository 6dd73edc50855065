"""Which terms may give less than others: whatever is less, later or harder to get, and what cannot be compared."""

import pytest
from msgspec.structs import replace

from chalicelib.kit.money import Money
from chalicelib.programs.terms import Benefit, Cap, Criteria, Rule, TermsBody, Tier
from chalicelib.programs.worse_terms import Loss, losses, may_give_less

RATE = Rule(on="sale", to="referrer", rate_bp=1000, when=Criteria(number_to=3, minimum_amount=100, products=["tea"]))
FLAT = Rule(on="lead", to="referee", flat=Money(500, "USD"), due_within_days=20)
GIFT = Rule(on="demo", to="referrer", benefit=Benefit("gift", "tea", 2), hold_days=3)
CAP = Cap(per="partner", amount=1000, period="month", freed_by_refunds=True)
TIER = Tier("gold", 10, 1000, 90, minimum_leads=3)
TERMS = TermsBody(
    rules=[RATE, FLAT, GIFT], window_days=30, hold_days=7, base_without=["tax"], caps=[CAP], tiers=[TIER],
    minimum_payout=1000, minimum_payout_referee=100, introductions="first_received",
)  # fmt: skip


def rules(*others):
    return replace(TERMS, rules=list(others))


def rate(**changes):
    return rules(replace(RATE, **changes), FLAT, GIFT)


def when(**changes):
    return rate(when=replace(RATE.when, **changes))


WORSE = {
    "a shorter window": replace(TERMS, window_days=29),
    "another touch": replace(TERMS, touch="first"),
    "a longer hold": replace(TERMS, hold_days=8),
    "a smaller base": replace(TERMS, base_without=["tax", "shipping"]),
    "a higher minimum payout": replace(TERMS, minimum_payout=1001),
    "a higher minimum payout of friends": replace(TERMS, minimum_payout_referee=101),
    "no word about introductions": replace(TERMS, introductions=None),
    "a lower cap": replace(TERMS, caps=[replace(CAP, amount=999)]),
    "a cap that refunds free no more": replace(TERMS, caps=[replace(CAP, freed_by_refunds=False)]),
    "a cap more": replace(TERMS, caps=[CAP, Cap(per="program", amount=10**9)]),
    "no tier": replace(TERMS, tiers=[]),
    "a tier for more sales": replace(TERMS, tiers=[replace(TIER, minimum_sales=11)]),
    "a tier for more revenue": replace(TERMS, tiers=[replace(TIER, minimum_revenue=1001)]),
    "a tier for more sign-ups": replace(TERMS, tiers=[replace(TIER, minimum_leads=4)]),
    "a tier in fewer days": replace(TERMS, tiers=[replace(TIER, within_days=89)]),
    "a lower rate": rate(rate_bp=999),
    "a sum for a rate": rate(rate_bp=None, flat=Money(10**6, "USD")),
    "a smaller sum": rules(RATE, replace(FLAT, flat=Money(499, "USD")), GIFT),
    "another currency": rules(RATE, replace(FLAT, flat=Money(500, "JPY")), GIFT),
    "another gift": rules(RATE, FLAT, replace(GIFT, benefit=Benefit("gift", "coffee", 2))),
    "fewer gifts": rules(RATE, FLAT, replace(GIFT, benefit=Benefit("gift", "tea"))),
    "a gift later": rules(RATE, FLAT, replace(GIFT, hold_days=4)),
    "a promise later": rules(RATE, replace(FLAT, due_within_days=21), GIFT),
    "no promise": rules(RATE, replace(FLAT, due_within_days=None), GIFT),
    "a rule less": rules(RATE, FLAT),
    "the other side": rate(to="referee"),
    "for fewer": when(number_to=2),
    "not for the first": when(number_from=2),
    "from more on": when(minimum_amount=101),
    "for some months": when(months=120),
    "for other products": when(products=["coffee"]),
    "for some": when(categories=["client"]),
    "in a tier": when(tiers=["gold"]),
    "on a condition": when(metadata={"plan": ["pro"]}),
    "less in its place": rules(RATE, FLAT, GIFT, replace(RATE, rate_bp=1, level="premium", when=Criteria(months=1))),
}
NOT_WORSE = {
    "the same": TERMS,
    "other words": replace(TERMS, words="Be kind."),
    "a longer window": replace(TERMS, window_days=31),
    "a shorter hold": replace(TERMS, hold_days=6),
    "a larger base": replace(TERMS, base_without=[]),
    "lower minimums": replace(TERMS, minimum_payout=0, minimum_payout_referee=None),
    "a higher cap": replace(TERMS, caps=[replace(CAP, amount=1001)]),
    "no cap": replace(TERMS, caps=[]),
    "a tier more": replace(TERMS, tiers=[TIER, Tier("silver", 1)]),
    "a tier for ever": replace(TERMS, tiers=[replace(TIER, within_days=None)]),
    "a higher rate": rate(rate_bp=1001),
    "more gifts": rules(RATE, FLAT, replace(GIFT, benefit=Benefit("gift", "tea", 3))),
    "a promise sooner": rules(RATE, replace(FLAT, due_within_days=19), GIFT),
    "for more": when(number_to=4),
    "for all": when(number_to=None, minimum_amount=None, products=[]),
    "for more products": when(products=["tea", "coffee"]),
    "in another order": rules(GIFT, RATE, FLAT),
    "more in its place": rules(RATE, FLAT, GIFT, replace(RATE, rate_bp=2000, level="premium", when=Criteria(months=1))),
    "less below it": replace(
        rules(replace(RATE, level="premium"), FLAT, GIFT, replace(RATE, rate_bp=1, when=Criteria())),
    ),
}


@pytest.mark.parametrize("after", WORSE.values(), ids=list(WORSE))
def test_what_is_less_or_later_or_harder_to_get_may_give_less(after):
    assert may_give_less(TERMS, after)


@pytest.mark.parametrize("after", NOT_WORSE.values(), ids=list(NOT_WORSE))
def test_what_takes_nothing_from_anybody_gives_no_less(after):
    before = TERMS
    if after is NOT_WORSE["less below it"]:
        before = rules(replace(RATE, level="premium"), FLAT, GIFT)

    assert not may_give_less(before, after)


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ("a shorter window", Loss("window_days")),
        ("another touch", Loss("touch")),
        ("a smaller base", Loss("base_without")),
        ("a higher minimum payout", Loss("minimum_payout", "referrer")),
        ("a higher minimum payout of friends", Loss("minimum_payout_referee", "referee")),
        ("no word about introductions", Loss("introductions", "referrer")),
        ("a lower cap", Loss("cap", "referrer", "partner_month")),
        ("a cap more", Loss("cap", None, "program_ever")),
        ("a tier for more sales", Loss("tier", "referrer", "gold")),
        ("a lower rate", Loss("rule", "referrer", "sale_referrer")),
        ("a smaller sum", Loss("rule", "referee", "lead_referee")),
        ("less in its place", Loss("rule_before", "referrer", "sale_referrer_premium")),
    ],
)
def test_what_is_lost_is_named_with_the_side_that_loses_it(after, lost):
    assert list(losses(TERMS, WORSE[after])) == [lost]
