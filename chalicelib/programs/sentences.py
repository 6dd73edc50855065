"""
Terms in sentences, from the terms themselves, in a reader's language.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from msgspec.structs import replace

from chalicelib.language.formats import listed, money, name_from, percent, words_of
from chalicelib.language.texts import Texts
from chalicelib.programs.terms import LEVELS, Agreement, Criteria, Rule, Side, Tier

# What a sentence carries beside what is given; of more conditions it only says that there are some.
_MOST_IN_SHORT = 2
# A rule that was given no name is named by its event, its side and its level.
_RULE = re.compile(rf"(.+)_({'|'.join(get_args(Side))})(?:_({'|'.join(LEVELS)}))?")


def summary(rules: Iterable[Rule], side: Side, currency: str, t: Texts) -> str | None:
    """Return in one sentence what a side gets, or None if it gets nothing."""
    offers = _offers(rules, side, side, currency, t)
    return t(f"gets_{side}", what=listed(offers, t.locale)) if offers else None


def of_tier(rules: Iterable[Rule], tier: str | None) -> list[Rule]:
    """Return the rules that apply in a tier, without that condition; without a tier, all rules unchanged."""
    if tier is None:
        return list(rules)
    theirs = [rule for rule in rules if not rule.when.tiers or tier in rule.when.tiers]
    return [replace(rule, when=replace(rule.when, tiers=[])) for rule in theirs]


def friend_gets(rules: Iterable[Rule], currency: str, t: Texts) -> str:
    """Return what a friend gets, for a message that a partner sends them, or nothing."""
    offers = _offers(rules, "referee", "you", currency, t)
    return t("you_get", what=listed(offers, t.locale)) if offers else ""


def what(rule: Rule, t: Texts) -> str:
    """Return what a rule gives."""
    if rule.benefit is not None:
        return rule.benefit.spelled
    if rule.flat is not None:
        return money(rule.flat.amount, rule.flat.currency, t.locale)
    return percent(rule.rate_bp or 0, t.locale)


def _offers(rules: Iterable[Rule], side: Side, reader: str, currency: str, t: Texts) -> list[str]:
    """Return what a side gets for each event: of its rules only one applies, so what they give does not add up."""
    by_event: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.to == side:
            by_event.setdefault(rule.on, []).append(rule)
    return [_offer(alternatives, reader, currency, t) for alternatives in by_event.values()]


def _offer(alternatives: Sequence[Rule], reader: str, currency: str, t: Texts) -> str:
    """Return what rules for one event and side give: what is usual, then what may come in its place."""
    ordered = _by_precedence(alternatives)
    # Behind a rule that asks nothing, no other is reached.
    last = next((place for place, rule in enumerate(ordered) if rule.when == Criteria()), len(ordered) - 1)
    usual = ordered[last]
    offer = _if(_clause(usual, reader, t), _in_short(_without_first(usual), reader, currency, t), t)
    for rule in reversed(ordered[:last]):
        if what(rule, t) == what(usual, t) and usual.when == Criteria():
            continue
        if reader == "referrer" and rule.when == Criteria(tiers=rule.when.tiers):
            offer = t("or_in_tier", what=offer, other=what(rule, t), tiers=_tiers(rule.when.tiers, t))
        else:
            other = _if(what(rule, t), _in_short(rule, reader, currency, t), t)
            offer = t("or_other", what=offer, other=other)
    return offer


def _if(offer: str, conditions: str, t: Texts) -> str:
    return t("on_conditions", what=offer, conditions=conditions) if conditions else offer


def _in_short(rule: Rule, reader: str, currency: str, t: Texts) -> str:
    """Return a rule's conditions for a short sentence: of many, or of those that are the partner's, only that."""
    conditions = list(_conditions(rule, reader, currency, t))
    when = rule.when
    of_others = reader == "you" and (when.tiers or when.categories)
    if len(conditions) > _MOST_IN_SHORT or when.products or when.metadata or of_others:
        return t["conditions_apply"]
    return _together(conditions, t)


def _together(conditions: Sequence[str], t: Texts) -> str:
    together = "".join(conditions[:1])
    for condition in conditions[1:]:
        together = t("and_condition", conditions=together, condition=condition)
    return together


def _by_precedence(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules for one event and side in the order in which the first that applies is taken."""
    return sorted(rules, key=lambda rule: -LEVELS.index(rule.level))


