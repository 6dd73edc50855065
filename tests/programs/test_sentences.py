"""Terms in sentences: what people read is what the terms say."""

import pytest

from chalicelib.kit.money import Money
from chalicelib.language.texts import texts
from chalicelib.programs import sentences
from chalicelib.programs.terms import Benefit, Cap, Criteria, Rule, TermsBody, Tier

EN, DE = texts("en"), texts("de")
LEAD = Rule(on="lead", to="referrer", flat=Money(200, "USD"))
SALE = Rule(on="sale", to="referrer", rate_bp=1250)


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([LEAD], "You get $2.00 for every friend who signs up.", id="one"),
        pytest.param(
            [LEAD, SALE, Rule(on="demo_call", to="referrer", benefit=Benefit("gift", "a teapot", 2))],
            "You get $2.00 for every friend who signs up, 12.5% of what your friends buy, and "
            "2 × a teapot for each “demo call” by your friends.",
            id="three",
        ),
        pytest.param(
            [Rule(on="sale", to="referrer", flat=Money(100, "USD"), when=Criteria(months=12))],
            "You get $1.00 for every purchase by your friends (for 12 months after the referral).",
            id="with a condition",
        ),
        pytest.param([Rule(on="sale", to="referee", rate_bp=500)], None, id="nothing for this side"),
    ],
)
def test_what_a_side_gets_is_one_sentence(rules, expected):
    sentence = sentences.summary(rules, "referrer", "USD", EN)

    assert (plain(sentence) if sentence else None) == expected


def test_events_and_benefits_are_called_what_was_promised_in_every_language():
    rules = [Rule(on="demo_call", to="referrer", benefit=Benefit("gift", "a teapot", 2))]

    for language in (EN, DE):
        sentence = sentences.summary(rules, "referrer", "USD", language)
        assert "2 × a teapot" in plain(sentence)
        assert "demo call" in sentence


SALES = {"on": "sale", "to": "referrer"}
BASIC = Rule(**SALES, rate_bp=1000)
GOLD = Rule(**SALES, rate_bp=1500, level="premium", when=Criteria(tiers=["gold"]))
BIG = Rule(**SALES, flat=Money(5000, "USD"), level="strategic", when=Criteria(minimum_amount=100_000))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([BASIC, GOLD], "10% of what your friends buy, or 15% in the “Gold” tier.", id="in a tier"),
        pytest.param([GOLD, BASIC], "10% of what your friends buy, or 15% in the “Gold” tier.", id="in any order"),
        pytest.param(
            [BASIC, BIG],
            "10% of what your friends buy, or $50.00 (for amounts of $1,000.00 or more).",
            id="on a condition",
        ),
        pytest.param(
            [BASIC, GOLD, BIG],
            "10% of what your friends buy, or 15% in the “Gold” tier, or $50.00 (for amounts of $1,000.00 or more).",
            id="of three levels",
        ),
        pytest.param([GOLD], "15% of what your friends buy (in the “Gold” tier).", id="nothing usual"),
        pytest.param(
            [Rule(**SALES, rate_bp=1500, when=Criteria(number_to=1)), GOLD],
            "15% of each friend's first purchase, or 15% in the “Gold” tier.",
            id="of two that ask something, both",
        ),
        pytest.param([BASIC, Rule(**SALES, rate_bp=2000, name="never")], "10% of what your friends buy.", id="hidden"),
    ],
)
def test_of_rules_for_one_event_one_applies_so_what_they_give_is_not_added(rules, expected):
    assert plain(sentences.summary(rules, "referrer", "USD", EN)) == f"You get {expected}"


