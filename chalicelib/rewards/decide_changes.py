"""Decides what is reported of a conversion later: refunds, restores, amendments, and corrections of its credit."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.conversions.credits import changes_of, credited_for
from chalicelib.conversions.table import Amendment, Change, Conversion, Correction, Credit, Restore, order_of
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger.append import append
from chalicelib.ledger.entries import AccountState
from chalicelib.ledger.find import account_states
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Side
from chalicelib.rewards import cap_usage, consequences, moves, plan
from chalicelib.rewards.caps import SIDES, AppliedCap, Consumed, Key, of_side
from chalicelib.rewards.decide_conversions import MOST_ATTEMPTS, by_reward, decide_conversions
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.plan import Decided, RewardChange
from chalicelib.rewards.table import DECISION, DUE, HELD, REFUSED, REVERSED, REWARD, CapUsage, Decision, Grant, Reward

log = logging.getLogger(__name__)

ReadUsage = Callable[[Mapping[Key, AppliedCap], Mapping[Key, int]], dict[Key, CapUsage]]


def undecided_before(change: Change) -> list[Change]:
    """
    Return what must be decided before a change of a sale: all before its last turn, in order.

    Between two turns a sale is only refunded, and refunds may be decided in any order. A turn gives something back, or
    changes what can be taken back, so earlier changes are decided before it, and later ones after it.
    """
    if change.turn == 0:
        return []
    place = order_of(change)[:2]
    earlier = [one for one in changes_of(change.id) if order_of(one)[:2] < place]
    decisions = rows.find_all(Decision, [(one.change_id, DECISION) for one in earlier])
    return [one for one in earlier if (one.change_id, DECISION) not in decisions]


def decide_change(change: Change, *, at: datetime) -> None:
    """Decide a change of a conversion, once; and after a correction, what the conversion gives since then."""
    for _ in writes.attempts(MOST_ATTEMPTS):
        if decision_of(change.change_id) is not None:
            log.info("%s: decided before", change.change_id)
            break
        if _commit_change(change, at=at):
            break
    else:
        raise RuntimeError(f"{change.change_id}: its accounts are too busy")
    if isinstance(change, Correction) and not change.voids:
        decide_conversions([change.credit(_conversion_of(change))], at=at)


def _conversion_of(change: Change) -> Conversion:
    conversion = rows.find(Conversion, change.id, "conversion")
    if conversion is None:
        raise ValueError(f"{change.change_id} has no conversion")
    return conversion


def _commit_change(change: Change, *, at: datetime) -> bool:
    sale = credited_for(change, _conversion_of(change))
    decision = decision_of(sale.decided_as)
    if decision is None:
        decide_conversions([sale], at=at)
        decision = decision_of(sale.decided_as)
    assert decision is not None, "a sale just decided has no decision"
    stands = stands_before(change, sale, decision)
    if isinstance(change, Amendment):
        decided, used = decide_amendment(change, sale, decision, stands, read_usage=cap_usage.read_usage, at=at)
        return _commit_moves(decided, used, at=at)
    terms = programs.find_with_version(sale.program_id, sale.terms_version).version(sale.terms_version)
    rewards = _rewards(grant.id for grant in stands)
    if isinstance(change, Correction):
        return _commit_correction(change, sale, moves.correct(change, sale, stands, terms, rewards), rewards, at=at)
    standing = plan.stored_standing(decision)
    decided = moves.take_back(change, sale, stands, terms, rewards, standing=standing, at=at)
    taken = [(one.reward, one.amount) for one in decided.changes]
    move_caps = cap_usage.retake if isinstance(change, Restore) else cap_usage.restore
    return _commit_moves(decided, move_caps(taken), at=at)


def _commit_correction(
    correction: Correction, sale: Conversion, decided: Decided, rewards: Mapping[str, Reward], *, at: datetime
) -> bool:
    """Take back what a conversion gave its partner; its friend's rewards go along, with what they use of caps."""
    program = programs.find_with_version(sale.program_id, sale.terms_version).program
    credit = correction.credit(sale)
    before, after = (plan.caps_of(one, program, decided.terms) for one in (sale, credit))
    taken: dict[Side, int] = {
        side: sum(one.amount for one in decided.changes if one.reward.to == side) for side in SIDES
    }
    used = cap_usage.hand_over(before, after, taken=taken, carried=decided.carried)
    friends = [reward for grant in decided.stands if (reward := rewards.get(grant.id)) is not None]
    along = [_hand_over(reward, credit, after) for reward in friends]
    return _commit_moves(decided, [*used, *along], at=at)


