"""Says who is affected by new terms, and what they change."""

from datetime import datetime

import msgspec
from msgspec import Struct

from chalicelib.partners import find as partners
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import window

_MOST_PARTNERS = 10_000
_SAID = ("window_days", "touch", "hold_days", "base_without", "caps", "tiers", "minimum_payout")


class Affected(Struct, frozen=True):
    """
    What new terms mean to whom.

    From their date, touches of the program's *partners* are promised them. Whoever was referred by
    an earlier touch keeps *kept_version* for ever; an earlier touch may still bind until *earlier_until*.
    """

    partners: int
    more_partners: bool
    touches_from: datetime
    kept_version: int
    earlier_until: datetime
    changed: list[str]


def affected(promise: ProgramTerms, new: TermsVersion) -> Affected:
    """Return who is affected by a version, beside the one in force just before it begins."""
    before = max(
        (terms for terms in promise.promised if terms.version != new.version),
        key=lambda terms: (terms.effective_from <= new.effective_from, terms.effective_from, terms.version),
    )
    count, position = 0, None
    while True:
        page, position = partners.walk_enrolled(promise.program.id, limit=1000, position=position)
        count += len(page)
        if position is None or count >= _MOST_PARTNERS:
            break
    return Affected(
        partners=count,
        more_partners=position is not None,
        touches_from=new.effective_from,
        kept_version=before.version,
        earlier_until=new.effective_from + window(before.window_days),
        changed=_changed(before, new),
    )


def _changed(before: TermsVersion, new: TermsVersion) -> list[str]:
    """Return what a version says otherwise than the one before it: by rule, and by name."""
    old = {rule.id: rule for rule in before.rules}
    now = {rule.id: rule for rule in new.rules}
    found = [f"rule {name} ends" for name in old if name not in now]
    found += [f"rule {name} begins" for name in now if name not in old]
    found += [f"rule {name} changes" for name in now if name in old and now[name] != old[name]]
    for name in _SAID:
        told = [msgspec.json.encode(getattr(terms, name)).decode() for terms in (before, new)]
        if told[0] != told[1]:
            found.append(f"{name}: {told[0]} becomes {told[1]}")
    return found