@pytest.mark.parametrize(
    ("tier", "english", "german"),
    [
        pytest.param("gold", "15% of what your friends buy", "15 % vom Einkaufswert Ihrer Freunde", id="in it"),
        pytest.param("silver", "10% of what your friends buy", "10 % vom Einkaufswert Ihrer Freunde", id="in another"),
        pytest.param(
            None,
            "10% of what your friends buy, or 15% in the “Gold” tier",
            "10 % vom Einkaufswert Ihrer Freunde oder 15 % in der Stufe „Gold“",
            id="in none",
        ),
    ],
)
def test_a_partner_in_a_tier_reads_only_the_rewards_of_that_tier(tier, english, german):
    rules = sentences.of_tier([BASIC, GOLD], tier)

    assert plain(sentences.summary(rules, "referrer", "USD", EN)) == f"You get {english}."
    assert plain(sentences.summary(rules, "referrer", "USD", DE)) == f"Sie bekommen {german}."


def test_a_rule_says_what_it_gives_instead_of_others():
    friends = Rule(on="sale", to="referee", rate_bp=500)
    terms = TermsBody(rules=[BASIC, GOLD, BIG, friends], tiers=[Tier("gold", 1)])

    assert [plain(one) for one in sentences.in_full(terms, "referrer", "USD", EN)] == [
        "10% of what your friends buy.",
        "15% of what your friends buy, instead of 10%: in the “Gold” tier.",
        "$50.00 for every purchase by your friends, instead of 15% or 10%: for amounts of $1,000.00 or more.",
    ]
    assert [plain(one) for one in sentences.in_full(terms, "referrer", "USD", DE)] == [
        "10 % vom Einkaufswert Ihrer Freunde.",
        "15 % vom Einkaufswert Ihrer Freunde statt 10 %: in der Stufe „Gold“.",
        "50,00 $ für jeden Kauf Ihrer Freunde statt 15 % oder 10 %: ab 1.000,00 $.",
    ]


FIRST = Criteria(number_to=1)
FEW = Criteria(number_to=3)
FLAT, RATE = {"flat": Money(500, "USD")}, {"rate_bp": 1000}


@pytest.mark.parametrize(
    ("on", "gives", "when", "english", "german"),
    [
        pytest.param(
            "sale", FLAT, FIRST,
            (
                "$5.00 for each friend's first purchase",
                "$5.00 for their first purchase",
                "$5.00 for your first purchase",
            ),
            ("5,00 $ für den ersten Kauf je Freund", "5,00 $ für den ersten Kauf", "5,00 $ für den ersten Kauf"),
            id="a sum for the first",
        ),
        pytest.param(
            "sale", FLAT, FEW,
            (
                "$5.00 for each of a friend's first 3 purchases",
                "$5.00 for each of their first 3 purchases",
                "$5.00 for each of your first 3 purchases",
            ),
            ("5,00 $ für jeden der ersten 3 Käufe je Freund", *["5,00 $ für jeden der ersten 3 Käufe"] * 2),
            id="a sum for a few",
        ),
        pytest.param(
            "sale", RATE, FIRST,
            ("10% of each friend's first purchase", "10% of their first purchase", "10% of your first purchase"),
            ("10 % vom ersten Einkauf je Freund", "10 % vom ersten Einkauf", "10 % vom ersten Einkauf"),
            id="a rate of the first",
        ),
        pytest.param(
            "sale", RATE, FEW,
            (
                "10% of each friend's first 3 purchases",
                "10% of their first 3 purchases",
                "10% of your first 3 purchases",
            ),
            ("10 % von den ersten 3 Einkäufen je Freund", *["10 % von den ersten 3 Einkäufen"] * 2),
            id="a rate of a few",
        ),
        pytest.param(
            "demo_call", FLAT, FIRST,
            ("$5.00 for each friend's first “demo call”", "$5.00 for their first “demo call”",
             "$5.00 for your first “demo call”"),
            ("5,00 $ für das erste „demo call“ je Freund", *["5,00 $ für das erste „demo call“"] * 2),
            id="another event",
        ),
        pytest.param(
            "demo_call", FLAT, FEW,
            ("$5.00 for each “demo call” by your friends, up to 3 per friend",
             *["$5.00 for each “demo call”, up to 3 times"] * 2),
            ("5,00 $ für jedes „demo call“ Ihrer Freunde, höchstens 3-mal je Freund",
             *["5,00 $ für jedes „demo call“, höchstens 3-mal"] * 2),
            id="a few of another event",
        ),
    ],
)  # fmt: skip
def test_a_reward_for_the_first_conversion_says_so_wherever_the_offer_is_shown(on, gives, when, english, german):
    rules = [Rule(on=on, to=to, when=when, **gives) for to in ("referrer", "referee")]

    for t, clauses in ((EN, english), (DE, german)):
        summaries = [sentences.summary(rules, "referrer", "USD", t), sentences.summary(rules, "referee", "USD", t)]
        written = [plain(one) for one in (*summaries, sentences.friend_gets(rules, "USD", t))]
        assert all(one.endswith(f" {clause}.") for one, clause in zip(written, clauses, strict=True))
        full = [sentences.in_full(TermsBody(rules=rules), side, "USD", t) for side in ("referrer", "referee")]
        assert [plain(one) for [one] in full] == [f"{clause}." for clause in clauses[:2]]


