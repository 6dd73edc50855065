"""What terms may say, and which version counts: without any table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kit.money import Money
from chalicelib.programs.objections import find_objections
from chalicelib.programs.terms import (
    Benefit,
    Cap,
    Criteria,
    Rule,
    TermsBody,
    Tier,
    fingerprint,
    hold,
    in_force,
    window,
)

DOLLAR = Money(100, "USD")
SALE = Rule(on="sale", to="referrer", rate_bp=1000)
GOLD = Tier("gold", minimum_sales=1)


def promises(*rules, **changes):
    return TermsBody(rules=list(rules), **changes)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(promises(), id="nothing"),
        pytest.param(promises(SALE, Rule(on="lead", to="referee", flat=DOLLAR)), id="a rate and a flat amount"),
        pytest.param(promises(SALE, Rule(on="sale", to="referrer", rate_bp=1, level="premium")), id="two levels"),
        pytest.param(promises(SALE, Rule(on="sale", to="referrer", rate_bp=1, name="other")), id="two names"),
        pytest.param(promises(Rule(on="demo", to="referee", benefit=Benefit("gift", "Tea"))), id="a benefit"),
        pytest.param(promises(Rule(on="sale", to="referrer", rate_bp=1, due_within_days=7), hold_days=7), id="in time"),
        pytest.param(
            promises(Rule(on="sale", to="referrer", rate_bp=1, when=Criteria(number_from=2, number_to=2))),
            id="one sale",
        ),
        pytest.param(
            promises(Rule(on="sale", to="referrer", rate_bp=1, when=Criteria(tiers=["gold"])), tiers=[GOLD]),
            id="a tier",
        ),
        pytest.param(promises(caps=[Cap("partner", 1), Cap("partner", 1, "day"), Cap("conversion", 1)]), id="caps"),
        pytest.param(
            promises(tiers=[GOLD, Tier("more", minimum_revenue=1), Tier("most", minimum_leads=1)]), id="tiers"
        ),
        pytest.param(promises(base_without=["tax", "shipping"]), id="a base"),
        pytest.param(
            promises(Rule(on="sale", to="referrer", rate_bp=1, when=Criteria(minimum_amount=1))), id="a minimum"
        ),
    ],
)
def test_what_can_be_promised(body):
    assert find_objections(body, currency="USD") == []


@pytest.mark.parametrize(
    ("body", "pointer", "sentence"),
    [
        (promises(Rule(on="sale", to="referrer")), "/rules/0", "one of `flat`, `rate_bp` and `benefit`"),
        (promises(SALE, Rule(on="sale", to="referee", flat=DOLLAR, rate_bp=1)), "/rules/1", "one of"),
        (promises(Rule(on="refund", to="referrer", flat=DOLLAR)), "/rules/0/on", "only reverses rewards"),
        (promises(Rule(on="lead", to="referrer", rate_bp=1)), "/rules/0/rate_bp", "no amount"),
        (promises(Rule(on="sale", to="referrer", flat=Money(1, "EUR"))), "/rules/0/flat/currency", "currency is USD"),
        (promises(Rule(on="sale", to="referrer", flat=Money(0, "USD"))), "/rules/0/flat/amount", "at least one"),
        (
            promises(Rule(on="sale", to="referrer", rate_bp=1, due_within_days=6), hold_days=7),
            "/rules/0/due_within_days",
            "held for 7 days",
        ),
        (
            promises(Rule(on="lead", to="referrer", flat=DOLLAR, when=Criteria(minimum_amount=1))),
            "/rules/0/when/minimum_amount",
            "no amount",
        ),
        (
            promises(Rule(on="sale", to="referrer", rate_bp=1, when=Criteria(number_from=3, number_to=2))),
            "/rules/0/when/number_to",
            "before",
        ),
        (
            promises(Rule(on="sale", to="referrer", rate_bp=1, when=Criteria(tiers=["gold"]))),
            "/rules/0/when/tiers",
            "'gold'",
        ),
        (promises(SALE, SALE), "/rules/1", "Several rules have the id 'sale_referrer'"),
        (promises(caps=[Cap("conversion", 1, "day")]), "/caps/0/period", "cannot have a period"),
        (promises(caps=[Cap("partner", 1), Cap("partner", 2)]), "/caps/1", "partner, ever"),
        (promises(tiers=[Tier("gold")]), "/tiers/0", "a minimum"),
        (promises(tiers=[GOLD, GOLD]), "/tiers/1/name", "'gold'"),
        (promises(base_without=["tax", "tax"]), "/base_without", "A part occurs twice."),
        # Of several things that are wrong, the first comes first.
        (
            promises(SALE, SALE, caps=[Cap("conversion", 1, "day")], base_without=["tax", "tax"]),
            "/caps/0/period",
            "cannot have",
        ),
        (promises(SALE, SALE, base_without=["tax", "tax"]), "/rules/1", "Several rules have the id"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
def test_what_cannot_be_promised_is_named_with_its_place(body, pointer, sentence):
    objection, *_ = find_objections(body, currency="USD")

    assert objection[0] == pointer
    assert sentence in objection[1]
    # A whole sentence: pages show it as it is.
    assert objection[1][1:2].islower() or objection[1].startswith("A ")
    assert objection[1].endswith(".")


def test_all_contradictions_in_terms_are_reported_at_once(shop):
    rules = [
        {"on": "lead", "to": "referrer", "rate_bp": 100, "when": {"minimum_amount": 1, "tiers": ["gold", "silver"]}},
        {"on": "sale", "to": "referee", "flat": {"amount": 0, "currency": "EUR"}},
    ]
    body = {"name": "Tea", "landing_url": "https://shop.example/", "currency": "USD", "rules": rules}
    refused = shop.post("/v1/programs", body | {"caps": [{"per": "conversion", "amount": 1, "period": "day"}]})
    settings = shop.post("/v1/programs", body | {"rules": [], "origins": ["shop.example", "https://a.example/b"]})

    assert (refused.status, settings.status) == (422, 422)
    assert [one["pointer"] for one in refused.json["errors"]] == [
        "/caps/0/period",
        "/rules/0/rate_bp",
        "/rules/0/when/minimum_amount",
        "/rules/0/when/tiers",
        "/rules/0/when/tiers",
        "/rules/1/flat/currency",
        "/rules/1/flat/amount",
    ]
    assert refused.json["detail"] == refused.json["errors"][0]["detail"]
    assert [one["pointer"] for one in settings.json["errors"]] == ["/origins/0", "/origins/1"]


def test_a_rule_is_named_by_what_it_is_for_or_as_the_terms_do():
    assert SALE.id == "sale_referrer"
    assert Rule(on="demo", to="referee", level="premium").id == "demo_referee_premium"
    assert Rule(on="sale", to="referrer", name="star").id == "star"
    assert Cap("partner", 1, "month").id == "partner_month"


@dataclass
class Version:
    version: int
    effective_from: datetime


NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
VERSIONS = [Version(2, NOON + timedelta(days=1)), Version(1, NOON), Version(3, NOON + timedelta(days=9))]


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (NOON - timedelta(milliseconds=1), None),
        (NOON, 1),
        (NOON + timedelta(days=1, milliseconds=-1), 1),
        (NOON + timedelta(days=1), 2),
        (NOON + timedelta(days=99), 3),
    ],
)
def test_the_version_in_force_is_the_one_that_began_last(at, version):
    current = in_force(VERSIONS, at)

    assert (current.version if current else None) == version


def test_of_two_versions_that_begin_together_the_later_one_counts():
    assert in_force([Version(2, NOON), Version(1, NOON)], NOON).version == 2


def test_windows_and_holds_are_days_of_24_hours():
    assert window(3) == hold(3) == timedelta(hours=72)


@dataclass
class Agreed:
    """A version that says something of everything."""

    version: int = 3
    effective_from: datetime = NOON
    window_days: int = 60
    touch: str = "first"
    hold_days: int = 14
    base_without: tuple = ("tax",)
    rules: tuple = (SALE,)
    caps: tuple = (Cap("partner", 5000),)
    tiers: tuple = (GOLD,)
    minimum_payout: int = 2500
    # Came later, and is left out of the hash where nothing is said.
    minimum_payout_referee: int | None = None
    introductions: str | None = None
    words: str = "As we told you."


# What partners agreed to is stored by this hash: it has to be the same for ever.
HASH = "65e6c5362091f311b6f0630ea69ad154ff4425b913aaf60f7151e8364b9adfa7"
HASH_OF_LATER = "ae711de937516c07779a402358ef608fead4e2b1f63197aab38972acf8f7698f"


def test_the_hash_of_an_agreement_stays_the_same():
    assert fingerprint(Agreed()) == HASH
    later = Agreed(minimum_payout_referee=1000, introductions="first_received")
    assert fingerprint(later) == HASH_OF_LATER


def test_a_rule_is_held_as_it_says_or_as_the_terms_do():
    of_its_own = Rule(on="sale", to="referrer", rate_bp=1, hold_days=0)
    assert (SALE.held_days(14), of_its_own.held_days(14)) == (14, 0)


@pytest.mark.parametrize(
    ("cap", "referrer", "referee"),
    [
        (Cap("partner", 1), True, False),
        (Cap("partner", 1, to="referee"), False, True),
        (Cap("customer", 1), True, True),
        (Cap("conversion", 1, to="referrer"), True, False),
    ],
)
def test_a_cap_limits_the_side_it_names_and_of_a_partner_what_they_earn(cap, referrer, referee):
    assert (cap.takes("referrer"), cap.takes("referee")) == (referrer, referee)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 4},
        {"effective_from": NOON + timedelta(days=1)},
        {"window_days": 30},
        {"touch": "last"},
        {"hold_days": 0},
        {"base_without": ()},
        {"rules": ()},
        {"caps": ()},
        {"tiers": ()},
        {"minimum_payout": 0},
        {"minimum_payout_referee": 1000},
        {"introductions": "first_received"},
        {"words": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_terms_have_another_hash_of_the_agreement(change):
    assert fingerprint(Agreed(**change)) != HASH
