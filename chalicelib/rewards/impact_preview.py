"""Impact preview: who is affected by new terms, and what they change."""

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

import msgspec
from msgspec import Struct

from chalicelib.partners import find as partners
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import FirstIntroduction, window

_MOST_PARTNERS = 10_000
_COMPARED = (
    *("window_days", "touch", "hold_days", "base_without", "caps", "tiers", "minimum_payout"),
    "minimum_payout_referee",
)

_INTRODUCTIONS: Mapping[str | None, str] = {
    None: "the terms no longer say whose introduction counts",
    "first_received": "the introduction received first now counts",
}


class ImpactPreview(Struct, frozen=True):
    """
    Who new terms affect.

    From their date on, they count for touches of the program's *partners*. Customers who were referred by an earlier
    touch keep *kept_version*; an earlier touch may still bind until *earlier_until*.
    """

    partners: int
    more_partners: bool
    touches_from: datetime
    kept_version: int
    earlier_until: datetime
    changed: list[str]


def preview_impact(program_terms: ProgramTerms, new: TermsVersion) -> ImpactPreview:
    """Return who is affected by a version, compared with the one in force just before it begins."""
    before = max(
        (terms for terms in program_terms.promised if terms.version != new.version),
        key=lambda terms: (terms.effective_from <= new.effective_from, terms.effective_from, terms.version),
    )
    count, position = 0, None
    while True:
        page, position = partners.walk_enrolled(program_terms.program.id, limit=1000, position=position)
        count += len(page)
        if position is None or count >= _MOST_PARTNERS:
            break
    return ImpactPreview(
        partners=count,
        more_partners=position is not None,
        touches_from=new.effective_from,
        kept_version=before.version,
        earlier_until=new.effective_from + window(before.window_days),
        changed=_changed(before, new),
    )


def _changed(before: TermsVersion, new: TermsVersion) -> list[str]:
    """Return how a version differs from the one before it: by rule, and by name."""
    old_rules = {rule.id: rule for rule in before.rules}
    new_rules = {rule.id: rule for rule in new.rules}
    changes = [f"rule {name} ends" for name in old_rules if name not in new_rules]
    changes += [f"rule {name} begins" for name in new_rules if name not in old_rules]
    both = [name for name in new_rules if name in old_rules]
    changes += [f"rule {name} changes" for name in both if new_rules[name] != old_rules[name]]
    for name in _COMPARED:
        old, now = (msgspec.json.encode(getattr(terms, name)).decode() for terms in (before, new))
        if old != now:
            changes.append(f"{name}: {old} becomes {now}")
    if before.introductions != new.introductions:
        changes.append(_INTRODUCTIONS[new.introductions])
    return changes


assert set(_INTRODUCTIONS) == {None, *get_args(FirstIntroduction)}, "each way to choose an introduction has words"
