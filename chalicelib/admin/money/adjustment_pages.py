"""Shows the bonuses and deductions of partners, and those that wait: for each page, the values its template takes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.access import api_keys
from chalicelib.adjustments.decide import may_decide
from chalicelib.adjustments.find import find, list_page, list_waiting
from chalicelib.adjustments.shapes import REASONS, AdjustmentView, view_adjustments
from chalicelib.adjustments.table import PENDING, Adjustment
from chalicelib.admin.codes import name_of
from chalicelib.admin.english import day, money
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.audit.actor import Actor
from chalicelib.kit import cursors, ids
from chalicelib.kit.money import decimal
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import programs_of
from chalicelib.partners import find as partners
from chalicelib.payouts.approval import ApprovalOf, read_settings
from chalicelib.users.find import find_names

_PAGE = 25
Form = Mapping[str, str]


def of_partner(
    reference: str, cursor: str | None, *, done: str = "", typed: Form | None = None, at: datetime
) -> AdminPage:
    """Show a partner's adjustments, newest first, and the forms of a new one; *typed* is one that was refused."""
    profile = partners.find(reference)
    partner = profile.partner
    named = f"admin adjustments of {partner.id}"
    page, position = list_page(partner.id, limit=_PAGE, position=cursors.read(cursor, of=named))
    currencies = sorted({program.currency for program in programs_of(profile)})
    accounts = {account_of(partner.id, currency): currency for currency in currencies}
    states = account_states(list(accounts))
    above = read_settings("adjustment_approval").above
    values = {
        "id": partner.id,
        "name": partner.name or partner.id,
        "adjustments": _rows(page),
        "balances": [(accounts[account], money(state.due, accounts[account])) for account, state in states.items()],
        "currencies": currencies,
        "reasons": {kind: [(one, name_of(one)) for one in reasons] for kind, reasons in REASONS.items()},
        "limits": [money(above[one], one) for one in currencies if one in above],
        "erased": partner.erased_at is not None,
        "done": done,
        "typed": typed or {},
        "once": ids.ulid(at),
        **rest_of(position, named, cursor),
    }
    return AdminPage("adjustments", "payouts", f"Bonuses and deductions: {partner.name or partner.id}", values)


def waiting(cursor: str | None, *, done: str = "", typed: Form | None = None) -> AdminPage:
    """Show the adjustments that wait for a second person, and above which amounts they do."""
    named = "admin adjustments"
    page, position = list_waiting(limit=_PAGE, position=cursors.read(cursor, of=named))
    values = {
        "adjustments": _rows(page),
        **limits_of("adjustment_approval"),
        "done": done,
        "typed": typed or {},
        **rest_of(position, named, cursor),
    }
    return AdminPage("adjustments_waiting", "payouts", "Bonuses and deductions to approve", values)


def limits_of(what: ApprovalOf) -> dict[str, Any]:
    """Return above which amounts a second person must approve, to read and, a line each, to change."""
    above = read_settings(what).amounts
    return {
        "limits": [money(one.amount, one.currency) for one in above],
        "amounts": "\n".join(f"{decimal(one.amount, one.currency)} {one.currency}" for one in above),
    }


def decision(identifier: str, *, actor: Actor, typed: Form | None = None) -> AdminPage:
    """Say what approving an adjustment does, and refusing it."""
    row = find(identifier)
    [adjustment] = _rows([row])
    what = f"A {row.type} of {adjustment['amount']} for {adjustment['partner']}"
    due = account_states([row.account])[row.account].due
    after = due + (row.amount if row.type == "bonus" else -row.amount)
    gained = "added to" if row.type == "bonus" else "taken off"
    happens = [
        f"If you approve it, {adjustment['amount']} is {gained} what is due to {adjustment['partner']} at once: "
        f"{money(after, row.currency)} instead of {money(due, row.currency)}. They get an email with the reason.",
        "If you refuse it, nothing changes. Your note is kept on record and not sent to anyone.",
    ]
    values = {
        "adjustment": adjustment,
        "happens": happens if row.status == PENDING else [],
        "may_decide": may_decide(row, actor),
        "typed": typed or {},
    }
    return AdminPage("adjustment", "payouts", what, values)


def outcome_of(adjustment: Adjustment) -> str:
    """Return what became of an adjustment, in a sentence."""
    name = _names_of_partners([adjustment]).get(adjustment.partner_id, adjustment.partner_id)
    what = f"The {adjustment.type} of {money(adjustment.amount, adjustment.currency)} for {name}"
    return {
        "pending": f"{what} waits for a second person to approve it.",
        "posted": f"{what} was posted. They get an email.",
        "refused": f"{what} was refused.",
    }[adjustment.status]


def _rows(page: Sequence[Adjustment]) -> list[dict[str, Any]]:
    names, partner_names = _names_of_actors(page), _names_of_partners(page)
    return [
        {
            "id": view.id,
            "type": view.type,
            "partner_id": view.partner,
            "partner": partner_names.get(view.partner, view.partner),
            "amount": money(view.amount.amount, view.amount.currency),
            "reason": name_of(view.reason),
            "note": view.note,
            "status": view.status,
            "date": day(view.created_at),
            "requested_by": names.get(view.requested_by, view.requested_by),
            "decided": _decided(view, names),
            "decision_note": view.decision_note,
        }
        for view in view_adjustments(page)
    ]


def _decided(view: AdjustmentView, names: Mapping[str, str]) -> str:
    if view.decided_by is None or view.decided_at is None:
        return ""
    return f"{names.get(view.decided_by, view.decided_by)}, {day(view.decided_at)}"


def _names_of_partners(page: Iterable[Adjustment]) -> dict[str, str]:
    rows = partners.find_rows(sorted({one.partner_id for one in page}))
    return {identifier: row.name or identifier for identifier, row in rows.items()}


def _names_of_actors(page: Iterable[Adjustment]) -> dict[str, str]:
    """Return the names of the people and keys that requested and decided."""
    actors = {one for row in page for one in (row.requested_by, row.decided_by) if one is not None}
    keys = {one: key.name for one in actors if one.startswith("key_") and (key := api_keys.recall(one)) is not None}
    return keys | find_names(actors)