def _hand_over(reward: Reward, credit: Conversion, caps: Sequence[AppliedCap]) -> Write:
    """Return the write that moves a friend's reward to another credit of its conversion, if it is still as read."""
    freed = [cap.key for cap in of_side(caps, "referee") if cap.restores_on_refund and cap.stored]
    actions = [
        Reward.partner_id.set(credit.partner_id or ""),
        Reward.code_key.remove(),
        Reward.restored_caps.set(freed),
    ]
    return writes.update_if(reward, *actions, condition=reward.unchanged())


def stands_before(change: Change, sale: Conversion, decision: Decision) -> list[Grant]:
    """Return the rewards of a sale before a change, but for refunds: what it gave, or since its last amendment."""
    amendment = change.states(sale)[0].amendment
    if amendment is None or (isinstance(sale, Credit) and sale.state.amendment == amendment):
        return decision.rewards if decision.stands is None else decision.stands
    amended = decision_of(amendment)
    assert amended is not None, "an amendment is decided before what follows it"
    return amended.stands or []


def _rewards(identifiers: Iterable[str]) -> dict[str, Reward]:
    return {pk: row for (pk, _), row in rows.find_all(Reward, [(one, REWARD) for one in identifiers]).items()}


def decide_amendment(
    amendment: Amendment,
    sale: Conversion,
    decision: Decision,
    stands: list[Grant],
    *,
    read_usage: ReadUsage,
    at: datetime,
) -> tuple[Decided, list[Write | None]]:
    """
    Decide a sale again, as if it had been reported as amended, within the current rest of its caps.

    Returns the decision, and the writes that use or free caps. Nothing is written but what *read_usage* writes.
    """
    program = programs.find_with_version(sale.program_id, sale.terms_version)
    standing = plan.stored_standing(decision)
    terms = program.version(sale.terms_version)
    amended_sale, sides = sale.reported_as(amendment.amount, amendment.breakdown), plan.sides_of(sale, stands)
    proposal = plan.propose(amended_sale, program.program, terms, standing, sides=sides)
    rewards = _rewards({grant.id for grant in (*stands, *proposal.grants)})
    refused = {reward.pk for reward in rewards.values() if reward.state == REFUSED}
    caps = {cap.key: cap for cap in plan.caps_of(sale, program.program, terms) if cap.stored}
    before = {
        key: sum(reward.remaining for reward in rewards.values() if reward.to in cap.sides) for key, cap in caps.items()
    }
    more = {key: max(0, amount - before[key]) for key, amount in _under(caps, proposal.grants).items()}
    usage = read_usage(caps, more) if caps else {}
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
    return decided, changes


def _under(caps: Mapping[Key, AppliedCap], grants: Sequence[Grant]) -> dict[Key, int]:
    """Return how much of grants falls under each cap."""
    return {key: sum(grant.amount for grant in grants if grant.to in cap.sides) for key, cap in caps.items()}


def _commit_moves(decided: Decided, used: Iterable[Write | None], *, at: datetime) -> bool:
    """Write what was decided about a change, all or nothing; returns whether it is written."""
    movements = consequences.movements(decided)
    states = account_states(list(dict.fromkeys(movement.account for movement in movements)))
    entries = append(movements, at=at, states=states)
    seqs = by_reward(movements, entries.seqs)
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
    """Return whether a reward returns to its previous state: no payout has settled since it was taken back."""
    settled = max(account.settled_seq, account.frozen_seq)
    return reward.reversed_from == DUE and reward.seq > 0 and reward.moved_seq > settled
