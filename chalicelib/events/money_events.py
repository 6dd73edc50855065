"""The events of money: one for each entry of the ledger, so that what they say was moved sums to the balances."""

from collections.abc import Sequence

from chalicelib.events.data import AccountData, AdjustmentData, RewardData
from chalicelib.events.record import new_event
from chalicelib.events.table import EventRow
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.ledger.entries import PARTS
from chalicelib.ledger.table import Entry, LedgerRow
from chalicelib.rewards.table import REWARD, Reward

_OF_REWARDS = {
    "matured": "reward.due",
    "hold": "reward.held",
    "release": "reward.released",
    "refusal": "reward.refused",
    "reversal": "reward.reversed",
    "restore": "reward.restored",
    "amendment": "reward.amended",
    "credit_moved": "reward.moved",
    "voided": "reward.voided",
}
_OF_ACCOUNTS = {
    "payout_prepared": "account.frozen",
    "payout_paid": "account.paid",
    "payout_failed": "account.unfrozen",
    "payout_returned": "account.returned",
}


def events_for_entries(facts: Sequence[LedgerRow]) -> list[EventRow]:
    """Return the events of entries. The rewards that money was moved for are read, all together."""
    entries = [fact for fact in facts if isinstance(fact, Entry)]
    rewards = rows.find_all(Reward, [(entry.reward_id, REWARD) for entry in entries if entry.reward_id])
    return [entry_event(entry, rewards.get((entry.reward_id, REWARD))) for entry in entries]


def entry_event(entry: Entry, reward: Reward | None) -> EventRow:
    """Return the event of an entry, and of the reward it is about, if it is about one."""
    moved: dict[str, int] = {part: gain for part in PARTS if (gain := getattr(entry, part))}
    amount = max(map(abs, moved.values()), default=0)
    partner_id, customer_id = owner_ids(entry.owner_id, reward)
    if entry.kind in _OF_ACCOUNTS:
        return new_event(
            _OF_ACCOUNTS[entry.kind],
            entry.id,
            occurred_at=entry.at,
            partner_id=partner_id,
            customer_id=customer_id,
            subject_id=entry.owner_id,
            data=AccountData(entry.id, entry.seq, entry.kind, amount, entry.currency, moved, entry.source_id),
        )
    if entry.kind == "adjustment":
        return _adjusted(entry, moved)
    granted = "reward.held" if entry.held else "reward.due"
    return new_event(
        _OF_REWARDS.get(entry.kind, granted),
        entry.id,
        occurred_at=entry.at,
        program_id=entry.program_id or None,
        partner_id=partner_id,
        customer_id=customer_id,
        subject_id=entry.reward_id,
        data=RewardData(
            owner=entry.owner_id,
            entry=entry.id,
            seq=entry.seq,
            kind=entry.kind,
            amount=amount,
            currency=entry.currency,
            moved=moved,
            conversion=reward.decision_id if reward else None,
            rule=reward.rule if reward else None,
            to=reward.to if reward else None,
            due_at=instants.text(reward.due_at) if reward else None,
            review_reason=entry.reason.review if entry.reason is not None else None,
        ),
    )


def _adjusted(entry: Entry, moved: dict[str, int]) -> EventRow:
    """Return the event of a bonus, or of a deduction."""
    assert entry.reason is not None, "an adjustment has a reason"
    data = AdjustmentData(
        entry=entry.id,
        seq=entry.seq,
        kind=entry.kind,
        amount=abs(entry.due),
        currency=entry.currency,
        moved=moved,
        adjustment=entry.source_id,
        type=entry.reason.code,
        reason=str(entry.reason.adjusted_for),
    )
    return new_event(
        "account.adjusted",
        entry.id,
        occurred_at=entry.at,
        partner_id=entry.owner_id,
        subject_id=entry.owner_id,
        data=data,
    )


def owner_ids(owner_id: str, reward: Reward | None) -> tuple[str | None, str | None]:
    """Return the partner and the customer a reward is about: one owns it, the other is the other side."""
    partner_id = (reward.partner_id or None) if reward else None
    customer_id = reward.customer_id if reward else None
    return (owner_id, customer_id) if owner_id.startswith("ptr_") else (partner_id, owner_id)
