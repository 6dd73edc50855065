"""What is offered, by condition, as partners read it of themselves and of friends, and friends in a message."""

import pytest

from chalicelib.kit.money import Money
from chalicelib.language.texts import texts
from chalicelib.programs import sentences
from chalicelib.programs.terms import Criteria, Rule

# By what a rule is for: its conditions, and the three sentences in English and in German.
OFFERS = {
    ("sale", "after the first"): (
        Criteria(number_from=2),
        [
            "You get $5.00 for every purchase by your friends (after each friend's first purchase).",
            "Your friend gets $5.00 for every purchase (after their first purchase).",
            "You get $5.00 for every purchase (after your first purchase).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (nach dem ersten Kauf je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (nach dem ersten Kauf).",
            "Du bekommst 5,00 $ für jeden Kauf (nach dem ersten Kauf).",
        ],
    ),
    ("sale", "after the first two"): (
        Criteria(number_from=3),
        [
            "You get $5.00 for every purchase by your friends (after each friend's first 2 purchases).",
            "Your friend gets $5.00 for every purchase (after their first 2 purchases).",
            "You get $5.00 for every purchase (after your first 2 purchases).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (nach den ersten 2 Käufen je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (nach den ersten 2 Käufen).",
            "Du bekommst 5,00 $ für jeden Kauf (nach den ersten 2 Käufen).",
        ],
    ),
    ("sale", "the second to the fifth"): (
        Criteria(number_from=2, number_to=5),
        [
            "You get $5.00 for every purchase by your friends (for each friend's purchases 2 to 5).",
            "Your friend gets $5.00 for every purchase (for their purchases 2 to 5).",
            "You get $5.00 for every purchase (for your purchases 2 to 5).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (für die Käufe 2 bis 5 je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (für die Käufe 2 bis 5).",
            "Du bekommst 5,00 $ für jeden Kauf (für die Käufe 2 bis 5).",
        ],
    ),
    ("sale", "the second alone"): (
        Criteria(number_from=2, number_to=2),
        [
            "You get $5.00 for every purchase by your friends (only for each friend's purchase number 2).",
            "Your friend gets $5.00 for every purchase (only for their purchase number 2).",
            "You get $5.00 for every purchase (only for your purchase number 2).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (nur für Kauf Nummer 2 je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (nur für Kauf Nummer 2).",
            "Du bekommst 5,00 $ für jeden Kauf (nur für Kauf Nummer 2).",
        ],
    ),
    ("sale", "a month"): (
        Criteria(months=1),
        [
            "You get $5.00 for every purchase by your friends (for 1 month after the referral).",
            "Your friend gets $5.00 for every purchase (for 1 month after the referral).",
            "You get $5.00 for every purchase (in your first month).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (einen Monat lang nach der Empfehlung).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (einen Monat lang nach der Empfehlung).",
            "Du bekommst 5,00 $ für jeden Kauf (in deinem ersten Monat).",
        ],
    ),
    ("sale", "a year"): (
        Criteria(months=12),
        [
            "You get $5.00 for every purchase by your friends (for 12 months after the referral).",
            "Your friend gets $5.00 for every purchase (for 12 months after the referral).",
            "You get $5.00 for every purchase (in your first 12 months).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (12 Monate lang nach der Empfehlung).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (12 Monate lang nach der Empfehlung).",
            "Du bekommst 5,00 $ für jeden Kauf (in deinen ersten 12 Monaten).",
        ],
    ),
    ("sale", "the first, for a year"): (
        Criteria(number_to=1, months=12),
        [
            "You get $5.00 for each friend's first purchase (for 12 months after the referral).",
            "Your friend gets $5.00 for their first purchase (for 12 months after the referral).",
            "You get $5.00 for your first purchase (in your first 12 months).",
        ],
        [
            "Sie bekommen 5,00 $ für den ersten Kauf je Freund (12 Monate lang nach der Empfehlung).",
            "Ihre Freunde bekommen 5,00 $ für den ersten Kauf (12 Monate lang nach der Empfehlung).",
            "Du bekommst 5,00 $ für den ersten Kauf (in deinen ersten 12 Monaten).",
        ],
    ),
    ("sale", "in a tier"): (
        Criteria(tiers=["gold"]),
        [
            "You get $5.00 for every purchase by your friends (in the “Gold” tier).",
            "Your friend gets $5.00 for every purchase (while you are in the “Gold” tier).",
            "You get $5.00 for every purchase (conditions apply).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (in der Stufe „Gold“).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (solange Sie in der Stufe „Gold“ sind).",
            "Du bekommst 5,00 $ für jeden Kauf (unter Bedingungen).",
        ],
    ),
    ("sale", "in one of two tiers"): (
        Criteria(tiers=["gold", "silver"]),
        [
            "You get $5.00 for every purchase by your friends (in the “Gold” or “Silver” tier).",
            "Your friend gets $5.00 for every purchase (while you are in the “Gold” or “Silver” tier).",
            "You get $5.00 for every purchase (conditions apply).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (in der Stufe „Gold“ oder „Silver“).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (solange Sie in der Stufe „Gold“ oder „Silver“ sind).",
            "Du bekommst 5,00 $ für jeden Kauf (unter Bedingungen).",
        ],
    ),
    ("sale", "of a category"): (
        Criteria(categories=["partner"]),
        [
            "You get $5.00 for every purchase by your friends (if your category is partner).",
            "Your friend gets $5.00 for every purchase (if your category is partner).",
            "You get $5.00 for every purchase (conditions apply).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (wenn Ihre Kategorie Partner ist).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (wenn Ihre Kategorie Partner ist).",
            "Du bekommst 5,00 $ für jeden Kauf (unter Bedingungen).",
        ],
    ),
    ("sale", "from an amount on"): (
        Criteria(minimum_amount=5000),
        [
            "You get $5.00 for every purchase by your friends (for amounts of $50.00 or more).",
            "Your friend gets $5.00 for every purchase (for amounts of $50.00 or more).",
            "You get $5.00 for every purchase (for amounts of $50.00 or more).",
        ],
        [
            "Sie bekommen 5,00 $ für jeden Kauf Ihrer Freunde (ab 50,00 $).",
            "Ihre Freunde bekommen 5,00 $ für jeden Kauf (ab 50,00 $).",
            "Du bekommst 5,00 $ für jeden Kauf (ab 50,00 $).",
        ],
    ),
    ("sale", "the first, from an amount on"): (
        Criteria(number_to=1, minimum_amount=5000),
        [
            "You get $5.00 for each friend's first purchase (for amounts of $50.00 or more).",
            "Your friend gets $5.00 for their first purchase (for amounts of $50.00 or more).",
            "You get $5.00 for your first purchase (for amounts of $50.00 or more).",
        ],
        [
            "Sie bekommen 5,00 $ für den ersten Kauf je Freund (ab 50,00 $).",
            "Ihre Freunde bekommen 5,00 $ für den ersten Kauf (ab 50,00 $).",
            "Du bekommst 5,00 $ für den ersten Kauf (ab 50,00 $).",
        ],
    ),
    ("demo_call", "after the first"): (
        Criteria(number_from=2),
        [
            "You get $5.00 for each “demo call” by your friends (after each friend's first one).",
            "Your friend gets $5.00 for each “demo call” (after their first one).",
            "You get $5.00 for each “demo call” (after your first one).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (nach dem ersten Mal je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (nach dem ersten Mal).",
            "Du bekommst 5,00 $ für jedes „demo call“ (nach dem ersten Mal).",
        ],
    ),
    ("demo_call", "after the first two"): (
        Criteria(number_from=3),
        [
            "You get $5.00 for each “demo call” by your friends (after each friend's first 2).",
            "Your friend gets $5.00 for each “demo call” (after their first 2).",
            "You get $5.00 for each “demo call” (after your first 2).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (nach den ersten 2 Malen je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (nach den ersten 2 Malen).",
            "Du bekommst 5,00 $ für jedes „demo call“ (nach den ersten 2 Malen).",
        ],
    ),
    ("demo_call", "the second to the fifth"): (
        Criteria(number_from=2, number_to=5),
        [
            "You get $5.00 for each “demo call” by your friends (for numbers 2 to 5 of each friend).",
            "Your friend gets $5.00 for each “demo call” (for numbers 2 to 5).",
            "You get $5.00 for each “demo call” (for numbers 2 to 5).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (für das 2. bis 5. Mal je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (für das 2. bis 5. Mal).",
            "Du bekommst 5,00 $ für jedes „demo call“ (für das 2. bis 5. Mal).",
        ],
    ),
    ("demo_call", "the second alone"): (
        Criteria(number_from=2, number_to=2),
        [
            "You get $5.00 for each “demo call” by your friends (only for number 2 of each friend).",
            "Your friend gets $5.00 for each “demo call” (only for number 2).",
            "You get $5.00 for each “demo call” (only for number 2).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (nur für das 2. Mal je Freund).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (nur für das 2. Mal).",
            "Du bekommst 5,00 $ für jedes „demo call“ (nur für das 2. Mal).",
        ],
    ),
    ("demo_call", "a month"): (
        Criteria(months=1),
        [
            "You get $5.00 for each “demo call” by your friends (for 1 month after the referral).",
            "Your friend gets $5.00 for each “demo call” (for 1 month after the referral).",
            "You get $5.00 for each “demo call” (in your first month).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (einen Monat lang nach der Empfehlung).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (einen Monat lang nach der Empfehlung).",
            "Du bekommst 5,00 $ für jedes „demo call“ (in deinem ersten Monat).",
        ],
    ),
    ("demo_call", "a year"): (
        Criteria(months=12),
        [
            "You get $5.00 for each “demo call” by your friends (for 12 months after the referral).",
            "Your friend gets $5.00 for each “demo call” (for 12 months after the referral).",
            "You get $5.00 for each “demo call” (in your first 12 months).",
        ],
        [
            "Sie bekommen 5,00 $ für jedes „demo call“ Ihrer Freunde (12 Monate lang nach der Empfehlung).",
            "Ihre Freunde bekommen 5,00 $ für jedes „demo call“ (12 Monate lang nach der Empfehlung).",
            "Du bekommst 5,00 $ für jedes „demo call“ (in deinen ersten 12 Monaten).",
        ],
    ),
}


@pytest.mark.parametrize(("on", "name"), OFFERS)
def test_an_offer_tells_each_reader_whose_conditions_they_are(on, name):
    when, *expected = OFFERS[on, name]
    rules = [Rule(on=on, to=to, when=when, flat=Money(500, "USD")) for to in ("referrer", "referee")]

    for language, offers in zip(("en", "de"), expected, strict=True):
        t = texts(language)
        written = [sentences.summary(rules, side, "USD", t) for side in ("referrer", "referee")]
        written.append(sentences.friend_gets(rules, "USD", t))
        assert [one.replace("\u00a0", " ") for one in written] == offers
