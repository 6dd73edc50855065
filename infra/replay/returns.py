"""Compares the return on investment of a story with what its purchases and terms alone say, in exact fractions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks, years

_MARGIN = Fraction(4000, 10_000)
_ROWS = ("revenue", "refunded", "net_revenue", "referrer_rewards", "referee_rewards", "customers")


def check_returns(checks: Checks, client: Client, program: str, facts: list[Fact], partners: Mapping[str, str]) -> None:
    """Compare each year's value, rewards and customers, as a whole and by partner. *partners* has their ids by name."""
    for first, last in years(min(fact.day for fact in facts), max(fact.day for fact in facts)):
        own = [fact for fact in facts if first <= fact.day <= last]
        path = f"/v1/programs/{program}/roi?from={first}&to={last}&margin_bp={_MARGIN * 10_000}&by=partner"
        _check(checks, f"return of {first.year}", client.api("GET", path), own, partners)


def _check(checks: Checks, what: str, roi: dict[str, Any], facts: list[Fact], partners: Mapping[str, str]) -> None:
    credited = _summed(fact for fact in facts if fact.partner is not None)
    nobodys = _summed(fact for fact in facts if fact.partner is None)
    checks.check(f"{what}, complete", roi["complete"], True)
    for name in ("revenue", "refunded", "net_revenue", "customers"):
        checks.check(f"{what}, {name}", roi[name], credited[name])
    for name in ("revenue", "refunded", "net_revenue", "sales"):
        checks.check(f"{what}, unattributed {name}", roi["unattributed"][name], nobodys[name])
    lines = {line["name"]: _exact(line["amount"]) for line in roi["lines"]}
    for name in ("referrer_rewards", "referee_rewards"):
        checks.check(f"{what}, {name}", lines[name], credited[name])
    value, cost = credited["net_revenue"] * _MARGIN, sum(lines.values())
    checks.check(f"{what}, value", _exact(roi["value"]), value)
    checks.check(f"{what}, cost", _exact(roi["cost"]), cost)
    checks.check(f"{what}, return", _exact(roi["roi"]), (value - cost) / cost)
    rows = {row["name"]: row for row in roi["rows"] if not row["shared"]}
    for partner, identifier in partners.items():
        own = _summed(fact for fact in facts if fact.partner == partner)
        for name in _ROWS:
            checks.check(f"{what}, {partner}, {name}", rows.get(identifier, Counter())[name], own[name])


def _summed(facts: Iterable[Fact]) -> Counter[str]:
    """Return the sums of some facts; rewards less what was taken back."""
    sums: Counter[str] = Counter()
    for fact in facts:
        sums.update(fact.numbers)
    sums["referrer_rewards"] = sums["referrer_earned"] - sums["referrer_reversed"]
    sums["referee_rewards"] = sums["referee_earned"]
    return sums


def _exact(fraction: dict[str, str]) -> Fraction:
    return Fraction(int(fraction["numerator"]), int(fraction["denominator"]))
