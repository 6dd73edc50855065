"""
What materials are called on the admin pages, and what their forms say.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.admin.english import LOCALE
from chalicelib.language.formats import name_of
from chalicelib.language.texts import languages, texts
from chalicelib.materials.kinds import CHANNELS, KINDS, LONGEST, Audience

STATES = {"draft": "Draft", "published": "Published", "withdrawn": "Withdrawn", "starter": "Starter set"}
TONES = {"draft": "held", "published": "good", "withdrawn": "", "starter": ""}
CATEGORIES = {"client": "Clients", "partner": "Partners", "influencer": "Influencers"}


def kinds() -> list[tuple[str, str]]:
    """Return every kind, and what it is called."""
    return [(one, name_of_kind(one)) for one in KINDS]


def channels() -> list[tuple[str, str]]:
    """Return every channel, and what it is called with how many characters it takes."""
    t = texts(LOCALE)
    return [(one, f"{t[f'channel_{one}']}, up to {LONGEST[one]:,} characters") for one in CHANNELS]


def tongues(chosen: str = "") -> list[tuple[str, str]]:
    """Return the languages that a form offers: those of our own texts, and the one that is chosen."""
    offered = {tag.partition("-")[0]: called for tag, called in languages()}
    return [*(offered | ({chosen: name_of(chosen)} if chosen and chosen not in offered else {})).items()]


def name_of_kind(kind: str, channel: str | None = None) -> str:
    """Return what a kind is called, of a template with its channel."""
    t = texts(LOCALE)
    return f"{t[f'material_{kind}']}: {t[f'channel_{channel}']}" if channel else t[f"material_{kind}"]


def name_of_audience(audience: Audience, tiers: Mapping[str, str]) -> str:
    """Return for whom a material is, in words."""
    first, *others = [CATEGORIES[one] for one in CATEGORIES if one in audience.categories] or ["All partners"]
    who = " or ".join([first, *(one.lower() for one in others)])
    of_tiers = " or ".join(tiers.get(one, one) for one in audience.tiers)
    return f"{who} in tier {of_tiers}" if of_tiers else who


def audience_in(form: Mapping[str, str], tiers: Sequence[str]) -> dict[str, Any]:
    """Return the audience that the boxes of a form say, as the API takes it; those of *tiers* are numbered."""
    return {
        "categories": [one for one in CATEGORIES if f"category_{one}" in form],
        "tiers": [one for number, one in enumerate(tiers) if f"tier{number}" in form],
    }


def boxes_of(audience: Audience, tiers: Sequence[str]) -> dict[str, str]:
    """Return an audience as a form has it: the boxes that are ticked."""
    names = [f"category_{one}" for one in audience.categories]
    names += [f"tier{number}" for number, one in enumerate(tiers) if one in audience.tiers]
    return dict.fromkeys(names, "yes")