@pytest.mark.parametrize(
    ("when", "on", "english", "german"),
    [
        pytest.param(
            Criteria(number_to=1, minimum_amount=5000), "sale",
            "$5.00 for each friend's first purchase (for amounts of $50.00 or more)",
            "5,00 $ für den ersten Kauf je Freund (ab 50,00 $)",
            id="the first, from an amount on",
        ),
        pytest.param(
            Criteria(months=12, minimum_amount=5000), "sale",
            "$5.00 for every purchase by your friends "
            "(for amounts of $50.00 or more; for 12 months after the referral)",
            "5,00 $ für jeden Kauf Ihrer Freunde (ab 50,00 $; 12 Monate lang nach der Empfehlung)",
            id="two",
        ),
        pytest.param(
            Criteria(months=12, minimum_amount=5000, number_from=2), "sale",
            "$5.00 for every purchase by your friends (conditions apply)",
            "5,00 $ für jeden Kauf Ihrer Freunde (unter Bedingungen)",
            id="three",
        ),
        pytest.param(
            Criteria(products=["tea"]), "sale",
            "$5.00 for every purchase by your friends (conditions apply)",
            "5,00 $ für jeden Kauf Ihrer Freunde (unter Bedingungen)",
            id="products, which may be many",
        ),
        pytest.param(
            Criteria(number_from=1), "lead",
            "$5.00 for every friend who signs up", "5,00 $ für jede Anmeldung Ihrer Freunde",
            id="from the first on, which is no condition",
        ),
    ],
)  # fmt: skip
def test_an_offer_lists_up_to_two_conditions_and_mentions_that_there_are_more(when, on, english, german):
    rules = [Rule(on=on, to="referrer", when=when, **FLAT)]

    written = [plain(sentences.summary(rules, "referrer", "USD", t)) for t in (EN, DE)]

    assert written == [f"You get {english}.", f"Sie bekommen {german}."]


def test_what_replaces_the_usual_says_when():
    usual = Rule(on="sale", to="referee", rate_bp=500)
    first = Rule(on="sale", to="referee", rate_bp=2000, level="premium", when=FIRST)

    assert plain(sentences.summary([usual, first], "referee", "USD", EN)) == (
        "Your friend gets 5% of what they buy, or 20% (for their first purchase)."
    )
    assert plain(sentences.friend_gets([usual, first], "USD", EN)) == (
        "You get 5% of what you buy, or 20% (for your first purchase)."
    )


def test_a_message_to_a_friend_speaks_to_them():
    rules = [Rule(on="lead", to="referee", flat=Money(100, "USD")), Rule(on="sale", to="referee", rate_bp=500), BASIC]

    assert plain(sentences.friend_gets(rules, "USD", EN)) == "You get $1.00 for signing up and 5% of what you buy."
    assert (
        plain(sentences.friend_gets(rules, "USD", DE))
        == "Du bekommst 1,00 $ für die Anmeldung und 5 % von jedem Einkauf."
    )
    assert sentences.friend_gets([BASIC], "USD", EN) == ""


