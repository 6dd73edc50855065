"""Every letter there is: what it may name, and which topic it belongs to. Knows no table and no clock."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.partners.preferences import Topic

_ALWAYS = frozenset({"name", "program", "url"})
FOOTER, FOOTER_NOT_YET = "footer", "footer_not_yet"


class Kind(NamedTuple):
    """A letter's names beside those that all have, and the topics by which partners and friends turn it off."""

    topics: tuple[Topic, ...]
    names: frozenset[str]
    # News of which one letter a day may tell, instead of one each.
    news: bool = False
    # To somebody who asked for nothing, and has no topics to turn off: they can stop it all the same.
    unasked: bool = False
    footer: str = FOOTER

    @property
    def stops(self) -> bool:
        """Say whether its reader can stop letters like it; what is about money that moved, nobody can."""
        return self.unasked or bool(self.topics)


def _kind(*topics: Topic, names: str = "", news: bool = False, unasked: bool = False, footer: str = FOOTER) -> Kind:
    return Kind(topics, _ALWAYS | frozenset(names.split()), news, unasked, footer)


KINDS: Mapping[str, Kind] = {
    # To whoever may become a partner, or asked for what is theirs.
    "invitation": _kind(unasked=True, footer=FOOTER_NOT_YET),
    "not_this_time": _kind(footer=FOOTER_NOT_YET),
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
    "due": _kind("rewards", names="amount", news=True),
    "refused": _kind(names="amount"),
    "reversed": _kind(names="amount left"),
    "paid": _kind(names="amount"),
    "payee": _kind(names="payee_name payee_email day time"),
    "success": _kind("summaries", names="amount"),
    "milestone": _kind("summaries", names="amount friends"),
    "monthly": _kind("summaries", names="amount month clicks signups sales due paid"),
    "digest": _kind("friends", "rewards", names="day news signups held earned due"),
    # To customers.
    "welcome": _kind("tips", names="partner"),
    "yours": _kind(names="amount"),
    "yours_reversed": _kind(names="amount"),
    # Below every letter, and below those to whoever is no partner yet; a paragraph with an address that is empty
    # is left out.
    FOOTER: _kind(names="stop_url"),
    FOOTER_NOT_YET: _kind(names="stop_url"),
}
# Letters that say what something came to: with nothing to say, they are not sent.
OF_MONEY = frozenset({"held", "earned", "due", "refused", "reversed", "paid", "yours", "yours_reversed"})
SAMPLE: Mapping[str, str] = {
    "name": "Ada Lovelace",
    "partner": "Grace Hopper",
    "amount": "25.00 USD",
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
