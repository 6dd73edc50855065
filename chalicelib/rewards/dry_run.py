"""Dry runs: what other terms would have paid for what was really received."""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from msgspec import Struct, field, structs

from chalicelib.conversions.credits import credited
from chalicelib.conversions.find import received_on
from chalicelib.conversions.sale_state import SaleState
from chalicelib.conversions.table import CREDIT, RECEIVED_SHARDS, TEST_SHARD, Conversion, ConversionRow, Credit
from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.ids import is_test
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.programs.find import read
from chalicelib.programs.table import new_version
from chalicelib.programs.terms import TermsBody
from chalicelib.programs.terms_versions import check_terms
from chalicelib.rewards import amounts, conditions, plan
from chalicelib.rewards.caps import Headroom, of_side
from chalicelib.rewards.plan import Proposal
from chalicelib.rewards.table import DECISION, REWARD, Decision, Grant, Reward

MOST_SECONDS = 15.0
_DAY = timedelta(days=1)
_TOGETHER = 100
_PAGE = 500


class DryRunResult(Struct):
    """
    What conversions received in a span of time earned, and would have earned, amended and refunded as they are to date.

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


class Listed(NamedTuple):
    """A conversion, or its late credit, as a list in the order of time has it: its place there, and its key."""

    place: str
    id: str
    sort: str

    @property
    def at(self) -> datetime:
        """Return when it was received, or listed."""
        return instants.parse(self.place.partition("#")[0])


def dry_run(
    program: str,
    body: TermsBody,
    *,
    begin: datetime,
    end: datetime,
    at: datetime,
    most_seconds: float = MOST_SECONDS,
) -> DryRunResult:
    """
    Decide what was received from *begin* up to before *end* again, by other terms, in the order it was received.

    Bounded by time: *until* says how far it came. Writes nothing.
    """
    trial = _Trial(program, body, begin=begin, at=at, deadline=Deadline(most_seconds))
    while trial.result.until < end:
        begun = trial.result.until
        next_day = min((begun + _DAY).replace(hour=0, minute=0, second=0, microsecond=0), end)
        parts = [TEST_SHARD] if is_test(trial.program_id) else range(RECEIVED_SHARDS)
        shards = [_listed(trial.program_id, shard, begun, next_day) for shard in parts]
        if not trial.decide_all(heapq.merge(*shards)):
            return trial.result
        trial.result.until = next_day
        if trial.deadline.passed:
            break
    return trial.result


def dry_run_of(
    program: str, body: TermsBody, listed: Iterable[Listed], *, end: datetime, at: datetime, deadline: Deadline
) -> DryRunResult:
    """Decide some conversions again, in the order they were received, as `dry_run` does; to its end, until is *end*."""
    keys = sorted(listed)
    trial = _Trial(program, body, begin=keys[0].at if keys else end, at=at, deadline=deadline)
    if trial.decide_all(iter(keys)):
        trial.result.until = end
    return trial.result


class _Trial:
    """A dry run: the terms that are tried, and what came of it so far."""

    def __init__(self, program: str, body: TermsBody, *, begin: datetime, at: datetime, deadline: Deadline) -> None:
        program_terms = read(program)
        check_terms(body, currency=program_terms.program.currency)
        self._program = program_terms.program
        self._terms = new_version(self._program.id, body, version=0, effective_from=begin, at=at)
        self._asks_about_partner = conditions.asks_about_partner(self._terms.rules)
        self._headroom = Headroom({}, {})
        self.program_id = self._program.id
        self.deadline = deadline
        self.result = DryRunResult(until=begin)

    def decide_all(self, listed: Iterator[Listed]) -> bool:
        """Decide conversions again. Returns whether there was time for all of them."""
        for conversion, sale, decision, paid in _decided(listed):
            if self.deadline.passed and conversion.received_at > self.result.until:
                self.result.until = conversion.received_at
                return False
            # A suspension or a ban is in the decision; what the old terms did not ask about is not.
            standing = plan.stored_standing(decision)
            if self._asks_about_partner and conversion.partner_id is not None:
                standing = partners.recall_standing(
                    conversion.partner_id, conversion.program_id, conversion.received_at
                )
            whole = conversion.reported_as(sale.total, sale.parts)
            proposal = _without_budget_leases(plan.propose(whole, self._program, self._terms, standing))
            _add(self.result, proposal, sale, paid, self._headroom)
            self.result.until = conversion.received_at
        return True


def _decided(listed: Iterator[Listed]) -> Iterator[tuple[Conversion, SaleState, Decision, int]]:
    """Yield those conversions that are decided: with their states, decisions, and what is left of their rewards."""
    while keys := [(one.id, one.sort) for one in itertools.islice(listed, _TOGETHER)]:
        # A credit is listed beside its conversion, which says what was reported since.
        facts = rows.find_all(ConversionRow, [(name, sort) for name, own in keys for sort in {own, "conversion"}])
        sales = {pk: row for (pk, sort), row in facts.items() if sort == "conversion" and isinstance(row, Conversion)}
        rows_listed = [row for name, sort in keys if isinstance(row := facts.get((name, sort)), Conversion)]
        conversions = [one for row in rows_listed if (one := _as_credited(row, sales.get(row.id))) is not None]
        amendments = [one.amended.amendment for one in sales.values() if one.amended is not None]
        deciding = [*(one.decided_as for one in conversions), *amendments]
        decisions = {pk: row for (pk, _), row in rows.find_all(Decision, [(one, DECISION) for one in deciding]).items()}
        granted = {grant.id for decision in decisions.values() for grant in _grants(decision)}
        rewards = rows.find_all(Reward, [(one, REWARD) for one in granted])
        for conversion in conversions:
            decision, sale = decisions.get(conversion.decided_as), sales.get(conversion.id)
            if sale is None or decision is None:
                continue
            # A late credit gets the rewards; until then, no credit has any.
            own = sale.amended if conversion.partner_id is not None else None
            amended = decisions.get(own.amendment) if own is not None else None
            grants = [*_grants(decision), *(_grants(amended) if amended is not None else [])]
            own_rewards = [rewards.get((name, REWARD)) for name in {grant.id for grant in grants}]
            paid = sum(reward.remaining for reward in own_rewards if reward is not None)
            yield conversion, sale.state, decision, paid


def _grants(decision: Decision) -> list[Grant]:
    """Return what a decision granted, or what remains since a change."""
    return [*decision.rewards, *(decision.stands or ())]


def _as_credited(row: Conversion, sale: Conversion | None) -> Conversion | None:
    """Return a listed conversion, or its late credit, as it is credited now; once, and not if it is voided."""
    if sale is None or sale.corrected is None:
        return row
    return credited(sale) if row is sale and sale.voided_at is None else None


def _listed(program_id: str, shard: int, begin: datetime, end: datetime) -> Iterator[Listed]:
    """Yield when a program's conversions of one shard were received, and their keys, in order."""
    for row in walk.each(partial(received_on, begin.date(), shard, begin=begin, end=end, limit=_PAGE)):
        if row.kind_name in ("conversion", CREDIT) and row.program_id == program_id:
            yield Listed(row.received_at, row.id, row.sort)


