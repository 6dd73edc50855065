"""Terms in sentences: what people read is what the terms say."""

import pytest

from chalicelib.kit.money import Money
from chalicelib.pages import goals, sentences
from chalicelib.pages.words import asked_for, words
from chalicelib.programs.terms import Benefit, Cap, Criteria, Rule, TermsBody, Tier

EN, DE = words("en"), words("de-AT")
LEAD = Rule(on="lead", to="referrer", flat=Money(200, "USD"))
SALE = Rule(on="sale", to="referrer", rate_bp=1250)


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([LEAD], "You get 2.00 USD for every friend who signs up.", id="one"),
        pytest.param(
            [LEAD, SALE, Rule(on="demo_call", to="referrer", benefit=Benefit("gift", "a teapot", 2))],
            "You get 2.00 USD for every friend who signs up, 12.5 % of what your friends buy and "
            "2 × a teapot for each “demo call” by your friends.",
            id="three",
        ),
        pytest.param(
            [Rule(on="sale", to="referrer", flat=Money(100, "USD"), when=Criteria(number_to=1))],
            "You get 1.00 USD for every purchase by your friends (conditions apply).",
            id="with conditions",
        ),
        pytest.param([Rule(on="sale", to="referee", rate_bp=500)], None, id="nothing for this side"),
    ],
)
def test_what_a_side_gets_is_one_sentence(rules, expected):
    told = sentences.summary(rules, "referrer", EN)

    assert (plain(told) if told else None) == expected


def test_every_condition_is_said_in_full():
    when = Criteria(
        minimum_amount=10_000,
        number_from=2,
        number_to=5,
        months=12,
        products=["tea"],
        metadata={"plan": ["pro", "team"]},
        categories=["partner"],
        tiers=["gold"],
    )
    rule = Rule(on="sale", to="referrer", rate_bp=1500, level="premium", when=when, due_within_days=30)

    [told] = sentences.in_full(TermsBody(rules=[rule]), "referrer", "USD", EN)

    assert plain(told) == (
        "15 % of what your friends buy (premium): from 100.00 USD; starting with number 2 from each friend; up to "
        "number 5 from each friend; for 12 months after the referral; for tea; where plan is pro, team; if your category "
        "is partner; in tier gold; ready within 30 days in any case."
    )


@pytest.mark.parametrize("said", [pytest.param(EN, id="English"), pytest.param(DE, id="German")])
def test_every_bound_has_words_in_each_language(said):
    caps = [Cap(per="conversion", amount=1)]
    caps += [Cap(per=per, amount=1, period=p) for per in ("customer", "partner", "program") for p in ("ever", "year")]
    terms = TermsBody(
        rules=[],
        touch="first",
        base_without=["tax", "shipping", "discount"],
        caps=caps,
        tiers=[Tier("gold", 10, 100_000, 90, minimum_leads=3), Tier("silver", 1)],
        minimum_payout=2500,
    )

    told = sentences.bounds(terms, "EUR", said)

    assert len(told) == 4 + 1 + len(caps) + 2 + 1
    assert not [sentence for sentence in told if "{" in sentence]


def test_both_languages_have_the_same_words():
    assert set(EN) == set(DE)


def test_a_rate_has_no_more_digits_than_it_needs():
    assert sentences.percent(10_000, EN) == "100\u00a0%"
    assert sentences.percent(1, EN) == "0.01\u00a0%"
    assert sentences.percent(1250, DE) == "12,5\u00a0%"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        pytest.param("", "en", id="nothing"),
        pytest.param("de", "de", id="one"),
        pytest.param("fr-FR, de;q=0.7, en;q=0.3", "de", id="the better one we know"),
        pytest.param("en;q=0.2, de-AT;q=0.9", "de", id="by weight, not by place"),
        pytest.param("fr, xx;q=1", "en", id="none we know"),
        pytest.param("de;q=abc, " + "x" * 10_000, "de", id="nonsense"),
    ],
)
def test_the_language_is_the_one_a_browser_would_rather_read(header, language):
    assert asked_for(header) == language


def test_the_next_tier_is_the_one_above():
    tiers = [Tier("silver", 1), Tier("gold", 10, 100_000)]

    assert [goals.next_tier(tiers, now) for now in (None, "silver", "gold")] == [tiers[0], tiers[1], None]
    assert goals.next_tier([], None) is None


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        pytest.param(
            EN,
            [
                "2 of 3 friends signed up: 1 more to reach “gold”.",
                "10 of 10 purchases by friends: done.",
                "\u22125.00 USD of 1,000.00 USD in purchases: 1,005.00 USD more to reach “gold”.",
            ],
            id="English",
        ),
        pytest.param(
            DE,
            [
                "2 von 3 Freunden angemeldet: noch 1 bis „gold“.",
                "10 von 10 Käufen von Freunden: geschafft.",
                "\u22125,00 USD von 1.000,00 USD Umsatz: noch 1.005,00 USD bis „gold“.",
            ],
            id="German",
        ),
    ],
)
def test_how_far_it_is_to_a_tier_is_said_of_each_thing_it_asks_for(said, texts):
    tier = Tier("gold", 10, 100_000, minimum_leads=3)

    found = goals.until(tier, sales=12, revenue=-500, leads=2, currency="USD", said=said)

    assert [plain(one["text"]) for one in found] == texts
    assert [(one["done"], one["needed"]) for one in found] == [(2, 3), (10, 10), (0, 100_000)]


def test_what_a_tier_brings_is_what_one_does_not_get_yet():
    gold = Rule(on="sale", to="referrer", rate_bp=2000, when=Criteria(tiers=["gold"]))
    both = Rule(on="lead", to="referrer", benefit=Benefit("gift", "tea"), when=Criteria(tiers=["silver", "gold"]))
    friends = Rule(on="sale", to="referee", rate_bp=500, when=Criteria(tiers=["gold"]))
    rules = [LEAD, gold, both, friends]

    told = [sentences.tier_brings(rules, "gold", now, EN) for now in (None, "silver")]

    assert [plain(one) for one in told] == [
        "From then on you get 20 % of what your friends buy and tea for every friend who signs up.",
        "From then on you get 20 % of what your friends buy.",
    ]
    assert sentences.tier_brings([LEAD, friends], "gold", None, EN) is None
