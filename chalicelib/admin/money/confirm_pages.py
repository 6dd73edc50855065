"""
Pages that say what will happen before something is done that cannot be undone; one button on each does it.

*typed* is a form that was refused, to be mended.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.english import money
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.kit.errors import InvalidValue
from chalicelib.payouts.export import payees
from chalicelib.payouts.find import PayoutConflict, find_item
from chalicelib.payouts.find import find as find_payout
from chalicelib.payouts.shapes import PayoutView
from chalicelib.payouts.table import FROZEN, PAID, Item, Payout
from chalicelib.rewards.find import find as find_reward

_SETTLED = {"confirm": (FROZEN, "paid"), "fail": (FROZEN, "failed"), "return": (PAID, "returned")}


def refuse_reward(identifier: str, *, typed: Mapping[str, str] | None = None) -> AdminPage:
    """Say what refusing a reward does."""
    state = find_reward(identifier)
    reward = state.reward
    owner = names_of([reward.owner_id]).get(reward.owner_id, reward.owner_id)
    what = reward.benefit.spelled if reward.benefit else money(reward.remaining, reward.currency)
    happens = [
        f"{owner} will not get {what}. A refused reward cannot be released later.",
        "The note is kept on record and not sent to anyone.",
    ]
    return AdminPage(
        "refuse_reward", "rewards", "Refuse the reward", {"happens": happens, "id": reward.pk, "typed": typed or {}}
    )


def settle(
    identifier: str, action: str, owner: str, *, typed: Mapping[str, str] | None = None, at: datetime
) -> AdminPage:
    """Say what marking a payout, or what one person is paid of it, as paid, failed or returned does."""
    if action not in _SETTLED or (action == "return" and not owner):
        raise InvalidValue("Choose to confirm, fail or return.", pointer="/action")
    payout, (before, after) = find_payout(identifier), _SETTLED[action]
    item = find_item(payout.id, owner) if owner else None
    if item is not None and item.status != before:
        raise PayoutConflict(f"This payment is {item.status}.")
    whose = _payment_of(item, payout, at=at) if item else _open_payments(payout)
    happens = [f"{whose} {_EFFECTS[action]}", "The proof is kept on record and not sent to anyone."]
    values: dict[str, Any] = {
        "happens": happens,
        "id": payout.id,
        "action": action,
        "owner": item.owner_id if item else "",
    }
    values["typed"] = typed or {}
    return AdminPage("settle", "payouts", f"Mark as {after}", values)


_EFFECTS = {
    "confirm": "will be marked as paid, and paid partners get an email. This cannot be undone, except for a "
    "payment that the bank returns.",
    "fail": "will be marked as failed. The money becomes due again and goes into the next payout.",
    "return": "will be marked as returned by the bank. The money becomes due again and goes into the next payout.",
}


def _payment_of(item: Item, payout: Payout, *, at: datetime) -> str:
    [payee] = payees([item], payout.currency, at=at)
    address = f" ({payee.email})" if payee.email else ""
    return f"The payment of {money(item.amount, payout.currency)} to {payee.name or item.owner_id}{address}"


def _open_payments(payout: Payout) -> str:
    still_open = PayoutView.of(payout).open
    if still_open is None or not still_open.items:
        raise PayoutConflict("This payout has no open payments.")
    payments = f"{still_open.items} payment{'' if still_open.items == 1 else 's'}"
    return f"All open payments ({payments}, {money(still_open.total.amount, payout.currency)} in total)"
