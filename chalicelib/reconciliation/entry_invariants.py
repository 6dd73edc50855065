"""Invariants of the ledger's entries: what they moved must be what rewards, decisions and payouts say."""

from chalicelib.adjustments.table import POSTED, Adjustment
from chalicelib.ledger.table import Entry
from chalicelib.payouts.table import FAILED, FROZEN, PAID, RETURNED, Item
from chalicelib.reconciliation.invariants import CHANGES, TAKE_BACK, Violation, differs, violations
from chalicelib.rewards.table import Decision, Reward

# The statuses an item may have once such an entry is written: a paid one may have come back since.
PAYOUT_STATUSES = {
    "payout_prepared": (FROZEN, PAID, FAILED, RETURNED),
    "payout_paid": (PAID, RETURNED),
    "payout_failed": (FAILED,),
    "payout_returned": (RETURNED,),
}


def check_last_entry(entry: Entry, reward: Reward | None) -> Violation | None:
    """Check that a reward names this entry, or a later one, as the last that moved it, if it names any."""
    if reward is None or reward.moved_seq == 0 or reward.moved_seq >= entry.seq:
        return None
    detail = f"entry {entry.seq} ({entry.kind}) of {entry.account} moved it; it knows of {reward.moved_seq}"
    return Violation("state_differs", reward.pk, detail)


def check_change_entry(entry: Entry, decision: Decision | None) -> Violation | None:
    """Check what an entry took back, or gave, for a change of a sale by its decision."""
    if entry.kind not in CHANGES:
        return None
    decided = sum(grant.amount for grant in decision.rewards if grant.id == entry.reward_id) if decision else 0
    taken = entry.expense if entry.kind in TAKE_BACK else -entry.expense
    if taken == decided:
        return None
    detail = f"entry {entry.seq} of {entry.account} moved {taken}; decided was {decided}"
    return Violation("entry_differs", entry.source_id, detail)


def check_payout_item(entry: Entry, item: Item | None) -> Violation | None:
    """Check an item of a payout by what the ledger froze for it, up to the entry before, and by how that ended."""
    if entry.kind not in PAYOUT_STATUSES:
        return None
    subject = f"{entry.source_id} {entry.owner_id}"
    if item is None:
        return Violation("item_missing", subject, f"entry {entry.seq} of {entry.account} is for it")
    differences = [
        differs("owner_id", item.owner_id, entry.owner_id),
        differs("account", item.account, entry.account),
        differs("amount", item.amount, abs(entry.paid if entry.kind == "payout_returned" else entry.frozen)),
    ]
    if entry.kind == "payout_prepared":
        differences.append(differs("seq", item.seq, entry.seq - 1))
        differences.append(differs("ledger_hash", item.ledger_hash, entry.previous))
    if item.status not in PAYOUT_STATUSES[entry.kind]:
        differences.append(differs("status", item.status, " or ".join(PAYOUT_STATUSES[entry.kind])))
    return next(violations("item_differs", subject, differences), None)


def check_adjustment(entry: Entry, adjustment: Adjustment | None) -> Violation | None:
    """Check an entry of a bonus or a deduction by what was requested, and decided, to be posted with it."""
    if entry.kind != "adjustment":
        return None
    if adjustment is None:
        return Violation("adjustment_missing", entry.source_id, f"entry {entry.seq} of {entry.account} is for it")
    gained = adjustment.amount if adjustment.type == "bonus" else -adjustment.amount
    reason = entry.reason.adjusted_for if entry.reason is not None else None
    differences = [
        differs("account", adjustment.account, entry.account),
        differs("amount", gained, entry.due),
        differs("reason", adjustment.reason, reason),
        differs("note", adjustment.note, entry.note),
        differs("status", adjustment.status, POSTED),
        differs("seq", adjustment.seq, entry.seq),
    ]
    return next(violations("adjustment_differs", adjustment.id, differences), None)
