"""Decides what conversions and refunds earn, and enters it in the ledger; once each, both or neither."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from chalicelib.conversions.credit_late import credit_late
from chalicelib.conversions.find import credited
from chalicelib.conversions.table import Conversion, ConversionRow, Refund
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import Movement
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs import find as programs
from chalicelib.rewards import cap_usage, conditions, consequences, plan
from chalicelib.rewards.caps import Key
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.plan import Proposal, RewardChange
from chalicelib.rewards.table import DECISION, HELD, REWARD, Decision, Reward

log = logging.getLogger(__name__)

# How often one conversion or refund is tried, while others change its accounts and caps.
_ATTEMPTS = 10


def decide(facts: Iterable[ConversionRow], *, at: datetime) -> None:
    """
    Decide every conversion and refund that is not decided yet. Idempotent: safe to run late, twice or concurrently.

    A refund that comes before its sale decides the sale first. A conversion that binds a customer credits what the
    customer did before, and that is decided too.
    """
    facts = list(facts)
    conversions = [row for row in facts if isinstance(row, Conversion)]
    credits_ = credit_late(conversions, at=at)
    _commit_all([_propose(one) for one in _undecided([*conversions, *credits_])], at=at)
    # One at a time: two refunds of one sale in one transaction would be one cause with two effects.
    for row in facts:
        if isinstance(row, Refund):
            _decide_refund(row, at=at)


def _undecided(conversions: list[Conversion]) -> list[Conversion]:
    decided = rows.find_all(Decision, [(one.decided_as, DECISION) for one in conversions])
    return list({one.decided_as: one for one in conversions if (one.decided_as, DECISION) not in decided}.values())


def _propose(conversion: Conversion) -> Proposal:
    program = programs.find_with_version(conversion.program_id, conversion.terms_version)
    terms = program.version(conversion.terms_version)
    standing = PartnerStanding()
    if conversion.partner_id is not None and conditions.asks_about_partner(terms.rules):
        standing = partners.recall_standing(conversion.partner_id, conversion.program_id, conversion.received_at)
    return plan.propose(conversion, program.program, terms, standing)


def _commit_all(proposals: list[Proposal], *, at: datetime) -> None:
    """Write decisions, many a transaction; where a condition fails, one by one."""
    for batch in _batches(proposals):
        if len(batch) > 1 and _commit(batch, at=at):
            continue
        for proposal in batch:
            _commit_one(proposal, at=at)


def _commit_one(proposal: Proposal, *, at: datetime) -> None:
    conversion = proposal.conversion
    for _ in writes.attempts(_ATTEMPTS):
        if _commit([proposal], at=at):
            return
        if decision_of(conversion.decided_as) is not None:
            log.info("%s: decided before", conversion.decided_as)
            return
    raise RuntimeError(f"{conversion.id}: its accounts are too busy")


def _commit(proposals: list[Proposal], *, at: datetime) -> bool:
    """Decide, and write it all or nothing; returns whether it is written."""
    caps = {cap.key: cap for proposal in proposals for cap in proposal.caps if cap.stored}
    usage = cap_usage.read_usage(caps, _amounts(proposals)) if caps else {}
    headroom = cap_usage.headroom_of(caps, usage)
    decided = [plan.conclude_within(proposal, headroom) for proposal in proposals]
    movements = [movement for one in decided for movement in consequences.movements(one)]
    entries = append(movements, at=at)
    seqs = _by_reward(movements, entries.seqs)
    new = [writes.insert(row) for one in decided for row in consequences.rows(one, seqs=seqs, at=at)]
    consumed = [cap_usage.consume(one, usage.get(one.cap.key)) for one in headroom.consumptions()]
    return not writes.commit(*new, *consumed, *entries.writes)


def _amounts(proposals: list[Proposal]) -> dict[Key, int]:
    """Return how much would be consumed of each cap if there were enough of it."""
    amounts: dict[Key, int] = defaultdict(int)
    for proposal in proposals:
        for cap in proposal.caps:
            amounts[cap.key] += sum(grant.amount for grant in proposal.grants)
    return amounts


def _by_reward(movements: Sequence[Movement], seqs: Sequence[int]) -> dict[str, int]:
    return {movement.reward_id: seq for movement, seq in zip(movements, seqs, strict=True)}


def _batches(proposals: list[Proposal]) -> Iterator[list[Proposal]]:
    """Cut proposals into batches of at most a hundred items, the most one transaction takes."""
    batch: list[Proposal] = []
    items, shared = 0, set[object]()
    for proposal in proposals:
        size = 3 + 2 * len(proposal.grants)
        common = {cap.key for cap in proposal.caps if cap.stored} | {
            (grant.owner_id, proposal.conversion.currency) for grant in proposal.grants
        }
        if batch and items + size + len(shared | common) > writes.MOST_WRITES:
            yield batch
            batch, items, shared = [], 0, set()
        batch.append(proposal)
        items += size
        shared |= common
    if batch:
        yield batch


def _decide_refund(refund: Refund, *, at: datetime) -> None:
    for _ in writes.attempts(_ATTEMPTS):
        if decision_of(refund.refund_id) is not None:
            log.info("%s: decided before", refund.refund_id)
            return
        if _commit_refund(refund, at=at):
            return
    raise RuntimeError(f"{refund.refund_id}: its accounts are too busy")


def _commit_refund(refund: Refund, *, at: datetime) -> bool:
    sale = rows.find(Conversion, refund.id, "conversion")
    if sale is None:
        raise ValueError(f"refund {refund.refund_id} has no sale")
    credit = credited(sale)
    # What was refunded before it was credited takes nothing back.
    if refund.remaining_before <= credit.left:
        sale = credit
    decision = decision_of(sale.decided_as)
    if decision is None:
        _commit_all([_propose(sale)], at=at)
        decision = decision_of(sale.decided_as)
    assert decision is not None, "a sale just decided has no decision"
    terms = programs.find_with_version(sale.program_id, sale.terms_version).version(sale.terms_version)
    rewards = rows.find_all(Reward, [(grant.id, REWARD) for grant in decision.rewards]) if decision.rewards else {}
    decided = plan.take_back(refund, sale, decision, terms, {reward.pk: reward for reward in rewards.values()})
    movements = consequences.movements(decided)
    entries = append(movements, at=at)
    seqs = _by_reward(movements, entries.seqs)
    new = [writes.insert(row) for row in consequences.rows(decided, seqs={}, at=at)]
    changed = [_change(one, seq=seqs.get(one.reward.pk)) for one in decided.changes]
    restored = cap_usage.restore((one.reward, one.amount) for one in decided.changes)
    return not writes.commit(*new, *changed, *restored, *entries.writes)


def _change(change: RewardChange, *, seq: int | None) -> Write:
    """Return the write that changes a reward, by entry *seq* if it is money, if it still is as it was read."""
    reward = change.reward
    actions = [Reward.remaining.set(change.remaining), Reward.state.set(change.state)]
    if seq is not None:
        actions.append(Reward.moved_seq.set(seq))
    if change.state != HELD and reward.hold_queue is not None:
        actions.append(Reward.hold_queue.remove())
    same = (Reward.state == reward.state) & (Reward.remaining == reward.remaining)
    return writes.update_if(reward, *actions, condition=same)
