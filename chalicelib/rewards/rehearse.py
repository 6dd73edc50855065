"""Dry runs: what other terms would have paid for what really happened. Nothing is written."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct, field, structs

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import RECEIVED_SHARDS, Conversion, ConversionRow, Credit
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.partners.standing import Standing
from chalicelib.programs.create import check
from chalicelib.programs.find import read
from chalicelib.programs.table import terms_of
from chalicelib.programs.terms import Promises, Rule
from chalicelib.rewards import amounts, conditions, plan
from chalicelib.rewards.caps import Headroom
from chalicelib.rewards.plan import Proposal
from chalicelib.rewards.table import DECISION, REWARD, Decision, Reward

MOST_SECONDS = 15.0
_DAY = timedelta(days=1)
_TOGETHER = 100
_PAGE = 500


class Rehearsal(Struct):
    """
    What conversions received in a span of time earned, and would have earned, net of refunds to date.

    What was refused is not among what was earned.

    What was received before *until* was looked at; the caps of the other terms began empty. Who is
    credited stays as it was decided.
    """

    until: datetime
    conversions: int = 0
    paid: int = 0
    would_pay: int = 0
    better: int = 0
    worse: int = 0
    benefits: int = 0
    cut_by_caps: int = 0
    by_rule: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_partner: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


def rehearse(program: str, promises: Promises, *, begin: datetime, end: datetime, at: datetime) -> Rehearsal:
    """
    Decide what was received from *begin* up to before *end* again, by other terms, in the order it was received.

    It stops once it has worked for some seconds: *until* says how far it came.
    """
    promise = read(program)
    check(promises, currency=promise.program.currency)
    terms = terms_of(promise.program.id, promises, version=0, effective_from=begin, at=at)
    deadline = Deadline(MOST_SECONDS)
    headroom = Headroom({}, {})
    found = Rehearsal(until=begin)
    while found.until < end:
        next_day = min((found.until + _DAY).replace(hour=0, minute=0, second=0, microsecond=0), end)
        for conversion, paid in _received(promise.program.id, found.until, next_day):
            if deadline.passed and conversion.received_at > found.until:
                found.until = conversion.received_at
                return found
            standing = Standing()
            if conversion.partner_id is not None and conditions.asks_about_partner(terms.rules):
                standing = partners.standing(conversion.partner_id, conversion.program_id, conversion.received_at)
            proposal = _without_budget_leases(plan.propose(conversion, promise.program, terms, standing))
            _add(found, proposal, paid, headroom)
            found.until = conversion.received_at
        found.until = next_day
        if deadline.passed:
            break
    return found


def _received(program_id: str, begin: datetime, end: datetime) -> Iterator[tuple[Conversion, int]]:
    """Return a program's decided conversions of a part of a day, in order, and what is left of their rewards."""
    shards = [_listed(program_id, shard, begin, end) for shard in range(RECEIVED_SHARDS)]
    listed = heapq.merge(*shards)
    while keys := [key for _, *key in itertools.islice(listed, _TOGETHER)]:
        # A credit is listed beside its conversion, which says what was refunded since.
        wanted = [(name, sort) for name, own in keys for sort in {own, "conversion"}]
        found = rows.find_all(ConversionRow, wanted)
        conversions = [row for name, sort in keys if isinstance(row := found.get((name, sort)), Conversion)]
        decisions = rows.find_all(Decision, [(one.decided_as, DECISION) for one in conversions])
        given = [(grant.id, REWARD) for decision in decisions.values() for grant in decision.rewards]
        rewards = rows.find_all(Reward, given)
        for conversion in conversions:
            decision, sale = decisions.get((conversion.decided_as, DECISION)), found.get((conversion.id, "conversion"))
            if isinstance(sale, Conversion) and decision is not None:
                conversion.refunded = sale.refunded
                own = [rewards.get((grant.id, REWARD)) for grant in decision.rewards]
                yield conversion, sum(reward.remaining for reward in own if reward is not None)


def _listed(program_id: str, shard: int, begin: datetime, end: datetime) -> Iterator[tuple[str, str, str]]:
    """Return when a program's conversions of one shard were received, and their keys, in order, page by page."""
    for row in walk.each(partial(received_on, begin.date(), shard, begin=begin, end=end, limit=_PAGE)):
        if row.kind_name != "refund" and row.program_id == program_id:
            yield row.received_at, row.id, row.sort


def _add(found: Rehearsal, proposal: Proposal, paid: int, headroom: Headroom) -> None:
    conversion = proposal.conversion
    decided = plan.conclude_within(proposal, headroom)
    left = conversion.amount - conversion.refunded
    would = 0
    for grant in decided.grants:
        rule = next(rule for rule in proposal.terms.rules if rule.id == grant.rule)
        amount = _standing(rule, grant.amount, conversion, proposal.base, left)
        headroom.restore([cap for cap in proposal.caps if cap.restores_on_refund], grant.amount - amount)
        would += amount
        found.by_rule[grant.rule] += amount
        found.benefits += grant.benefit is not None
        found.cut_by_caps += grant.cut_by is not None
    found.conversions += not isinstance(conversion, Credit)
    found.paid += paid
    found.would_pay += would
    found.better += would > paid
    found.worse += would < paid
    if conversion.partner_id is not None:
        both = found.by_partner[conversion.partner_id]
        both[0] += paid
        both[1] += would


def _standing(rule: Rule, granted: int, conversion: Conversion, base: int, left: int) -> int:
    """Return what is left of a grant after the refunds to date."""
    if not granted or not conversion.priced:
        return granted
    total = conversion.amount
    return granted - amounts.taken_back(rule, granted=granted, base=base, total=total, before=total, after=left)


def _without_budget_leases(proposal: Proposal) -> Proposal:
    """Let all partners share a budget's headroom: who leases how much of it does not matter here."""
    caps = [structs.replace(cap, key=(cap.key[0], "budget")) if cap.budget else cap for cap in proposal.caps]
    return structs.replace(proposal, caps=caps)
