"""Dry runs: what other terms would have paid for what was really received."""

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
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs.find import read
from chalicelib.programs.table import new_version
from chalicelib.programs.terms import Rule, TermsBody
from chalicelib.programs.terms_versions import check_terms
from chalicelib.rewards import amounts, conditions, plan
from chalicelib.rewards.caps import Headroom
from chalicelib.rewards.plan import Proposal
from chalicelib.rewards.table import DECISION, REWARD, Decision, Reward

MOST_SECONDS = 15.0
_DAY = timedelta(days=1)
_TOGETHER = 100
_PAGE = 500


class DryRunResult(Struct):
    """
    What conversions received in a span of time earned, and would have earned, net of refunds to date.

    Refused rewards are not counted as earned. Only what was received before *until* was decided again; the caps of the
    other terms began empty. Attribution stays as it was.
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


def dry_run(program: str, body: TermsBody, *, begin: datetime, end: datetime, at: datetime) -> DryRunResult:
    """
    Decide what was received from *begin* up to before *end* again, by other terms, in the order it was received.

    Bounded by time: *until* says how far it came. Writes nothing.
    """
    program_terms = read(program)
    check_terms(body, currency=program_terms.program.currency)
    terms = new_version(program_terms.program.id, body, version=0, effective_from=begin, at=at)
    deadline = Deadline(MOST_SECONDS)
    headroom = Headroom({}, {})
    result = DryRunResult(until=begin)
    while result.until < end:
        next_day = min((result.until + _DAY).replace(hour=0, minute=0, second=0, microsecond=0), end)
        for conversion, paid in _received(program_terms.program.id, result.until, next_day):
            if deadline.passed and conversion.received_at > result.until:
                result.until = conversion.received_at
                return result
            standing = PartnerStanding()
            if conversion.partner_id is not None and conditions.asks_about_partner(terms.rules):
                standing = partners.recall_standing(
                    conversion.partner_id, conversion.program_id, conversion.received_at
                )
            proposal = _without_budget_leases(plan.propose(conversion, program_terms.program, terms, standing))
            _add(result, proposal, paid, headroom)
            result.until = conversion.received_at
        result.until = next_day
        if deadline.passed:
            break
    return result


def _received(program_id: str, begin: datetime, end: datetime) -> Iterator[tuple[Conversion, int]]:
    """Yield a program's decided conversions of a part of a day, in order, and what is left of their rewards."""
    shards = [_listed(program_id, shard, begin, end) for shard in range(RECEIVED_SHARDS)]
    listed = heapq.merge(*shards)
    while keys := [key for _, *key in itertools.islice(listed, _TOGETHER)]:
        # A credit is listed beside its conversion, which says what was refunded since.
        facts = rows.find_all(ConversionRow, [(name, sort) for name, own in keys for sort in {own, "conversion"}])
        conversions = [row for name, sort in keys if isinstance(row := facts.get((name, sort)), Conversion)]
        decisions = rows.find_all(Decision, [(one.decided_as, DECISION) for one in conversions])
        granted = [(grant.id, REWARD) for decision in decisions.values() for grant in decision.rewards]
        rewards = rows.find_all(Reward, granted)
        for conversion in conversions:
            decision, sale = decisions.get((conversion.decided_as, DECISION)), facts.get((conversion.id, "conversion"))
            if isinstance(sale, Conversion) and decision is not None:
                conversion.refunded = sale.refunded
                own = [rewards.get((grant.id, REWARD)) for grant in decision.rewards]
                yield conversion, sum(reward.remaining for reward in own if reward is not None)


def _listed(program_id: str, shard: int, begin: datetime, end: datetime) -> Iterator[tuple[str, str, str]]:
    """Yield when a program's conversions of one shard were received, and their keys, in order."""
    for row in walk.each(partial(received_on, begin.date(), shard, begin=begin, end=end, limit=_PAGE)):
        if row.kind_name != "refund" and row.program_id == program_id:
            yield row.received_at, row.id, row.sort


def _add(result: DryRunResult, proposal: Proposal, paid: int, headroom: Headroom) -> None:
    conversion = proposal.conversion
    decided = plan.conclude_within(proposal, headroom)
    left = conversion.amount - conversion.refunded
    would_pay = 0
    for grant in decided.grants:
        rule = next(rule for rule in proposal.terms.rules if rule.id == grant.rule)
        amount = _left_of(rule, grant.amount, conversion, proposal.base, left)
        headroom.restore([cap for cap in proposal.caps if cap.restores_on_refund], grant.amount - amount)
        would_pay += amount
        result.by_rule[grant.rule] += amount
        result.benefits += grant.benefit is not None
        result.cut_by_caps += grant.cut_by is not None
    result.conversions += not isinstance(conversion, Credit)
    result.paid += paid
    result.would_pay += would_pay
    result.better += would_pay > paid
    result.worse += would_pay < paid
    if conversion.partner_id is not None:
        both = result.by_partner[conversion.partner_id]
        both[0] += paid
        both[1] += would_pay


def _left_of(rule: Rule, granted: int, conversion: Conversion, base: int, left: int) -> int:
    """Return what is left of a grant after the refunds to date."""
    if not granted or not conversion.priced:
        return granted
    total = conversion.amount
    return granted - amounts.taken_back(rule, granted=granted, base=base, total=total, before=total, after=left)


def _without_budget_leases(proposal: Proposal) -> Proposal:
    """Let all partners share a budget's headroom: who leases how much of it does not matter here."""
    caps = [structs.replace(cap, key=(cap.key[0], "budget")) if cap.budget else cap for cap in proposal.caps]
    return structs.replace(proposal, caps=caps)
