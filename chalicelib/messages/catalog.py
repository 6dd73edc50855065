"""
Every email there is: what it may name, and which topic it belongs to.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.partners.preferences import Topic

_ALWAYS = frozenset({"name", "program", "url"})
# Below a partner's emails, a friend's, those of whoever was invited and of whoever asked to take part: why they get it.
FOOTER, FOOTER_FRIEND = "footer", "footer_friend"
FOOTER_NOT_YET, FOOTER_ASKED = "footer_not_yet", "footer_asked"
FOOTERS = frozenset({FOOTER, FOOTER_FRIEND, FOOTER_NOT_YET, FOOTER_ASKED})


# The email with a link to sign in by: about nothing but that link.
SIGN_IN = "sign_in"


class Kind(NamedTuple):
    """An email's names beside those that all have, and the topics by which partners and friends turn it off."""

    topics: tuple[Topic, ...]
    names: frozenset[str]
    # News of which one email a day may tell, instead of one each.
    news: bool = False
    # To somebody who asked for nothing, and has no topics to turn off: they can stop it all the same.
    unasked: bool = False
    footer: str = FOOTER

    @property
    def stops(self) -> bool:
        """Say whether its reader can stop emails like it; what is about money that moved, nobody can."""
        return self.unasked or bool(self.topics)


def _kind(*topics: Topic, names: str = "", news: bool = False, unasked: bool = False, footer: str = FOOTER) -> Kind:
    return Kind(topics, _ALWAYS | frozenset(names.split()), news, unasked, footer)


KINDS: Mapping[str, Kind] = {
    # To whoever may become a partner, or asked for what is theirs.
    "invitation": _kind(unasked=True, footer=FOOTER_NOT_YET),
    "not_this_time": _kind(footer=FOOTER_ASKED),
    "accepted": _kind(),
    "your_page": _kind(),
    "sign_in": _kind(),
    # To partners.
    "first_steps": _kind("tips"),
    "follow_up": _kind("tips"),
    "last_follow_up": _kind("tips"),
    "joined": _kind("friends", news=True),
    "tier": _kind("friends", names="tier"),
    "held": _kind("rewards", names="amount date", news=True),
    "earned": _kind("rewards", names="amount", news=True),
    "due": _kind("rewards", names="amount minimum portal_url", news=True),
    "refused": _kind(names="amount"),
    "reversed": _kind(names="amount left"),
    "paid": _kind(names="amount day payee_email portal_url"),
    "payee": _kind(names="payee_name payee_email day time"),
    "success": _kind("summaries", names="amount"),
    "milestone": _kind("summaries", names="amount friends"),
    "monthly": _kind("summaries", names="amount taken_back month clicks signups sales due paid"),
    "digest": _kind("friends", "rewards", names="day news signups held earned due"),
    # To customers.
    "welcome": _kind("tips", names="partner", footer=FOOTER_FRIEND),
    # One of money, coming and given has the amount: of a benefit, whether it was given when the email was written.
    "yours": _kind(names="amount money minimum coming given", footer=FOOTER_FRIEND),
    "yours_reversed": _kind(names="amount", footer=FOOTER_FRIEND),
    # Below emails; a paragraph with an address that is empty is left out.
    **{footer: _kind(names="stop_url") for footer in sorted(FOOTERS)},
}
# Emails that say what something came to: with nothing to say, they are not sent.
OF_MONEY = frozenset({"held", "earned", "due", "refused", "reversed", "paid", "yours", "yours_reversed"})
SAMPLE: Mapping[str, str] = {
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