def _add(result: DryRunResult, proposal: Proposal, sale: SaleState, paid: int, headroom: Headroom) -> None:
    conversion = proposal.conversion
    decided = plan.conclude_within(proposal, headroom)
    would_pay = 0
    for grant in decided.grants:
        rule = next(rule for rule in proposal.terms.rules if rule.id == grant.rule)
        amount = grant.amount
        if amount and conversion.priced:
            amount = amounts.standing(rule, sale, base_without=proposal.terms.base_without, granted=grant.amount)
        freed = [cap for cap in of_side(proposal.caps, grant.to) if cap.restores_on_refund]
        headroom.restore(freed, grant.amount - amount)
        would_pay += amount
        result.by_rule[grant.rule] += amount
        result.benefits += grant.benefit is not None
        result.cut_by_caps += grant.cut_by is not None
    # One that was credited late is counted as it was reported.
    result.conversions += type(conversion) is not Credit
    result.paid += paid
    result.would_pay += would_pay
    result.better += would_pay > paid
    result.worse += would_pay < paid
    if conversion.partner_id is not None:
        both = result.by_partner[conversion.partner_id]
        both[0] += paid
        both[1] += would_pay


def _without_budget_leases(proposal: Proposal) -> Proposal:
    """Let all partners share a budget's headroom: who leases how much of it does not matter here."""
    caps = [structs.replace(cap, key=(cap.key[0], "budget")) if cap.budget else cap for cap in proposal.caps]
    return structs.replace(proposal, caps=caps)
