"""
Terms in sentences, from the terms themselves, in the words of a language.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.kit.money import in_language, written
from chalicelib.programs.terms import Agreement, Criteria, Rule, Side, Tier

Words = Mapping[str, str]


def summary(rules: Iterable[Rule], side: Side, said: Words) -> str | None:
    """Return in one sentence what a side gets, or None if it gets nothing."""
    clauses = [_clause(rule, said) for rule in rules if rule.to == side]
    return said[f"gets_{side}"].format(what=listed(clauses, said)) if clauses else None


def friend_gets(rules: Iterable[Rule], said: Words) -> str:
    """Return what a friend gets as a part of a message, or nothing."""
    clauses = [_clause(rule, said) for rule in rules if rule.to == "referee"]
    return said["you_get"].format(what=listed(clauses, said)) if clauses else ""


def listed(parts: Sequence[str], said: Words) -> str:
    """Return parts as people list them: with commas, and a word before the last."""
    return f"{', '.join(parts[:-1])} {said['and']} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def what(rule: Rule, said: Words) -> str:
    """Return what a rule gives."""
    if rule.benefit is not None:
        return rule.benefit.spelled
    if rule.flat is not None:
        return written(rule.flat.amount, rule.flat.currency, language=said["language"])
    return percent(rule.rate_bp or 0, said)


def percent(basis_points: int, said: Words) -> str:
    """Return a rate: 1250 basis points are 12.5 %."""
    plain = f"{basis_points // 100}.{basis_points % 100:02}".rstrip("0").rstrip(".")
    return in_language(plain, said["language"]) + "\u00a0%"


def day(at: datetime, said: Words) -> str:
    """Return a UTC day as people write it; it is never broken in two."""
    month = said["months"].split()[at.month - 1]
    return said["day"].format(day=at.day, month=month, year=at.year).replace(" ", "\u00a0")


def month(at: datetime, said: Words) -> str:
    """Return a UTC month as people write it."""
    return f"{said['months'].split()[at.month - 1]} {at.year}"


def _clause(rule: Rule, said: Words) -> str:
    kind = rule.on if rule.on in ("lead", "sale") else "event"
    suffix = "" if rule.rate_bp is not None or kind != "sale" else "_flat"
    conditions = f" {said['conditions']}" if rule.when != Criteria() else ""
    return said[f"{kind}_{rule.to}{suffix}"].format(what=what(rule, said), event=rule.on.replace("_", " ")) + conditions


def in_full(terms: Agreement, side: Side, currency: str, said: Words) -> list[str]:
    """Return every rule for a side, with all of its conditions."""
    return [_full(rule, currency, said) for rule in terms.rules if rule.to == side]


def _full(rule: Rule, currency: str, said: Words) -> str:
    plain = _clause(rule, {**said, "conditions": ""}).rstrip()
    conditions = [*_conditions(rule.when, currency, said)]
    if rule.due_within_days is not None:
        conditions.append(said["due_within"].format(days=rule.due_within_days))
    level = "" if rule.level == "basic" else f" ({said['level_' + rule.level]})"
    sentence = plain[:1].upper() + plain[1:] + level
    return f"{sentence}: {'; '.join(conditions)}." if conditions else f"{sentence}."


def _conditions(when: Criteria, currency: str, said: Words) -> Iterable[str]:
    if when.minimum_amount is not None:
        yield said["if_amount"].format(amount=written(when.minimum_amount, currency, language=said["language"]))
    if when.number_from is not None and when.number_from > 1:
        yield said["if_from"].format(number=when.number_from)
    if when.number_to is not None:
        yield said["if_to"].format(number=when.number_to)
    if when.months is not None:
        yield said["if_months"].format(months=when.months)
    if when.products:
        yield said["if_products"].format(names=", ".join(when.products))
    for name, accepted in when.metadata.items():
        yield said["if_metadata"].format(name=name, values=", ".join(accepted))
    if when.categories:
        yield said["if_categories"].format(names=", ".join(when.categories))
    if when.tiers:
        yield said["if_tiers"].format(names=", ".join(when.tiers))


def bounds(terms: Agreement, currency: str, said: Words) -> list[str]:
    """Return what holds for all rules: which friends count, from when on a reward is due, and the caps."""
    told = [
        said["window"].format(days=terms.window_days),
        said["touch_first" if terms.touch == "first" else "touch_last"],
        said["held_for"].format(days=terms.hold_days) if terms.hold_days else said["held_not"],
        said["taken_back"],
    ]
    if terms.base_without:
        told.append(said["without"].format(parts=listed([said[part] for part in terms.base_without], said)))
    for cap in terms.caps:
        period = said[f"period_{cap.period}"]
        told.append(
            said[f"cap_{cap.per}"].format(
                amount=written(cap.amount, currency, language=said["language"]), period=period
            )
        )
    told += [_tier(tier, currency, said) for tier in terms.tiers]
    if terms.minimum_payout:
        told.append(
            said["minimum_payout"].format(amount=written(terms.minimum_payout, currency, language=said["language"]))
        )
    return told


def tier_brings(rules: Iterable[Rule], tier: str, now: str | None, said: Words) -> str | None:
    """Return in one sentence what a partner gets in a tier that they do not get where they are now, if anything."""
    new = [rule for rule in rules if rule.to == "referrer" and tier in rule.when.tiers and now not in rule.when.tiers]
    plain = {**said, "conditions": ""}
    clauses = [_clause(rule, plain).rstrip() for rule in new]
    return said["tier_brings"].format(what=listed(clauses, said)) if clauses else None


def _tier(tier: Tier, currency: str, said: Words) -> str:
    needed = [said["tier_leads"].format(number=tier.minimum_leads)] if tier.minimum_leads else []
    needed += [said["tier_sales"].format(number=tier.minimum_sales)] if tier.minimum_sales else []
    needed += (
        [said["tier_revenue"].format(amount=written(tier.minimum_revenue, currency, language=said["language"]))]
        if tier.minimum_revenue
        else []
    )
    within = said["tier_within"].format(days=tier.within_days) if tier.within_days else ""
    return said["tier"].format(name=tier.name, needed=listed(needed, said), within=within)
