"""Decides what conversions and refunds earn, and enters it in the ledger; once each, both or neither."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.conversions.credit_late import credit_late
from chalicelib.conversions.find import credited
from chalicelib.conversions.table import Conversion, ConversionRow, Refund
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.ledger.append import append
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs import find as programs
from chalicelib.rewards import conditions, plan
from chalicelib.rewards.caps import Key, Rooms, Use
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.lease import lease, over
from chalicelib.rewards.plan import Proposal
from chalicelib.rewards.table import DECISION, DUE, HELD, REWARD, CapUse, Decision, Reward

log = logging.getLogger(__name__)


def decide(reported: Iterable[ConversionRow], *, at: datetime) -> None:
    """
    Decide every conversion and refund that is not decided yet.

    Streams deliver at least once and in any order between items: what was decided before stays, and
    a refund that comes before its sale decides the sale first. What they say of who had sent a customer
    credits what was told of the customer before, and that is decided too.
    """
    known = list(reported)
    conversions = [row for row in known if isinstance(row, Conversion)]
    refunds = [row for row in known if isinstance(row, Refund)]
    late = credit_late(conversions, at=at)
    _settle([_propose(one) for one in _undecided([*conversions, *late])], at=at)
    # One at a time: two refunds of one sale in one transaction would be one cause with two effects.
    for refund in refunds:
        _settle_refund(refund, at=at)


def _undecided(conversions: list[Conversion]) -> list[Conversion]:
    decided = rows.find_all(Decision, [(one.decided_as, DECISION) for one in conversions])
    return list({one.decided_as: one for one in conversions if (one.decided_as, DECISION) not in decided}.values())


def _propose(conversion: Conversion) -> Proposal:
    promise = programs.find_with_version(conversion.program_id, conversion.terms_version)
    terms = promise.version(conversion.terms_version)
    standing = PartnerStanding()
    if conversion.partner_id is not None and conditions.asks_about_partner(terms.rules):
        standing = partners.recall_standing(conversion.partner_id, conversion.program_id, conversion.received_at)
    return plan.propose(conversion, promise.program, terms, standing)


def _settle(proposals: list[Proposal], *, at: datetime) -> None:
    """Write decisions, many a transaction; where a condition fails, one by one."""
    for together in _fitting(proposals):
        if len(together) > 1 and _written(together, at=at):
            continue
        for one in together:
            _settle_alone(one, at=at)


def _settle_alone(one: Proposal, *, at: datetime) -> None:
    for _ in writes.attempts(10):
        if _written([one], at=at):
            return
        if decision_of(one.conversion.decided_as) is not None:
            log.info("%s: decided before", one.conversion.decided_as)
            return
    raise RuntimeError(f"{one.conversion.id}: its accounts are too busy")


def _written(proposals: list[Proposal], *, at: datetime) -> bool:
    uses = {use.key: use for one in proposals for use in one.uses if use.kept}
    seen = _caps(uses, proposals) if uses else {}
    used = {key: row.used for key, row in seen.items()}
    leased = {key: seen[key].leased if key in seen else 0 for key, use in uses.items() if use.budget}
    rooms = Rooms(used, leased)
    plans = [plan.conclude(one, rooms, at=at) for one in proposals]
    moved = append((movement for one in plans for movement in one.movements), at=at)
    for reward, seq in zip((reward for one in plans for reward in one.rewards), moved.seqs, strict=True):
        reward.granted_seq, reward.moved_seq, reward.seq = seq, seq, seq if reward.state == DUE else 0
    put = [
        row for one in plans for row in (one.decision, *one.outcomes, *one.rewards, *one.benefits, *one.fulfillments)
    ]
    taken = [_use(uses[key], rooms, seen.get(key)) for key, amount in rooms.taken.items() if key in uses and amount]
    return not writes.commit(*map(writes.insert, put), *taken, *moved.writes)


def _caps(uses: dict[Key, Use], proposals: list[Proposal]) -> dict[Key, CapUse]:
    """Return what is used of caps; a partner's lease of a budget is made large enough first, if it can be."""
    wanted: dict[Key, int] = defaultdict(int)
    for one in proposals:
        for use in one.uses:
            wanted[use.key] += sum(grant.amount for grant in one.grants)
    seen = rows.find_all(CapUse, list(uses))
    budgets = {key: use for key, use in uses.items() if use.budget}
    short = [use for key, use in budgets.items() if _free(seen.get(key)) < wanted[key] or over(use)]
    for use in short:
        lease(use, wanted[use.key])
    return rows.find_all(CapUse, list(uses)) if short else seen