@pytest.mark.parametrize(
    ("when", "on", "expected"),
    [
        pytest.param(Criteria(number_from=2), "sale", "after each friend's first purchase", id="from the second"),
        pytest.param(Criteria(number_from=3), "sale", "after each friend's first 2 purchases", id="from the third"),
        pytest.param(Criteria(number_from=1), "sale", None, id="from the first"),
        pytest.param(
            Criteria(number_from=2, number_to=5),
            "sale",
            "for each friend's purchases 2 to 5",
            id="from the second to the fifth",
        ),
        pytest.param(Criteria(number_from=2), "demo_call", "after each friend's first one", id="another event"),
        pytest.param(Criteria(months=1), "sale", "for 1 month after the referral", id="one month"),
    ],
)
def test_counts_have_a_singular_and_a_plural(when, on, expected):
    terms = TermsBody(rules=[Rule(on=on, to="referrer", flat=Money(100, "USD"), when=when)])

    [sentence] = sentences.in_full(terms, "referrer", "USD", EN)

    assert sentence.removesuffix(".").partition(": ")[2] == (expected or "")


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        pytest.param(1, "within 1 day of clicking", "innerhalb eines Tages anmelden", id="one"),
        pytest.param(2, "within 2 days of clicking", "binnen 2 Tagen anmelden", id="two"),
    ],
)
def test_bounds_count_days_in_the_singular_and_the_plural(number, english, german):
    tiers = [Tier("gold", 1, within_days=number, minimum_leads=1)]
    terms = TermsBody(rules=[], window_days=number, hold_days=number, tiers=tiers)

    texts = [" ".join(map(plain, sentences.bounds(terms, "USD", t))) for t in (EN, DE)]

    assert english in texts[0]
    assert f"pending for {number} day{'s' if number > 1 else ''};" in texts[0]
    assert f"1 friend who signs up and 1 purchase by friends within {number} day" in texts[0]
    assert german in texts[1]


def test_every_condition_is_shown_in_full():
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

    [sentence] = sentences.in_full(TermsBody(rules=[rule]), "referrer", "USD", EN)

    assert plain(sentence) == (
        "15% of what your friends buy (premium): for amounts of $100.00 or more; for each friend's purchases 2 to 5; "
        "for 12 months after the referral; for tea; if plan is pro or team; "
        "if your "
        "category is partner; in the “Gold” tier; always ready within 30 days."
    )


@pytest.mark.parametrize("t", [pytest.param(EN, id="English"), pytest.param(DE, id="German")])
def test_every_bound_has_words_in_each_language(t):
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

    bounds = sentences.bounds(terms, "EUR", t)

    assert len(bounds) == 4 + 1 + len(caps) + 2 + 1
    assert not [sentence for sentence in bounds if "{" in sentence]


def test_what_a_tier_brings_is_what_one_does_not_get_yet():
    gold = Rule(on="sale", to="referrer", rate_bp=2000, when=Criteria(tiers=["gold"]))
    both = Rule(on="lead", to="referrer", benefit=Benefit("gift", "tea"), when=Criteria(tiers=["silver", "gold"]))
    friends = Rule(on="sale", to="referee", rate_bp=500, when=Criteria(tiers=["gold"]))
    rules = [LEAD, gold, both, friends]

    promises = [sentences.tier_brings(rules, "gold", now, EN) for now in (None, "silver")]

    assert [plain(one) for one in promises] == [
        "From then on you get 20% of what your friends buy and tea for every friend who signs up.",
        "From then on you get 20% of what your friends buy.",
    ]
    assert sentences.tier_brings([LEAD, friends], "gold", None, EN) is None