def _clause(rule: Rule, reader: str, t: Texts) -> str:
    """Return what a rule gives for what, without other conditions: to the referrer, the referee, or a friend: you."""
    kind = rule.on if rule.on in ("lead", "sale") else "event"
    suffix = "" if rule.rate_bp is not None or kind != "sale" else "_flat"
    values = {"what": what(rule, t), "event": words_of(rule.on)}
    if _is_for_the_first(rule):
        return t(f"{kind}_{reader}{suffix}_first", number=rule.when.number_to or 1, **values)
    return t(f"{kind}_{reader}{suffix}", **values)


def _is_for_the_first(rule: Rule) -> bool:
    """Return whether a rule is for the first of a customer's conversions of a kind; a sign-up is one in any case."""
    return rule.on != "lead" and rule.when.number_to is not None and (rule.when.number_from or 1) == 1


def _without_first(rule: Rule) -> Rule:
    """Return a rule without the condition that its clause says."""
    return replace(rule, when=replace(rule.when, number_to=None)) if _is_for_the_first(rule) else rule


def in_full(terms: Agreement, side: Side, currency: str, t: Texts) -> list[str]:
    """Return every rule for a side, with all of its conditions, and what it gives instead of others."""
    rules = [rule for rule in terms.rules if rule.to == side]
    return [_full(rule, _by_precedence(one for one in rules if one.on == rule.on), currency, t) for rule in rules]


def _full(rule: Rule, alternatives: Sequence[Rule], currency: str, t: Texts) -> str:
    clause = _clause(rule, rule.to, t)
    beaten = dict.fromkeys(what(one, t) for one in alternatives[alternatives.index(rule) + 1 :])
    beaten.pop(what(rule, t), None)
    if beaten:
        clause = t("instead_of", what=clause, other=listed(list(beaten), t.locale, style="or"))
    elif rule.level != "basic":
        clause = t("at_level", what=clause, level=t[f"level_{rule.level}"])
    clause = clause[:1].upper() + clause[1:]
    conditions = list(_conditions(_without_first(rule), rule.to, currency, t))
    if rule.due_within_days is not None:
        conditions.append(t("due_within", number=rule.due_within_days))
    if not conditions:
        return t("rule", what=clause)
    return t("rule_if", what=clause, conditions=_together(conditions, t))


def _conditions(rule: Rule, reader: str, currency: str, t: Texts) -> Iterator[str]:
    """Yield a rule's conditions: of each friend (to the referrer), of theirs (to them, of the referee), or of yours."""
    when = rule.when
    suffix = "" if reader == "referrer" else f"_{reader}"
    if when.minimum_amount is not None:
        yield t("if_amount", amount=money(when.minimum_amount, currency, t.locale))
    yield from _which_numbers(rule, suffix, t)
    if when.months is not None:
        yield t("if_months_you" if reader == "you" else "if_months", number=when.months)
    if when.products:
        yield t("if_products", names=listed(when.products, t.locale, style="or"))
    for name, accepted in when.metadata.items():
        yield t("if_metadata", name=name, values=listed(accepted, t.locale, style="or"))
    if when.categories:
        names = [t[f"category_{category}"] for category in when.categories]
        yield t("if_categories", names=listed(names, t.locale, style="or"))
    if when.tiers:
        yield t("if_tiers_referee" if reader == "referee" else "if_tiers", tiers=_tiers(when.tiers, t))


def _which_numbers(rule: Rule, suffix: str, t: Texts) -> Iterator[str]:
    """Yield for which of a customer's conversions of a kind a rule is, if not for all."""
    kind = "sale" if rule.on == "sale" else "event"
    first, last = rule.when.number_from or 1, rule.when.number_to
    if first > 1 and last is not None:
        yield t(f"if_{'only' if first == last else 'between'}_{kind}{suffix}", first=first, last=last)
    elif first > 1:
        yield t(f"if_after_{kind}{suffix}", number=first - 1)
    elif last is not None:
        yield t(f"if_first_{kind}{suffix}", number=last)


def _tiers(labels: Iterable[str], t: Texts) -> str:
    return listed([t("tier_name", name=name_from(label)) for label in labels], t.locale, style="or")


