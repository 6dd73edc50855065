"""
Every email there is: its built-in texts, the names it may use, its topics.

Pure: no I/O but the catalogs, no clock.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from chalicelib.emails.introduction_names import INTRODUCED, PROTECTION_ENDS, TO_ANSWER
from chalicelib.kit.money import Money
from chalicelib.language import formats
from chalicelib.language.texts import texts
from chalicelib.partners.preferences import Topic

_ALWAYS = frozenset({"name", "program", "url"})
# Footers with the reason for the email: to partners, friends, invited people and applicants.
FOOTER, FOOTER_FRIEND = "footer", "footer_friend"
FOOTER_NOT_YET, FOOTER_ASKED = "footer_not_yet", "footer_asked"
# To customers whom nobody referred: they are asked to.
FOOTER_CUSTOMER = "footer_customer"
# And below those to the people who administer, and to a person whom a partner introduced.
FOOTER_ADMIN, FOOTER_INTRODUCED = "footer_admin", "footer_introduced"
FOOTERS = frozenset(
    {FOOTER, FOOTER_FRIEND, FOOTER_CUSTOMER, FOOTER_NOT_YET, FOOTER_ASKED, FOOTER_ADMIN, FOOTER_INTRODUCED}
)
# The email with a magic link: about nothing but that link.
SIGN_IN = "sign_in"
# To an address that a partner wants, with the link that confirms it; and to the one they had.
CONFIRM_ADDRESS, ADDRESS_CHANGED = "confirm_address", "address_changed"
# To the people who administer: that they may sign in, and the link to do so.
ADMIN_INVITATION, ADMIN_SIGN_IN = "admin_invitation", "admin_sign_in"
# To a customer, asked to tell a friend.
ASK = "ask"
# To those who answer introductions: a test of whether they arrive, and which partners wait for a word.
TEST_INTRODUCTION, INTRODUCTIONS_OVERDUE = "test_introduction", "introductions_overdue"
# A test of any email, to a person who administers: it has that email's template.
TEST = "test_email"


class EmailTemplate(NamedTuple):
    """The names an email may use, and the topics by which partners and friends unsubscribe from it."""

    topics: tuple[Topic, ...]
    names: frozenset[str]
    # News, which a digest may tell instead.
    news: bool = False
    # To people without topics to turn off, who did not request it: they can unsubscribe, too.
    unsolicited: bool = False
    # Just requested, or a warning: it is also sent to people who complained about another email.
    essential: bool = False
    footer: str = FOOTER
    # The value that decides which of its plural forms an email has, if it has some.
    counted: str | None = None

    @property
    def can_unsubscribe(self) -> bool:
        """Return whether readers can unsubscribe from such emails; not from those about money that moved."""
        return self.unsolicited or bool(self.topics)


def _template(
    *topics: Topic,
    names: str = "",
    news: bool = False,
    unsolicited: bool = False,
    essential: bool = False,
    footer: str = FOOTER,
    counted: str | None = None,
) -> EmailTemplate:
    return EmailTemplate(topics, _ALWAYS | frozenset(names.split()), news, unsolicited, essential, footer, counted)


TEMPLATES: Mapping[str, EmailTemplate] = {
    # To people who may become partners, or who asked for their own data.
    "invitation": _template(unsolicited=True, footer=FOOTER_NOT_YET),
    "applied": _template(footer=FOOTER_ASKED),
    "not_this_time": _template(footer=FOOTER_ASKED),
    "accepted": _template(),
    "your_page": _template(),
    SIGN_IN: _template(essential=True),
    CONFIRM_ADDRESS: _template(essential=True),
    ADDRESS_CHANGED: _template(names="address day time", essential=True),
    "new_holder": _template(names="address portal_url", essential=True),
    "former_holder": _template(names="day time", essential=True),
    ADMIN_INVITATION: _template(essential=True, footer=FOOTER_ADMIN),
    ADMIN_SIGN_IN: _template(essential=True, footer=FOOTER_ADMIN),
    TEST_INTRODUCTION: _template(footer=FOOTER_ADMIN),
    INTRODUCTIONS_OVERDUE: _template(names="overdue people", footer=FOOTER_ADMIN, counted="overdue"),
    # To partners.
    "first_steps": _template("tips"),
    "follow_up": _template("tips"),
    "last_follow_up": _template("tips"),
    "joined": _template("friends", news=True),
    "tier": _template("friends", names="tier brings"),
    "held": _template("rewards", names="amount joined bought other date minimum", news=True),
    "earned": _template("rewards", names="amount joined bought other", news=True),
    "due": _template("rewards", names="amount minimum portal_url", news=True),
    "code_ready": _template(names="amount portal_url"),
    "refused": _template(names="amount"),
    "reversed": _template(names="amount left"),
    "corrected": _template(names="amount"),
    "bonus": _template(names="amount reason portal_url"),
    "deduction": _template(names="amount reason below portal_url"),
    "paid": _template(names="amount day payee_email portal_url"),
    "payout_failed": _template(names="amount payee_email portal_url"),
    "payout_returned": _template(names="amount day payee_email portal_url"),
    "goodbye": _template(names="owed portal_url", essential=True),
    "merged": _template(names="address owed portal_url", essential=True),
    "terms_change": _template(names="day ends begins"),
    "terms_stay": _template(names="day"),
    "must_read": _template(names="title kind", news=True),
    "program_end": _template(names="counts_until earns_until payout_note"),
    "payee": _template(names="payee_name payee_email day time until", essential=True),
    "success": _template("summaries", names="amount"),
    "milestone": _template("summaries", names="amount friends", counted="friends"),
    "monthly": _template(
        "summaries",
        names="amount taken_back month clicks signups sales due paid paid_out ready pending several "
        "next_tier missing unused_links",
    ),
    "digest": _template("friends", "rewards", names="day news signups held earned due to_read", counted="news"),
    # To partners about people they introduced: the answer to what they sent, so no topic turns these off.
    "introduction_received": _template(names="person date"),
    "introduction_accepted": _template(names="person date words"),
    "introduction_declined": _template(names="person reason words"),
    "introduction_second_in_line": _template(names="person place date"),
    "introduction_needs_more": _template(names="person words"),
    "introduction_moved": _template(names="person state words date"),
    "introduction_nothing_new": _template(names="person state date"),
    "introduction_won": _template(names="person words"),
    "introduction_lost": _template(names="person reason words"),
    "introduction_lapsed": _template(names="person reason words"),
    TO_ANSWER: _template(names="partner person company why date", footer=FOOTER_ADMIN),
    PROTECTION_ENDS: _template(names="partner person date", footer=FOOTER_ADMIN),
    INTRODUCED: _template(names="partner why words calendar_url together", unsolicited=True, footer=FOOTER_INTRODUCED),
    # To customers.
    "welcome": _template("tips", names="partner", footer=FOOTER_FRIEND),
    "who_sent_you": _template("tips", names="day", footer=FOOTER_FRIEND),
    ASK: _template("tips", names="asking", footer=FOOTER_CUSTOMER),
    # One of money, coming and given has the amount: of a benefit, whether it was given when the email was written.
    "yours": _template(names="amount money minimum coming given", footer=FOOTER_FRIEND),
    # What they need to use a benefit; the code is in this email and on their page alone.
    "yours_code": _template(names="amount code instructions", footer=FOOTER_FRIEND),
    "yours_reversed": _template(names="amount", footer=FOOTER_FRIEND),
    "yours_paid": _template(names="amount day payee_email", footer=FOOTER_FRIEND),
    "yours_failed": _template(names="amount payee_email", footer=FOOTER_FRIEND),
    "yours_returned": _template(names="amount day payee_email", footer=FOOTER_FRIEND),
    # Below emails; a paragraph with an address that is empty is left out.
    **{footer: _template(names="stop_url") for footer in sorted(FOOTERS - {FOOTER_INTRODUCED})},
    FOOTER_INTRODUCED: _template(names="stop_url partner"),
}
# Emails about an amount: without one, they are not sent.
ABOUT_MONEY = frozenset(
    {
        *("held", "earned", "due", "refused", "reversed", "corrected", "paid", "payout_failed", "payout_returned"),
        *("bonus", "deduction"),
        *("code_ready", "yours_code", "yours", "yours_reversed", "yours_paid", "yours_failed", "yours_returned"),
    }
)
_SAMPLE: Mapping[str, str | int | Money | date] = {
    "name": "Ada Lovelace",
    "partner": "Grace Hopper",
    "amount": Money(2500, "USD"),
    # What an email says in some cases only is left out of a sample.
    "money": Money(2500, "USD"),
    "joined": "",
    "bought": Money(2500, "USD"),
    "other": "",
    "coming": "",
    "given": "",
    "taken_back": "",
    "minimum": Money(1000, "USD"),
    "left": Money(500, "USD"),
    "owed": Money(500, "USD"),
    "reason": "",
    "below": "",
    "date": date(2026, 3, 24),
    "tier": "Gold",
    "day": date(2026, 3, 24),
    "clicks": 1048,
    "signups": 7,
    "sales": 3,
    "friends": 25,
    "overdue": 2,
    "people": "Grace Hopper",
    "news": 12,
    "held": Money(1250, "USD"),
    "earned": Money(2500, "USD"),
    "due": Money(3750, "USD"),
    "paid": Money(10_000, "USD"),
    "paid_out": Money(10_000, "USD"),
    "ready": Money(3750, "USD"),
    "pending": Money(1250, "USD"),
    "several": "",
    "next_tier": "Platinum",
    "unused_links": 2,
    "address": "…ce@mail.example",
    "until": date(2026, 3, 27),
    "payee_name": "…ace",
    "payee_email": "…ce@mail.example",
    "time": "14:05",
    "code": "TEA-4711",
    "instructions": "",
    "title": "How we work together",
    "kind": "Agreement",
    "to_read": 1,
    "payout_note": "",
    "asking": "Would a friend like it here, too?",
    "person": "Grace Hopper",
    "company": "Harbor Logistics",
    "why": "They are looking for someone who does what you do.",
    "words": "",
    "state": "",
    "place": 2,
    "calendar_url": "",
    "together": "",
}


def built_in(locale: str, template: str, number: int | None = None) -> str:
    """
    Return our own template: a subject, an empty line, and paragraphs; in English, if the locale's language has none.

    *number* is what it counts, if it has plural forms; without one, it is the form for a sample.
    """
    t, counted = texts(locale), TEMPLATES[template].counted
    if number is None and counted is not None:
        number = int(str(_SAMPLE[counted]))
    subject = "Footer" if template in FOOTERS else t.of_email(template, "subject", number)
    return f"{subject}\n\n{t.of_email(template, 'text', number)}"


def sample_values(locale: str, currency: str = "USD") -> dict[str, str]:
    """Return a sample of all values an email may have, in a currency and as it is written for a reader."""
    t = texts(locale)
    values = {name: _written(value, locale, currency) for name, value in _SAMPLE.items()}
    values["counts_until"] = values["earns_until"] = f"{values['day']}, 00:00 (UTC)"
    values["month"] = formats.month(date(2026, 3, 1), locale)
    values |= {
        "ends": t("rule", what=f"{formats.percent(2000, t.locale)}"),
        "begins": t("rule", what=formats.percent(1500, t.locale)),
    }
    values["missing"] = t("missing_sales", number=2)
    values["brings"] = t("sale_referrer", what=formats.percent(2000, t.locale))
    return values


def _written(value: str | int | Money | date, locale: str, currency: str) -> str:
    if isinstance(value, Money):
        return formats.money(value.amount, currency, locale)
    if isinstance(value, date):
        return formats.day_in_full(value, locale)
    return formats.number(value, locale) if isinstance(value, int) else value
