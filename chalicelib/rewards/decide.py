"""Decides what conversions earn, and what is reported of them later; enters it in the ledger, once, both or neither."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.conversions.credit_late import credit_late
from chalicelib.conversions.find import changes_of, credited
from chalicelib.conversions.table import (
    Amendment,
    Change,
    Conversion,
    ConversionRow,
    Credit,
    Restore,
    order_of,
)
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import AccountState, Movement
from chalicelib.ledger.find import account_states
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs import find as programs
from chalicelib.rewards import cap_usage, conditions, consequences, moves, plan
from chalicelib.rewards.caps import AppliedCap, Consumed, Key, of_side
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.plan import Decided, Proposal, RewardChange
from chalicelib.rewards.table import DECISION, DUE, HELD, REFUSED, REVERSED, REWARD, Decision, Grant, Reward

log = logging.getLogger(__name__)

# How often one conversion or change is tried, while others change its accounts and caps.
_ATTEMPTS = 10


def decide(facts: Iterable[ConversionRow], *, at: datetime) -> None:
    """
    Decide every conversion, and every change of one, that is not decided yet.

    A change that comes before its sale, or before what it follows, decides that first. A conversion that binds a
    customer credits what the customer did before, and that is decided too.

    Idempotent: safe to run late, twice or concurrently.
    """
    facts = list(facts)
    conversions = [row for row in facts if isinstance(row, Conversion)]
    credits_ = credit_late(conversions, at=at)
    _commit_all([_propose(one) for one in _undecided([*conversions, *credits_])], at=at)
    # One at a time: two refunds of one sale in one transaction would be one cause with two effects.
    for row in facts:
        if isinstance(row, Change):
            for change in [*_undecided_before(row), row]:
                _decide_change(change, at=at)


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
            amounts[cap.key] += sum(grant.amount for grant in proposal.grants if grant.to in cap.sides)
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


def _undecided_before(change: Change) -> list[Change]:
    """
    Return what must be decided before a change of a sale: all before its last turn, in order.

    Between two turns a sale is only refunded, and refunds may be decided in any order. A turn gives something back, or
    changes what there is to be taken back, so what is before it is decided before it, and what is after it after it.
    """
    if change.turn == 0:
        return []
    place = order_of(change)[:2]
    earlier = [one for one in changes_of(change.id) if order_of(one)[:2] < place]
    decisions = rows.find_all(Decision, [(one.change_id, DECISION) for one in earlier])
    return [one for one in earlier if (one.change_id, DECISION) not in decisions]


def _decide_change(change: Change, *, at: datetime) -> None:
    for _ in writes.attempts(_ATTEMPTS):
        if decision_of(change.change_id) is not None:
            log.info("%s: decided before", change.change_id)
            return
        if _commit_change(change, at=at):
            return
    raise RuntimeError(f"{change.change_id}: its accounts are too busy")


def _commit_change(change: Change, *, at: datetime) -> bool:
    conversion = rows.find(Conversion, change.id, "conversion")
    if conversion is None:
        raise ValueError(f"{change.change_id} has no conversion")
    sale = conversion
    credit = credited(conversion)
    # What was reported before it was credited moves nothing.
    if isinstance(credit, Credit) and not credit.covers(change):
        sale = credit
    decision = decision_of(sale.decided_as)
    if decision is None:
        _commit_all([_propose(sale)], at=at)
        decision = decision_of(sale.decided_as)
    assert decision is not None, "a sale just decided has no decision"
    stands = stands_before(change, sale, decision)
    if isinstance(change, Amendment):
        return _commit_amendment(change, sale, decision, stands, at=at)
    terms = programs.find_with_version(sale.program_id, sale.terms_version).version(sale.terms_version)
    decided = moves.take_back(change, sale, stands, terms, _rewards(grant.id for grant in stands), at=at)
    taken = [(one.reward, one.amount) for one in decided.changes]
    move_caps = cap_usage.retake if isinstance(change, Restore) else cap_usage.restore
    return _commit_moves(decided, move_caps(taken), at=at)


def stands_before(change: Change, sale: Conversion, decision: Decision) -> list[Grant]:
    """Return the rewards of a sale before a change, but for refunds: what it gave, or since its last amendment."""
    amendment = change.states(sale)[0].amendment
    if amendment is None or (isinstance(sale, Credit) and sale.state.amendment == amendment):
        return decision.rewards
    amended = decision_of(amendment)
    assert amended is not None, "an amendment is decided before what follows it"
    return amended.stands or []


def _rewards(identifiers: Iterable[str]) -> dict[str, Reward]:
    return {pk: row for (pk, _), row in rows.find_all(Reward, [(one, REWARD) for one in identifiers]).items()}


def _commit_amendment(
    amendment: Amendment, sale: Conversion, decision: Decision, stands: list[Grant], *, at: datetime
) -> bool:
    """Decide a sale anew, as if it had been reported as it is amended, within what the caps leave by now."""
    program = programs.find_with_version(sale.program_id, sale.terms_version)
    standing = PartnerStanding(decision.category, decision.tier)
    terms = program.version(sale.terms_version)
    proposal = plan.propose(sale.reported_as(amendment.amount, amendment.breakdown), program.program, terms, standing)
    rewards = _rewards({grant.id for grant in (*stands, *proposal.grants)})
    refused = {reward.pk for reward in rewards.values() if reward.state == REFUSED}
    caps = {cap.key: cap for cap in plan.caps_of(sale, program.program, terms) if cap.stored}
    before = {
        key: sum(reward.remaining for reward in rewards.values() if reward.to in cap.sides) for key, cap in caps.items()
    }
    more = {key: max(0, amount - before[key]) for key, amount in _under(caps, proposal.grants).items()}
    usage = cap_usage.read_usage(caps, more) if caps else {}
    headroom = cap_usage.headroom_of(caps, usage)
    for key, cap in caps.items():
        headroom.release([cap], before[key])
    amended = plan.conclude(
        proposal,
        lambda grant: (
            Consumed(0) if grant.id in refused else headroom.consume(of_side(proposal.caps, grant.to), grant.amount)
        ),
    )
    decided = moves.amend(amendment, amended, stands, rewards, at=at)
    used = {key: amount - before[key] for key, amount in _under(caps, amended.rewards).items()}
    changes = [cap_usage.change(cap, used[key], usage.get(key)) for key, cap in caps.items()]
    return _commit_moves(decided, changes, at=at)


def _under(caps: Mapping[Key, AppliedCap], grants: Sequence[Grant]) -> dict[Key, int]:
    """Return how much of grants falls under each cap."""
    return {key: sum(grant.amount for grant in grants if grant.to in cap.sides) for key, cap in caps.items()}


def _commit_moves(decided: Decided, used: Iterable[Write | None], *, at: datetime) -> bool:
    """Write what was decided about a change, all or nothing; returns whether it is written."""
    movements = consequences.movements(decided)
    states = account_states(list(dict.fromkeys(movement.account for movement in movements)))
    entries = append(movements, at=at, states=states)
    seqs = _by_reward(movements, entries.seqs)
    new = [writes.insert(row) for row in consequences.rows(decided, seqs=seqs, at=at)]
    changed = [_change(one, states, seq=seqs.get(one.reward.pk)) for one in decided.changes]
    return not writes.commit(*new, *changed, *(one for one in used if one is not None), *entries.writes)


def _change(change: RewardChange, states: Mapping[str, AccountState], *, seq: int | None) -> Write:
    """Return the write that changes a reward, by entry *seq* if it is money, if it still is as it was read."""
    reward = change.reward
    actions = [Reward.remaining.set(change.remaining), Reward.state.set(change.state)]
    if change.granted is not None:
        actions.append(Reward.granted.set(change.granted))
    if seq is not None:
        actions.append(Reward.moved_seq.set(seq))
        if reward.state == REVERSED and change.state == DUE and not _is_as_due(reward, states[reward.account]):
            actions.append(Reward.seq.set(seq))
    if change.state == REVERSED:
        actions.append(Reward.reversed_from.set(HELD if reward.state == HELD else DUE))
        if reward.benefit is not None and reward.state != HELD:
            actions.append(Reward.rounds.set((reward.rounds or 0) + 1))
    if change.hold_queue is not None:
        actions.append(Reward.hold_queue.set(change.hold_queue))
    elif change.state != HELD and reward.hold_queue is not None:
        actions.append(Reward.hold_queue.remove())
    same = (Reward.state == reward.state) & (Reward.remaining == reward.remaining)
    return writes.update_if(reward, *actions, condition=same)


def _is_as_due(reward: Reward, account: AccountState) -> bool:
    """Say whether a reward comes back to what it was: no payout has settled since that it was taken back."""
    settled = max(account.settled_seq, account.frozen_seq)
    return reward.reversed_from == DUE and reward.seq > 0 and reward.moved_seq > settled
