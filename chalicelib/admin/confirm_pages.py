"""Pages that say what will happen before something is done that cannot be undone; one button on each does it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from chalicelib.admin.english import minute, money
from chalicelib.admin.money_pages import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.kit.errors import InvalidValue
from chalicelib.onboarding import applications
from chalicelib.payouts.export import payees
from chalicelib.payouts.find import PayoutConflict, find_item
from chalicelib.payouts.find import find as find_payout
from chalicelib.payouts.shapes import PayoutView
from chalicelib.payouts.table import FROZEN, PAID, Item, Payout
from chalicelib.programs import find as programs
from chalicelib.rewards.find import find as find_reward

_NOTE, _PROOF = "Note, for the record", "Proof, kept on record"
_SETTLED = {"confirm": (FROZEN, "paid"), "fail": (FROZEN, "failed"), "return": (PAID, "returned")}


def refuse_reward(identifier: str) -> AdminPage:
    """Say what refusing a reward does."""
    state = find_reward(identifier)
    reward = state.reward
    owner = names_of([reward.owner_id]).get(reward.owner_id, reward.owner_id)
    what = reward.benefit.spelled if reward.benefit else money(reward.remaining, reward.currency)
    happens = [
        f"{owner} does not get {what}. A reward that was refused cannot be released any more.",
        "The note stays on record, and is not sent.",
    ]
    path = f"/admin/rewards/{reward.pk}"
    return _page("rewards", "Refuse the reward", happens, path, action="refuse", note=_NOTE)


def refuse_application(program: str, identifier: str) -> AdminPage:
    """Say what refusing an application does."""
    application = applications.find(identifier)
    happens = [
        f"{application.name} ({application.email}) is told by email that they cannot join now.",
        "The note stays on record, and is not sent.",
    ]
    path = f"/admin/programs/{quote(program, safe='')}/joining"
    fields = {"application": application.id}
    return _page("programs", "Refuse the application", happens, path, action="refuse", fields=fields, note=_NOTE)


def withdraw_terms(program: str, version: str) -> AdminPage:
    """Say what withdrawing a version of terms does."""
    program_terms = programs.read(programs.find(program).program.id)
    terms = next((one for one in program_terms.versions if str(one.version) == version), None)
    if terms is None:
        raise InvalidValue("There is no such version.", pointer="/version")
    happens = [
        f"Version {version} of the terms of {program_terms.program.name} does not take effect on "
        f"{minute(terms.effective_from)} UTC. The version before it stays in force.",
        "A version that was withdrawn cannot be put back; the same terms can be published as a new version.",
    ]
    path, title = f"/admin/programs/{program_terms.program.id}/terms", f"Withdraw version {version}"
    return _page("programs", title, happens, path, action="withdraw", fields={"version": version})


def settle(identifier: str, action: str, owner: str, *, at: datetime) -> AdminPage:
    """Say what marking a payout, or what one person is paid of it, as paid, failed or returned does."""
    if action not in _SETTLED or (action == "return" and not owner):
        raise InvalidValue("Choose to confirm, fail or return.", pointer="/action")
    payout, (before, after) = find_payout(identifier), _SETTLED[action]
    item = find_item(payout.id, owner) if owner else None
    if item is not None and item.status != before:
        raise PayoutConflict(f"This payment is {item.status}.")
    whose = _payment_of(item, payout, at=at) if item else _open_payments(payout)
    happens = [f"{whose} {_EFFECTS[action]}", "The proof stays on record, and is not sent."]
    fields = {"owner": item.owner_id} if item else {}
    path, title = f"/admin/payouts/{payout.id}", f"Mark as {after}"
    return _page("payouts", title, happens, path, action=action, fields=fields, note=_PROOF)


_EFFECTS = {
    "confirm": "will be marked as paid, and partners who are paid get an email. This cannot be undone, but for a "
    "payment that the bank returns.",
    "fail": "will be marked as failed. The money is due again, and in the next payout.",
    "return": "will be marked as returned by the bank. The money is due again, and in the next payout.",
}


def _payment_of(item: Item, payout: Payout, *, at: datetime) -> str:
    [payee] = payees([item], payout.currency, at=at)
    address = f" ({payee.email})" if payee.email else ""
    return f"The payment of {money(item.amount, payout.currency)} to {payee.name or item.owner_id}{address}"


def _open_payments(payout: Payout) -> str:
    still_open = PayoutView.of(payout).open
    if still_open is None or not still_open.items:
        raise PayoutConflict("Nothing of this payout is open.")
    payments = f"{still_open.items} payment{'' if still_open.items == 1 else 's'}"
    return f"All that is open, {payments} of {money(still_open.total.amount, payout.currency)} together,"


def _page(
    section: str,
    title: str,
    happens: list[str],
    path: str,
    *,
    action: str,
    fields: Mapping[str, str] | None = None,
    note: str = "",
) -> AdminPage:
    values: dict[str, Any] = {"happens": happens, "path": path, "action": action, "fields": fields or {}, "note": note}
    return AdminPage("confirm", section, title, values)
