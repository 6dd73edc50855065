"""What a material's names stand for: a program's terms in sentences, and a partner's link and code."""

from collections.abc import Mapping

from chalicelib.language.texts import Texts
from chalicelib.materials.kinds import LONGEST, Channel
from chalicelib.materials.markup import fill_in
from chalicelib.programs import sentences
from chalicelib.programs.shapes import TermsView
from chalicelib.programs.table import Program, TermsVersion

# As X counts any link.
_LINK_ON_X = 23


def values_for(
    program: Program, terms: TermsVersion, tier: str | None, t: Texts, *, name: str, link: str, code: str
) -> dict[str, str]:
    """Return the values of all names, for a partner in a tier; *link* and *code* are empty if they have none."""
    rules = sentences.of_tier(terms.rules, tier)
    return {
        "program": program.name,
        "name": name,
        "link": link,
        "code": code.upper(),
        "landing_page": program.landing_url,
        "terms_url": f"{TermsView.of(terms).url}?lang={t.locale}",
        "disclosure": t("material_disclosure", program=program.name),
        "you_get": sentences.summary(rules, "referrer", program.currency, t) or "",
        "friends_get": sentences.summary(rules, "referee", program.currency, t) or "",
        "friend_gets": sentences.friend_gets(rules, program.currency, t),
        "window": t("window", number=terms.window_days),
        "held_for": sentences.when_ready(terms, t)[0],
        "taken_back": t["taken_back"],
    }


def fill_template(words: str, values: Mapping[str, str]) -> str:
    """Return a template's words filled in; what does not have the disclosure gets it as its last line."""
    filled = fill_in(words, values)
    return filled if values["disclosure"] in filled else f"{filled}\n\n{values['disclosure']}"


def count_characters(filled: str, channel: Channel, link: str) -> int:
    """Return how many characters a channel counts of a text."""
    count = len(filled)
    return count + (_LINK_ON_X - len(link)) * filled.count(link) if channel == "x" and link else count


def too_long_by(filled: str, channel: Channel, link: str) -> int:
    """Return how many characters a text has beyond what its channel takes; 0 if it fits."""
    return max(0, count_characters(filled, channel, link) - LONGEST[channel])
