"""Which materials are for a partner: by their language, their category and their tier."""

from collections.abc import Iterable, Sequence

from chalicelib.language import FALLBACK
from chalicelib.materials.kinds import CHANNELS, KINDS, Audience
from chalicelib.materials.starters import Starter
from chalicelib.materials.table import Material
from chalicelib.partners.standing import PartnerStanding

_CHANNELS: tuple[str | None, ...] = (None, *CHANNELS)


def is_for(audience: Audience, standing: PartnerStanding) -> bool:
    """Return whether a partner who stands so is in an audience."""
    if audience.categories and standing.category not in audience.categories:
        return False
    return not audience.tiers or standing.tier in audience.tiers


def choose(own: Iterable[Material], left: Iterable[Starter], language: str) -> list[Material | Starter]:
    """
    Return what a reader of a language sees of a program's *own* that are for them, and of the starter set *left*.

    Of each kind (of templates: for each channel) what is in their language, else in English, else in any; a program's
    own before ours. What must be read is shown in any language, unless it is there in theirs. That comes first.
    """
    of_slot: dict[tuple[str, str | None], list[Material]] = {}
    for material in own:
        of_slot.setdefault((material.sort_of, material.channel), []).append(material)
    ours: dict[tuple[str, str | None], list[Starter]] = {}
    for starter in left:
        ours.setdefault((starter.kind, starter.channel), []).append(starter)
    chosen = [
        one
        for slot in dict.fromkeys([*of_slot, *ours])
        for one in _of_slot(of_slot.get(slot, []), ours.get(slot, []), language)
    ]
    return sorted(chosen, key=_place)


def _of_slot(own: list[Material], ours: list[Starter], language: str) -> Sequence[Material | Starter]:
    everything: list[Material | Starter] = [*own, *ours]
    spoken: Sequence[Material | Starter] = own
    for tongue in (language, FALLBACK):
        # A program's own of a language replace ours of it already.
        if of_tongue := [one for one in everything if one.language == tongue]:
            spoken = of_tongue
            break
    if any(isinstance(one, Material) and one.must_read for one in spoken):
        return spoken
    return [*spoken, *(one for one in own if one.must_read and one not in spoken)]


def _place(one: Material | Starter) -> tuple[bool, int, int]:
    kind = one.sort_of if isinstance(one, Material) else one.kind
    must = isinstance(one, Material) and bool(one.must_read)
    return not must, KINDS.index(kind), _CHANNELS.index(one.channel)
