"""Shows a partner's accounts: what they are owed, what is held, their payouts and their latest entries."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, money
from chalicelib.kit.dynamo import rows
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.shapes import EntryView
from chalicelib.ledger.table import Entry
from chalicelib.notes.note import Noted, view_notes
from chalicelib.notes.note import find_all as find_notes
from chalicelib.rewards.find import state_of
from chalicelib.rewards.table import HELD, REWARD, Reward

# So many are read, which one read of rewards can follow; and so many shown.
_MOST_READ, _MOST_ENTRIES = 100, 15
_MOST_PAYOUTS = 10
_PARTS = ("held", "due", "frozen", "paid")
_PAYOUTS = ("payout_prepared", "payout_paid", "payout_failed", "payout_returned")


def accounts(partner_id: str, currencies: Collection[str], chosen: str, *, beside: Iterable[Noted]) -> dict[str, Any]:
    """
    Return the balances in all currencies, and of the *chosen* one the entries: four reads.

    The notes of what is *beside* them on the page are read with their own, and returned by id.
    """
    head, entries = ledger.head_with_latest(partner_id, chosen, limit=_MOST_READ)
    latest = entries[:_MOST_ENTRIES]
    notes = find_notes([*latest, *beside])
    noted = zip(latest, view_notes(latest, new=notes.values()), strict=True)
    state = head.state if head else AccountState()
    others = {account_of(partner_id, one): one for one in sorted(currencies) if one != chosen}
    states = {chosen: state}
    states |= {others[account]: one for account, one in ledger.account_states(list(others)).items()}
    return {
        "accounts": [(currency, _amounts(states[currency], currency)) for currency in sorted(states)],
        "account": {
            "currency": chosen,
            "entries": [EntryView.of(entry, note, texts(LOCALE)) for entry, note in noted],
            "held": _held(entries, state),
            "payouts": _payouts(entries),
        },
        "kinds": codes.KINDS,
        "notes": notes,
    }


def _amounts(state: AccountState, currency: str) -> dict[str, str]:
    return {part: money(getattr(state, part), currency) for part in _PARTS}


def _held(entries: Sequence[Entry], state: AccountState) -> list[dict[str, Any]]:
    """Return the rewards that are held, of those that the entries moved, newest first."""
    identifiers = list(dict.fromkeys(entry.reward_id for entry in entries if entry.reward_id))
    stored = rows.find_all(Reward, [(one, REWARD) for one in identifiers])
    rewards = [row for one in identifiers if (row := stored.get((one, REWARD))) is not None]
    return [
        {
            "id": one.pk,
            "since": one.created_at,
            "amount": money(one.remaining, one.currency),
            "rule": one.rule,
            "until": None if state_of(one, state).for_review else one.due_at,
        }
        for one in rewards
        if one.state == HELD
    ]


def _payouts(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the latest payouts, each once, with what became of it."""
    latest: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind in _PAYOUTS:
            latest.setdefault(entry.source_id, entry)
    return [
        {
            "id": entry.source_id,
            "at": entry.at,
            "what": entry.kind,
            "amount": money(max(abs(entry.frozen), abs(entry.paid)), entry.currency),
        }
        for entry in list(latest.values())[:_MOST_PAYOUTS]
    ]
