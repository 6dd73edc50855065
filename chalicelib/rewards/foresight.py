"""Says what a correction would move, to the cent and to whom, before it is made. Nothing is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.conversions.table import Amendment, Change, Conversion, Correction
from chalicelib.kit.dynamo import rows
from chalicelib.ledger.entries import Movement
from chalicelib.programs import find as programs
from chalicelib.rewards import consequences, moves, plan
from chalicelib.rewards.cap_usage import headroom_of
from chalicelib.rewards.caps import AppliedCap, Key
from chalicelib.rewards.decide_changes import decide_amendment, stands_before
from chalicelib.rewards.decide_conversions import standing_for
from chalicelib.rewards.explain import Evidence
from chalicelib.rewards.lease import peek
from chalicelib.rewards.plan import Decided, RewardChange
from chalicelib.rewards.table import REWARD, CapUsage, Grant, Reward


class Foreseen(Struct, frozen=True):
    """
    What a correction would move: money, benefits that are taken back or given again, and new benefits.

    *certain* is False where a budget of the program is shared: others may use it up before.
    """

    movements: list[Movement]
    benefits: list[RewardChange]
    new_benefits: list[Grant]
    certain: bool = True


def foresee(change: Change, evidence: Evidence, *, at: datetime) -> Foreseen | None:
    """
    Return what a change would move that is not written, on top of all that was reported; none of it is written.

    Returns None while something that was reported is not decided yet.
    """
    sale = evidence.conversion
    decision = evidence.decisions.get(sale.decided_as)
    pending = [one for one in evidence.changes if one.change_id not in evidence.decisions]
    if decision is None or pending:
        return None
    stands = stands_before(change, sale, decision)
    if isinstance(change, Amendment):
        decided, _ = decide_amendment(change, sale, decision, stands, read_usage=_read, at=at)
        return _foreseen(decided, certain=not _has_budget(sale, evidence))
    rewards = _rewards(stands)
    if not isinstance(change, Correction):
        standing = plan.stored_standing(decision)
        return _foreseen(moves.take_back(change, sale, stands, evidence.terms, rewards, standing=standing, at=at))
    taken = moves.correct(change, sale, stands, evidence.terms, rewards)
    if change.voids:
        return _foreseen(taken)
    anew = _decide(change.credit(evidence.reported), taken, sale)
    return _foreseen(taken, anew, certain=not _has_budget(anew.conversion, evidence))


def _decide(credit: Conversion, taken: Decided, sale: Conversion) -> Decided:
    """Decide a conversion as it would be credited, once *taken* is taken back of the credit that it has now."""
    program_terms = programs.find_with_version(credit.program_id, credit.terms_version)
    program, terms = program_terms.program, program_terms.version(credit.terms_version)
    standing = standing_for(credit, terms)
    proposal = plan.propose(credit, program, terms, standing, friend_grants=taken.stands, carried=taken.carried)
    caps = {cap.key: cap for cap in proposal.caps if cap.stored}
    freed = {
        cap.key: sum(one.amount for one in taken.changes if one.reward.to in cap.sides)
        for cap in plan.caps_of(sale, program, terms)
    }
    # Of a budget, the other partner's lease is as good as one's own.
    budgets = {key[0]: amount for key, amount in freed.items() if key not in caps}
    headroom = headroom_of(caps, _read(caps, {}, freed=budgets))
    for key, amount in freed.items():
        if key in caps:
            headroom.restore([caps[key]], amount)
    return plan.conclude_within(proposal, headroom)


def _read(
    caps: Mapping[Key, AppliedCap], _amounts: Mapping[Key, int], *, freed: Mapping[str, int] | None = None
) -> dict[Key, CapUsage]:
    """Return the usage of caps; of budgets, with the leases that could be had now, and once some is *freed*."""
    usage = rows.find_all(CapUsage, list(caps))
    leases = {key: peek(cap, freed=(freed or {}).get(key[0], 0)) for key, cap in caps.items() if cap.budget}
    return usage | leases


def _has_budget(conversion: Conversion, evidence: Evidence) -> bool:
    program = programs.find_with_version(conversion.program_id, conversion.terms_version).program
    return any(cap.budget for cap in plan.caps_of(conversion, program, evidence.terms))


def _rewards(stands: Sequence[Grant]) -> dict[str, Reward]:
    return {pk: row for (pk, _), row in rows.find_all(Reward, [(one.id, REWARD) for one in stands]).items()}


def _foreseen(*decided: Decided, certain: bool = True) -> Foreseen:
    return Foreseen(
        movements=[movement for one in decided for movement in consequences.movements(one)],
        benefits=[change for one in decided for change in one.changes if change.reward.benefit is not None],
        new_benefits=[grant for one in decided for grant in one.rewards if grant.benefit is not None],
        certain=certain,
    )