def _free(seen: CapUse | None) -> int:
    return seen.leased - seen.used if seen else 0


def _use(use: Use, rooms: Rooms, seen: CapUse | None) -> Write:
    """Take from a cap, if there is still as much left; if somebody was cut, if there is still as little."""
    taken = rooms.taken[use.key]
    if seen is None:
        return writes.insert(CapUse(*use.key, used=taken))
    same_lease = CapUse.leased == seen.leased
    if use.key in rooms.short:
        return writes.update_if(seen, CapUse.used.add(taken), condition=(CapUse.used == seen.used) & same_lease)
    still = CapUse.used <= rooms.bounds[use.key]
    return writes.update_if(seen, CapUse.used.add(taken), condition=still & same_lease if use.budget else still)


def _fitting(proposals: list[Proposal]) -> Iterator[list[Proposal]]:
    """Cut proposals into lots of at most a hundred items, the most one transaction takes."""
    lot: list[Proposal] = []
    items, shared = 0, set[object]()
    for one in proposals:
        size = 3 + 2 * len(one.grants)
        common = {use.key for use in one.uses if use.kept} | {
            (grant.owner_id, one.conversion.currency) for grant in one.grants
        }
        if lot and items + size + len(shared | common) > writes.MOST_WRITES:
            yield lot
            lot, items, shared = [], 0, set()
        lot.append(one)
        items += size
        shared |= common
    if lot:
        yield lot


def _settle_refund(refund: Refund, *, at: datetime) -> None:
    for _ in writes.attempts(10):
        if decision_of(refund.refund_id) is not None:
            log.info("%s: decided before", refund.refund_id)
            return
        if _refund_written(refund, at=at):
            return
    raise RuntimeError(f"{refund.refund_id}: its accounts are too busy")


def _refund_written(refund: Refund, *, at: datetime) -> bool:
    sale = rows.find(Conversion, refund.id, "conversion")
    if sale is None:
        raise ValueError(f"refund {refund.refund_id} has no sale")
    late = credited(sale)
    # What was refunded before it was credited takes nothing back.
    if refund.remaining_before <= late.left:
        sale = late
    decided = decision_of(sale.decided_as)
    if decided is None:
        _settle([_propose(sale)], at=at)
        decided = decision_of(sale.decided_as)
    assert decided is not None, "a sale just decided has no decision"
    promise = programs.find_with_version(sale.program_id, sale.terms_version)
    given = rows.find_all(Reward, [(grant.id, REWARD) for grant in decided.rewards]) if decided.rewards else {}
    rewards = {reward.pk: reward for reward in given.values()}
    one = plan.for_refund(refund, sale, decided, promise.version(sale.terms_version), rewards, at=at)
    moved = append(one.movements, at=at)
    put = [writes.insert(row) for row in (one.decision, *one.outcomes, *one.fulfillments)]
    seqs = dict(zip((movement.reward_id for movement in one.movements), moved.seqs, strict=True))
    changed = [change(step, seq=seqs.get(step.seen.pk)) for step in one.changes]
    freed = refilled((step.seen, step.seen.remaining - step.remaining) for step in one.changes)
    return not writes.commit(*put, *changed, *freed, *moved.writes)


def change(step: plan.DatedChange, *, seq: int | None) -> Write:
    """Return the write that moves a reward on, by entry *seq* if it is money, if it still is as it was seen."""
    actions = [Reward.remaining.set(step.remaining), Reward.state.set(step.state)]
    if seq is not None:
        actions.append(Reward.moved_seq.set(seq))
    if step.state != HELD and step.seen.waits is not None:
        actions.append(Reward.waits.remove())
    same = (Reward.state == step.seen.state) & (Reward.remaining == step.seen.remaining)
    return writes.update_if(step.seen, *actions, condition=same)


def refilled(freed: Iterable[tuple[Reward, int]]) -> list[Write]:
    """Return the writes that give caps their room back for what was taken from rewards, where the terms say so."""
    amounts: dict[Key, int] = defaultdict(int)
    for reward, amount in freed:
        for key in reward.refills:
            amounts[key] += amount
    return [
        writes.update_if(CapUse(*key), CapUse.used.add(-amount), condition=CapUse.used >= amount)
        for key, amount in amounts.items()
        if amount
    ]
