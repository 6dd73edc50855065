"""Shows the bonuses and deductions of partners, and those that wait: for each page, the values its template takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.access import api_keys
from chalicelib.adjustments.decide import may_decide
from chalicelib.adjustments.find import find
from chalicelib.adjustments.shapes import REASONS, AdjustmentView, view_adjustments
from chalicelib.adjustments.table import PENDING, Adjustment
from chalicelib.admin.codes import name_of
from chalicelib.admin.english import day, money
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.page import AdminPage
from chalicelib.audit.actor import Actor
from chalicelib.kit import ids
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.ids import mode_of
from chalicelib.kit.money import decimal
from chalicelib.kit.shapes import OrderedQuery, fold
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.find_owner import programs_of
from chalicelib.partners import find as partners
from chalicelib.payouts.approval import ApprovalOf, read_settings
from chalicelib.search.by_id import find_adjustments, find_waiting_adjustments
from chalicelib.users.find import find_names

Form = Mapping[str, str]


def of_partner(reference: str, *, done: str = "", typed: Form | None = None, at: datetime) -> ListOf:
    """Return the list of a partner's adjustments, and the forms of a new one; *typed* is one that was refused."""
    profile = partners.find(reference)
    partner = profile.partner
    currencies = sorted({program.currency for program in programs_of(profile)})
    accounts = {account_of(partner.id, currency): currency for currency in currencies}
    states = account_states(list(accounts))
    above = read_settings("adjustment_approval").above
    more = {
        "id": partner.id,
        "name": partner.name or partner.id,
        "balances": [(accounts[account], money(state.due, accounts[account])) for account, state in states.items()],
        "currencies": currencies,
        "reasons": {kind: [(one, name_of(one)) for one in reasons] for kind, reasons in REASONS.items()},
        "limits": [money(above[one], one) for one in currencies if one in above],
        "erased": partner.erased_at is not None,
        "done": done,
        "typed": typed or {},
        "once": ids.ulid(at),
    }
    return _list(
        "adjustments",
        f"Bonuses and deductions: {partner.name or partner.id}",
        f"partners/{partner.id}/adjustments",
        partial(find_adjustments, partner.id),
        ("what", "amount", "reason", "status"),
        more,
    )


def waiting(*, done: str = "", typed: Form | None = None) -> ListOf:
    """Return the list of the adjustments that wait for a second person, and above which amounts they do."""
    return _list(
        "adjustments_waiting",
        "Bonuses and deductions to approve",
        "adjustments",
        find_waiting_adjustments,
        ("what", "partner", "amount", "reason"),
        {**limits_of("adjustment_approval"), "done": done, "typed": typed or {}},
    )


def _list(
    name: str, title: str, path: str, read: Callable[[Any], Any], columns: tuple[str, ...], more: Mapping[str, Any]
) -> ListOf:
    return ListOf(
        name=name,
        section="payouts",
        title=title,
        path=path,
        query=OrderedQuery,
        read=read,
        rows=_rows,
        header=(
            *("Created", "Type", "Partner", "Name", "Amount", "Currency", "Reason", "Status", "Requested by"),
            *("Note", "Decided", "Your ID", "ID"),
        ),
        lines=_lines,
        columns=columns,
        more=more,
    )


def _lines(page: Sequence[Adjustment]) -> list[Sequence[Cell]]:
    names, partner_names = _names_of_actors(page), _names_of_partners(page)
    return [
        (
            *(view.created_at, view.type, view.partner, partner_names.get(view.partner, "")),
            *(view.amount.amount, view.amount.currency, view.reason, view.status),
            names.get(view.requested_by, view.requested_by),
            (view.note.words or "") if view.note else "",
            *(view.decided_at or "", view.adjustment_id, view.id),
        )
        for view in view_adjustments(page)
    ]


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
        "mode": mode_of(row.partner_id),
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


def _rows(page: Sequence[Adjustment]) -> list[Row]:
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
            "sort": {
                "at": view.id,
                "what": view.type,
                "partner": fold(partner_names.get(view.partner, view.partner)),
                "amount": (view.amount.currency, view.amount.amount),
                "reason": name_of(view.reason),
                "status": view.status,
            },
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
