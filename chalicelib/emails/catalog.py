"""
Every email there is: its built-in texts, the names it may use, its topics.

Pure: no I/O but the texts in its own package, no clock.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from chalicelib.partners.preferences import Topic

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("en", "de")
FALLBACK = "en"

_ALWAYS = frozenset({"name", "program", "url"})
# Below a partner's emails, a friend's, those of whoever was invited and of whoever asked to take part: why they get it.
FOOTER, FOOTER_FRIEND = "footer", "footer_friend"
FOOTER_NOT_YET, FOOTER_ASKED = "footer_not_yet", "footer_asked"
FOOTERS = frozenset({FOOTER, FOOTER_FRIEND, FOOTER_NOT_YET, FOOTER_ASKED})
# The email with a magic link: about nothing but that link.
SIGN_IN = "sign_in"


class EmailTemplate(NamedTuple):
    """The names an email may use, and the topics by which partners and friends unsubscribe from it."""

    topics: tuple[Topic, ...]
    names: frozenset[str]
    # News, which a digest may tell instead.
    news: bool = False
    # To somebody who asked for nothing, and has no topics to turn off: they can unsubscribe all the same.
    unsolicited: bool = False
    footer: str = FOOTER

    @property
    def can_unsubscribe(self) -> bool:
        """Say whether its reader can unsubscribe from emails like it; from what is about money that moved, nobody can."""
        return self.unsolicited or bool(self.topics)


def _template(
    *topics: Topic, names: str = "", news: bool = False, unsolicited: bool = False, footer: str = FOOTER
) -> EmailTemplate:
    return EmailTemplate(topics, _ALWAYS | frozenset(names.split()), news, unsolicited, footer)


TEMPLATES: Mapping[str, EmailTemplate] = {
    # To whoever may become a partner, or asked for what is theirs.
    "invitation": _template(unsolicited=True, footer=FOOTER_NOT_YET),
    "not_this_time": _template(footer=FOOTER_ASKED),
    "accepted": _template(),
    "your_page": _template(),
    SIGN_IN: _template(),
    # To partners.
    "first_steps": _template("tips"),
    "follow_up": _template("tips"),
    "last_follow_up": _template("tips"),
    "joined": _template("friends", news=True),
    "tier": _template("friends", names="tier"),
    "held": _template("rewards", names="amount date", news=True),
    "earned": _template("rewards", names="amount", news=True),
    "due": _template("rewards", names="amount minimum portal_url", news=True),
    "refused": _template(names="amount"),
    "reversed": _template(names="amount left"),
    "paid": _template(names="amount day payee_email portal_url"),
    "payee": _template(names="payee_name payee_email day time"),
    "success": _template("summaries", names="amount"),
    "milestone": _template("summaries", names="amount friends"),
    "monthly": _template("summaries", names="amount taken_back month clicks signups sales due paid"),
    "digest": _template("friends", "rewards", names="day news signups held earned due"),
    # To customers.
    "welcome": _template("tips", names="partner", footer=FOOTER_FRIEND),
    # One of money, coming and given has the amount: of a benefit, whether it was given when the email was written.
    "yours": _template(names="amount money minimum coming given", footer=FOOTER_FRIEND),
    "yours_reversed": _template(names="amount", footer=FOOTER_FRIEND),
    # Below emails; a paragraph with an address that is empty is left out.
    **{footer: _template(names="stop_url") for footer in sorted(FOOTERS)},
}
# Emails about an amount: without one, they are not sent.
ABOUT_MONEY = frozenset({"held", "earned", "due", "refused", "reversed", "paid", "yours", "yours_reversed"})
SAMPLE_VALUES: Mapping[str, str] = {
    "name": "Ada Lovelace",
    "partner": "Grace Hopper",
    "amount": "25.00 USD",
    # What an email says in some cases only is left out of a sample.
    "money": "25.00 USD",
    "coming": "",
    "given": "",
    "taken_back": "",
    "minimum": "10.00 USD",
    "left": "5.00 USD",
    "date": "2026-03-24",
    "tier": "gold",
    "month": "2026-03",
    "day": "2026-03-24",
    "clicks": "48",
    "signups": "7",
    "sales": "3",
    "friends": "25",
    "news": "12",
    "held": "12.50 USD",
    "earned": "25.00 USD",
    "due": "37.50 USD",
    "paid": "100.00 USD",
    "payee_name": "…ace",
    "payee_email": "…ce@mail.example",
    "time": "14:05",
}


@functools.cache
def built_in(language: str, template: str) -> str:
    """Return an email in one of LANGUAGES: the first line is its subject."""
    return (TEXTS / language / f"{template}.txt").read_text(encoding="utf-8").strip()
