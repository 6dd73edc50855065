"""
Decides how a sale's rewards change with a later report: a refund, a restore, an amendment.

Or with an admin's correction of its credit.

It returns values; `consequences` makes the rows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.conversions.sale_state import SaleState
from chalicelib.conversions.table import Amendment, Conversion, Correction, Credit, Refund, Restore
from chalicelib.ledger.entries import Reason, ReasonCode
from chalicelib.partners.standing import PartnerStanding
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import Rule
from chalicelib.rewards import amounts
from chalicelib.rewards.conditions import Check
from chalicelib.rewards.plan import Decided, RewardChange
from chalicelib.rewards.table import (
    AMENDMENT,
    CORRECTION,
    DUE,
    FREE_SALE,
    HELD,
    REFUND,
    REFUSED,
    RESTORE,
    REVERSED,
    REVIEW,
    Grant,
    Reward,
    hold_queue_if_due,
    hold_queue_of,
)

Rewards = Mapping[str, Reward]


def take_back(
    change: Refund | Restore,
    sale: Conversion,
    stands: Sequence[Grant],
    terms: TermsVersion,
    rewards: Rewards,
    *,
    standing: PartnerStanding,
    at: datetime,
) -> Decided:
    """
    Return what a refund takes back of its sale's rewards, or what a restore gives back, on the same terms.

    *stands* are the rewards of the sale, or of its last amendment, decided with the partner's *standing*. A refused
    reward stays refused.
    """
    before, after = change.states(sale)
    restored = isinstance(change, Restore)
    rules = {rule.id: rule for rule in terms.rules}
    moved: list[Grant] = []
    first: list[Grant] = []
    reasons: dict[str, Reason] = {}
    changes: list[RewardChange] = []
    for grant in stands:
        reward = rewards.get(grant.id)
        if reward is None and restored and (new := _first_given(grant, rules[grant.rule], before, after, terms)):
            first.append(new)
            reasons[new.id] = _reason(change, grant, rules[grant.rule], before, after, terms)
        if reward is None or reward.state == REFUSED:
            continue
        if reward.benefit is not None:
            voided = [one.is_void(terms.base_without) for one in (before, after)]
            if voided[0] != voided[1] and voided[1] != (reward.state == REVERSED):
                moved.append(grant)
                changes.append(_brought_back(reward, at=at) if restored else RewardChange(reward, 0, REVERSED))
            continue
        rule = rules[grant.rule]
        own = _moved(grant, rule, before, after, terms)
        moved.append(own)
        if own.amount:
            reason = _reason(change, grant, rule, before, after, terms)
            changes.append(_changed(reward, -own.amount if restored else own.amount, reason, at=at))
    names = (
        ("restored", "restored", "nothing_to_give_back")
        if restored
        else ("reversed", "refunded", "nothing_to_take_back")
    )
    outcome, reason_code, nothing = names
    changed = bool(changes or first)
    return Decided(
        id=change.change_id,
        conversion=sale,
        terms=terms,
        what=RESTORE if restored else REFUND,
        outcome=outcome if changed else "nothing_due",
        reason=reason_code if changed else nothing,
        amount=change.amount,
        received_at=change.received_at,
        checks=[Check("sale_was_rewarded", bool(stands), f"{len(stands)} rewards")],
        grants=[*moved, *first],
        standing=PartnerStanding(state=standing.state, reason=standing.reason),
        rewards=first,
        reasons=reasons,
        changes=changes,
    )


def amend(
    amendment: Amendment, amended: Decided, stands: Sequence[Grant], rewards: Rewards, *, at: datetime
) -> Decided:
    """
    Return what an amendment changes: what the sale earns as *amended*, less what is left in *stands*.

    A rule that no longer applies takes its reward back, and one that applies now gives it. A refused reward
    stays refused.
    """
    sale, before = amended.conversion, amendment.before
    rules = {rule.id: rule for rule in amended.terms.rules}
    earned = {grant.id: grant for grant in amended.rewards}
    differences: list[Grant] = []
    changes: list[RewardChange] = []
    for grant in {**{grant.id: grant for grant in stands}, **earned}.values():
        reward, new = rewards.get(grant.id), earned.get(grant.id)
        if reward is None:
            if new is not None:
                differences.append(new)
            continue
        if reward.state == REFUSED:
            continue
        if reward.benefit is not None:
            if (new is not None) == (reward.state == REVERSED):
                differences.append(replace(grant, due_at=None))
                changes.append(_brought_back(reward, at=at) if new is not None else RewardChange(reward, 0, REVERSED))
            continue
        target = new.amount if new is not None else 0
        difference = target - reward.remaining
        if difference:
            arithmetic = f"{_spelled(new)} - {reward.remaining} = {difference}"
            differences.append(replace(grant, amount=difference, arithmetic=arithmetic, due_at=None, cut_by=None))
            reason = _amendment_reason(sale, before, rules[grant.rule], new, amended)
            changes.append(replace(_changed(reward, -difference, reason, at=at), granted=target))
    new_rewards = [grant for grant in amended.rewards if grant.id not in rewards]
    return replace(
        amended,
        id=amendment.change_id,
        what=AMENDMENT,
        outcome="amended" if changes or new_rewards else "nothing_due",
        reason="amended" if changes or new_rewards else "nothing_changed",
        amount=amendment.amount - before.total,
        received_at=amendment.received_at,
        binds=False,
        grants=differences,
        rewards=new_rewards,
        changes=changes,
        stands=amended.rewards,
    )


def correct(
    correction: Correction, sale: Conversion, stands: Sequence[Grant], terms: TermsVersion, rewards: Rewards
) -> Decided:
    """
    Return what a correction takes back: everything that is left of the partner's rewards in *stands*.

    A void takes the friend's back, too. A refused reward stays refused.
    """
    friend_grants = [] if correction.voids else [grant for grant in stands if grant.to == "referee"]
    code: ReasonCode = "voided" if correction.voids else "credit_moved"
    changes: list[RewardChange] = []
    taken: list[Grant] = []
    for grant in stands:
        reward = rewards.get(grant.id)
        if reward is None or grant in friend_grants or reward.state in (REVERSED, REFUSED):
            continue
        left = reward.remaining if reward.benefit is None else 0
        taken.append(replace(grant, amount=left, arithmetic=f"{left}", due_at=None, cut_by=None))
        reason = Reason(code, rule=grant.rule, granted=reward.granted) if reward.benefit is None else None
        changes.append(RewardChange(reward, 0, REVERSED, left, reason))
    carried = sum(rewards[grant.id].remaining for grant in friend_grants if grant.id in rewards)
    free = sale.type == "sale" and not (sale.number if isinstance(sale, Credit) else sale.counts)
    return Decided(
        id=correction.change_id,
        conversion=sale,
        terms=terms,
        what=CORRECTION,
        outcome="reversed" if changes else "nothing_due",
        reason=code if changes else "nothing_to_take_back",
        amount=correction.before.left,
        received_at=sale.received_at,
        checks=[Check("sale_was_rewarded", bool(stands), f"{len(stands)} rewards")],
        grants=taken,
        number=sale.number,
        changes=changes,
        stands=friend_grants,
        counted=FREE_SALE if free else sale.type,
        carried=carried,
        note=correction.note,
    )


def _changed(reward: Reward, amount: int, reason: Reason, *, at: datetime) -> RewardChange:
    """Return the change that takes an amount back from a reward; if it is negative, gives it."""
    remaining = reward.remaining - amount
    if amount > 0:
        return RewardChange(reward, remaining, REVERSED if remaining == 0 else reward.state, amount, reason)
    # A late credit may get back more than it was given: for a refund from before the credit.
    granted = remaining if remaining > reward.granted else None
    if reward.state != REVERSED:
        return RewardChange(reward, remaining, reward.state, amount, reason, granted)
    back = _brought_back(reward, at=at)
    return replace(back, remaining=remaining, amount=amount, reason=reason, granted=granted)


def _brought_back(reward: Reward, *, at: datetime) -> RewardChange:
    """
    Return the change that brings a reversed reward back: to its state before, or to the one it would have now.

    A held one is held until its day, or for review if an admin decides about it. One reversed before its
    place was stored is held for review, if an admin had decided about it.
    """
    was_held = reward.reversed_from == HELD if reward.reversed_from is not None else True
    if not was_held or (reward.due_at <= at and not reward.waits_for_admin):
        return RewardChange(reward, 0, DUE, hold_queue=hold_queue_if_due(reward.pk, reward.benefit))
    until = REVIEW if reward.waits_for_admin else reward.due_at.date().isoformat()
    return RewardChange(reward, 0, HELD, hold_queue=hold_queue_of(until, reward.pk))


def _moved(grant: Grant, rule: Rule, before: SaleState, after: SaleState, terms: TermsVersion) -> Grant:
    """Return the grant with what is moved between two states of its sale, and the arithmetic: more less less."""
    more, less = (before, after) if before.left > after.left else (after, before)
    without = terms.base_without
    amount = amounts.taken_back(rule, more, less, base_without=without, granted=_cap(grant))
    spelled = [amounts.arithmetic(rule, one, base_without=without) for one in (more, less)]
    if grant.cut:
        spelled = [f"min({grant.amount}, {one})" for one in spelled]
    return replace(grant, amount=amount, arithmetic=f"{spelled[0]} - {spelled[1]} = {amount}", due_at=None, cut_by=None)


def _spelled(grant: Grant | None) -> str:
    """Return the arithmetic of what a sale gives since an amendment."""
    if grant is None:
        return "0"
    return f"min({grant.amount}, {grant.arithmetic})" if grant.cut_by is not None else grant.arithmetic


def _first_given(grant: Grant, rule: Rule, before: SaleState, after: SaleState, terms: TermsVersion) -> Grant | None:
    """Return what a restore is the first to give: of a sale that was credited when nothing was left of it."""
    if rule.benefit is not None:
        void = [one.is_void(terms.base_without) for one in (before, after)]
        return replace(grant, benefit=rule.benefit) if void == [True, False] else None
    own = _moved(grant, rule, before, after, terms)
    return replace(own, due_at=grant.due_at) if own.amount else None


def _cap(grant: Grant) -> int | None:
    """Return the amount to which a cap has cut a grant, if one has."""
    return grant.amount if grant.cut else None


def _reason(
    change: Refund | Restore, grant: Grant, rule: Rule, before: SaleState, after: SaleState, terms: TermsVersion
) -> Reason:
    """Return the code and the numbers of what a refund took back of a reward, or a restore gave back."""
    without = terms.base_without
    numbers = replace(
        amounts.reckoned(rule, after, base_without=without),
        total=after.total,
        before=before.left,
        remaining=after.left,
        granted=_cap(grant),
    )
    if before.itemized or after.itemized:
        bases = {"base_before": before.base_left(without), "base_left": after.base_left(without)}
        numbers = replace(numbers, base=after.base(without), **bases)
    if isinstance(change, Restore):
        return replace(numbers, code="restore", restored=change.amount)
    return replace(numbers, code="refund", refunded=change.amount)


def _amendment_reason(sale: Conversion, before: SaleState, rule: Rule, new: Grant | None, amended: Decided) -> Reason:
    """Return the code and the numbers of an amendment's effect: the new grant, and the amount it is based on."""
    without = amended.terms.base_without
    return replace(
        amounts.reckoned(rule, sale.decided_state, base_without=without),
        code="amendment",
        before=before.total,
        total=sale.amount,
        granted=new.amount if new is not None else 0,
        uncut=amounts.earned(rule, sale.decided_state, base_without=without)
        if new is not None and new.cut_by
        else None,
        cut_by=new.cut_by if new is not None else None,
    )
