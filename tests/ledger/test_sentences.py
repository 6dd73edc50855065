"""Why money moved, as people read it: made from a code and numbers, in English and in German."""

from typing import get_args

import pytest

from chalicelib.language.texts import texts
from chalicelib.ledger.entries import Reason, ReasonCode
from chalicelib.ledger.sentences import why

CASES = [
    (
        Reason("flat", rule="lead_referrer", flat=200),
        "Sign-up, for the partner: €2.00 each",
        "Anmeldung, für den Partner: je 2,00\xa0€",
    ),
    (
        Reason("rate", rule="sale_referrer_premium", rate_bp=1250, base=5295, number=2, until="2026-12-06"),
        "Sale, for the partner, premium: 12.5% of €52.95; held until Dec\xa06,\xa02026",
        "Verkauf, für den Partner, Premium: 12,5\xa0% von 52,95\xa0€; vorgemerkt bis 6.\xa0Dez.\xa02026",
    ),
    (
        Reason("rate", rule="tea_club", rate_bp=1500, base=1000, total=1000, remaining=400),
        "Tea club: 15% of €10.00, for the €4.00 of €10.00 that were not refunded",
        "Tea club: 15\xa0% von 10,00\xa0€, für die 4,00\xa0€ von 10,00\xa0€, die nicht erstattet wurden",
    ),
    (
        Reason("rate", rule="sale_referee", rate_bp=1500, base=1000, uncut=150, cut_by="a_month"),
        "Sale, for the friend: 15% of €10.00; cut from €1.50 by the cap “a month”",
        "Verkauf, für den Freund: 15\xa0% von 10,00\xa0€; von 1,50\xa0€ gekürzt durch die Grenze „a month“",
    ),
    (
        Reason("refund", rate_bp=1500, base=1000, total=1000, before=1000, remaining=400, refunded=600),
        "€6.00 of €10.00 was refunded",
        "6,00\xa0€ von 10,00\xa0€ wurden erstattet",
    ),
    (
        Reason("restore", rate_bp=1500, base=1000, total=1000, before=400, remaining=1000, restored=600),
        "A refund of €6.00 (of €10.00) was undone",
        "Eine Erstattung von 6,00\xa0€ (von 10,00\xa0€) wurde zurückgenommen",
    ),
    (
        Reason("amendment", rate_bp=1500, base=1000, total=1000, before=400, granted=120, uncut=150, cut_by="a_month"),
        "The order changed from €4.00 to €10.00; cut from €1.50 by the cap “a month”",
        "Die Bestellung wurde von 4,00\xa0€ auf 10,00\xa0€ geändert; von 1,50\xa0€ gekürzt durch die Grenze „a month“",
    ),
    (
        Reason("hold_over", until="2026-12-06"),
        "The hold ended on Dec\xa06,\xa02026",
        "Auszahlbar seit 6.\xa0Dez.\xa02026",
    ),
    (
        Reason("credit_moved", rule="sale_referrer", granted=200),
        "It is now credited to someone else",
        "Die Zuordnung wurde geändert",
    ),
    (
        Reason("bonus", adjusted_for="campaign"),
        "Bonus: for a campaign",
        "Bonus: für eine Aktion",
    ),
    (
        Reason("deduction", adjusted_for="overpayment"),
        "Deduction: too much was paid before",
        "Abzug: vorher wurde zu viel gezahlt",
    ),
    (
        Reason("voided", rule="sale_referrer", granted=200),
        "It was voided: a test, or a mistake",
        "Der Vorgang wurde gestrichen: ein Test oder ein Versehen",
    ),
    (Reason("all_due"), "All that was due", "Alles, was auszahlbar war"),
    (Reason("admin"), "By an admin", "Durch das Team"),
]


@pytest.mark.parametrize(("reason", "english", "german"), CASES)
def test_why_money_moved_is_said_in_the_readers_language(reason, english, german):
    assert why(reason, "EUR", texts("en")) == english
    assert why(reason, "EUR", texts("de")) == german


def test_every_code_has_a_sentence():
    assert {reason.code for reason, _, _ in CASES} == set(get_args(ReasonCode))


def test_the_text_of_an_entry_of_before_there_were_codes_is_shown_as_it_is():
    assert why("min(200 flat, 100 left of c 300)", "EUR", texts("de")) == "min(200 flat, 100 left of c 300)"