def bounds(terms: Agreement, currency: str, t: Texts) -> list[str]:
    """Return what holds for all rules: which friends count, from when on a reward is due, and the caps."""
    sentences = [*which_count(terms, t), *when_ready(terms, t), t["taken_back"], *limits(terms, currency, t)]
    sentences += [_tier(tier, currency, t) for tier in terms.tiers]
    sentences += minimum(terms, currency, t)
    if terms.minimum_payout_referee:
        sentences.append(t("minimum_payout_referee", amount=money(terms.minimum_payout_referee, currency, t.locale)))
    return [*sentences, *introductions(terms, t)]


def introductions(terms: Agreement, t: Texts) -> list[str]:
    """Return whose introduction of a person counts, if the terms say so."""
    if terms.introductions is None:
        return []
    return [t["first_introduction"], t["second_introduction"], t["known_before"], t["own_word"]]


def which_count(terms: Agreement, t: Texts) -> list[str]:
    """Return which friends count, and for whom."""
    return [t("window", number=terms.window_days), t["touch_first" if terms.touch == "first" else "touch_last"]]


def when_ready(terms: Agreement, t: Texts) -> list[str]:
    """Return how long rewards are held."""
    return [t("held_for", number=terms.hold_days) if terms.hold_days else t["held_not"], *_held_apart(terms, t)]


def limits(terms: Agreement, currency: str, t: Texts) -> list[str]:
    """Return what rates leave out, and the caps."""
    sentences = []
    if terms.base_without:
        sentences.append(t("without", parts=listed([t[part] for part in terms.base_without], t.locale)))
    for cap in terms.caps:
        amount = money(cap.amount, currency, t.locale)
        side = cap.to or ("referrer" if cap.per == "partner" else None)
        name = f"cap_{cap.per}_{side}" if side else f"cap_{cap.per}"
        sentences.append(t(name, amount=amount, period=t[f"period_{cap.period}"]))
    return sentences


def minimum(terms: Agreement, currency: str, t: Texts) -> list[str]:
    """Return the least amount that partners are paid, if there is one."""
    return [t("minimum_payout", amount=money(terms.minimum_payout, currency, t.locale))] if terms.minimum_payout else []


def _held_apart(terms: Agreement, t: Texts) -> Iterator[str]:
    """Yield which rewards are held for another time than the others."""
    for rule in terms.rules:
        days = rule.held_days(terms.hold_days)
        if days != terms.hold_days:
            name = name_of_rule(rule.id, t)
            yield t("held_rule_for", rule=name, number=days) if days else t("held_rule_not", rule=name)


def name_of_rule(rule: str, t: Texts) -> str:
    """Return what a rule is called: `Sale, for the friend` for `sale_referee`, as a rule is named by itself."""
    match = _RULE.fullmatch(rule)
    if match is None:
        return name_from(rule)
    event, side, level = match.groups()
    name = t(f"rule_{side}", event=t[f"rule_{event}"] if event in ("lead", "sale") else name_from(event))
    return t("rule_at_level", rule=name, level=t[f"level_{level}"]) if level in LEVELS[1:] else name


def tier_offer(rules: Iterable[Rule], tier: str, now: str | None, t: Texts) -> str:
    """Return what a partner gets in a tier that they do not get where they are now, or nothing."""
    new = [rule for rule in rules if rule.to == "referrer" and tier in rule.when.tiers and now not in rule.when.tiers]
    return listed([_clause(rule, "referrer", t) for rule in new], t.locale)


def tier_brings(rules: Iterable[Rule], tier: str, now: str | None, t: Texts) -> str | None:
    """Return in one sentence what a tier brings to a partner, if anything."""
    offer = tier_offer(rules, tier, now, t)
    return t("tier_brings", what=offer) if offer else None


def _tier(tier: Tier, currency: str, t: Texts) -> str:
    needed = []
    if tier.minimum_leads:
        needed.append(t("tier_leads", number=tier.minimum_leads))
    if tier.minimum_sales:
        needed.append(t("tier_sales", number=tier.minimum_sales))
    if tier.minimum_revenue:
        needed.append(t("tier_revenue", amount=money(tier.minimum_revenue, currency, t.locale)))
    name, together = name_from(tier.name), listed(needed, t.locale)
    if tier.within_days:
        return t("tier_within", name=name, needed=together, number=tier.within_days)
    return t("tier", name=name, needed=together)
