"""Measures how prompt a program is, from the rows that a comparison has read."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.table import Entry
from chalicelib.outbox.message import EMAIL, SENT
from chalicelib.outbox.table import Message
from chalicelib.payouts.table import Item, item_key
from chalicelib.reconciliation.durations import Durations
from chalicelib.rewards.table import DECISION, REWARD, Decision, Reward

# What makes a reward due: it was at once, its hold was over, or an admin released it.
BECOMES_DUE = ("reward", "matured", "release")
# The schedule that makes rewards due runs every five minutes, and may run late.
_GRACE = timedelta(hours=1)
# Of one payment: older entries of its account are not looked at.
_MOST_ENTRIES = 200


def measure_decisions(decisions: Iterable[Decision], durations: Durations) -> None:
    """Count how long after its receipt each conversion was decided, at its receipt; later changes are not counted."""
    for one in decisions:
        if one.pk == one.conversion_id:
            durations.add(one.program_id, "decided", one.received_at, one.decided_at - one.received_at)


def measure_entries(
    entries: Iterable[Entry],
    rewards: Mapping[tuple[str, str], Reward],
    decisions: Mapping[tuple[str, str], Decision],
    durations: Durations,
) -> None:
    """Count how long after a sale's receipt its reward became due, at the entry that made it due."""
    for entry in entries:
        reward = rewards.get((entry.reward_id, REWARD))
        decision = decisions.get((reward.decision_id, DECISION)) if reward is not None else None
        if reward is not None and decision is not None and entry.kind in BECOMES_DUE and entry.due > 0:
            promised = reward.promised_by
            late = entry.at > promised + _GRACE if promised is not None else None
            durations.add(entry.program_id, "due", entry.at, entry.at - decision.received_at, late=late)


def measure_payments(entries: Iterable[Entry], items: Mapping[tuple[str, str], Item], durations: Durations) -> None:
    """Count how long after it was due each reward was paid, at the entry of its payment."""
    for entry in entries:
        item = items.get((entry.source_id, item_key(entry.owner_id)))
        if entry.kind == "payout_paid" and item is not None:
            for due in _paid_by(entry, item):
                durations.add(due.program_id, "paid", entry.at, entry.at - due.at)


def measure_emails(
    messages: Iterable[Message],
    entries: Iterable[Entry],
    rewards: Mapping[tuple[str, str], Reward],
    decisions: Mapping[tuple[str, str], Decision],
    durations: Durations,
) -> None:
    """
    Count how long after a sale's receipt its email was sent, at the entry that granted the reward.

    What was scheduled for later, or is part of a digest, comes when its reader wants it, and is not counted.
    """
    granted = {entry.reward_id: entry for entry in entries if entry.kind == "reward"}
    for message in messages:
        entry, reward = granted.get(message.reward_id or ""), rewards.get((message.reward_id or "", REWARD))
        decision = decisions.get((reward.decision_id, DECISION)) if reward is not None else None
        sent = message.sent_at if message.status == SENT and message.channel == EMAIL else None
        if entry is not None and decision is not None and sent is not None and message.send_at is None:
            durations.add(entry.program_id, "emailed", entry.at, sent - decision.received_at)


def _paid_by(entry: Entry, item: Item) -> list[Entry]:
    """Return the entries that made due what a payment pays: those since the payment before it."""
    account = account_of(entry.owner_id, entry.currency)
    paid: list[Entry] = []
    settled: set[str] = set()
    came_back: set[str] = set()
    for one in ledger.last_up_to(account, item.seq, limit=_MOST_ENTRIES):
        if one.kind == "payout_returned":
            came_back.add(one.source_id)
        elif one.kind == "payout_paid" and one.source_id not in came_back:
            settled.add(one.source_id)
        elif one.kind == "payout_prepared" and one.source_id in settled:
            # All that was due by then was paid by that payment.
            break
        elif one.kind in BECOMES_DUE and one.due > 0:
            paid.append(one)
    return paid
