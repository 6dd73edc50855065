"""The form of a correction, and the page that says what it will do in money and to whom, before it is done."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import money
from chalicelib.admin.names import names_of
from chalicelib.admin.orders.conversion_pages import title_of
from chalicelib.admin.orders.corrections import PARTS, REASONS, TITLES, Report, What, draft, offered, standing_refunds
from chalicelib.admin.page import AdminPage
from chalicelib.audit.actor import Actor
from chalicelib.conversions.credits import changes_of
from chalicelib.conversions.table import Amendment, Change, Conversion, Correction, Refund, Restore
from chalicelib.kit import ids
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.money import decimal
from chalicelib.ledger.entries import Movement
from chalicelib.ledger.find import account_states
from chalicelib.rewards.explain import gather
from chalicelib.rewards.foresight import Foreseen, foresee
from chalicelib.rewards.table import REVERSED

_PARTS = ("held", "due")


def form(sale: Conversion, what: What, *, typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """Show the form of a correction; *typed* is one that was refused, or is to be changed."""
    changes = changes_of(sale.id)
    if what not in offered(sale, changes):
        raise InvalidValue(f"{TITLES[what]}: not possible for this {codes.name_of(sale.type).lower()} now.")
    state = sale.state
    amount = decimal(state.left if what == "refund" else state.total, sale.currency) if sale.priced else ""
    values = {
        "id": sale.id,
        "what": what,
        "currency": sale.currency,
        "amount": amount,
        "left": money(state.left, sale.currency),
        "parts_of_it": {name: decimal(state.parts.get(name, 0), sale.currency) for name in PARTS}
        if sale.breakdown
        else {},
        "refunds": [
            (one.external_id, f"{money(one.amount, one.currency)} ({one.external_id})")
            for one in standing_refunds(changes)
        ],
        "reasons": [(one, codes.name_of(one)) for one in get_args(REASONS[what])],
        "note_needed": what in ("credit", "void"),
        "typed": typed or {},
        "once": (typed or {}).get("once") or ids.ulid(at),
    }
    return AdminPage("correction", "conversions", f"{TITLES[what]}: {title_of(sale)}", values)


def confirmation(
    sale: Conversion, what: What, report: Report, fields: Mapping[str, str], *, actor: Actor, at: datetime
) -> AdminPage:
    """Say what a correction will do, in money and to whom; a button on the page does it."""
    change = draft(sale, report, actor=actor, at=at)
    foreseen = foresee(change, gather(sale), at=at)
    if foreseen is None:
        raise InvalidValue("An earlier report about this order is still being processed. Try again in a moment.")
    values = {
        "id": sale.id,
        "what": what,
        "button": TITLES[what],
        "happens": [*_reported(sale, change), *_moved(foreseen), *_afterwards(change)],
        "fields": {name: value for name, value in fields.items() if name != "action"},
    }
    return AdminPage("correct", "conversions", f"{TITLES[what]}: {title_of(sale)}", values)


def _reported(sale: Conversion, change: Change) -> list[str]:
    before, after = change.states(sale)
    currency = sale.currency
    match change:
        case Refund() | Restore():
            verb = "is recorded as refunded" if isinstance(change, Refund) else "is no longer refunded"
            counts = f"{money(before.left, currency)} counted before, {money(after.left, currency)} counts then"
            return [f"{money(change.amount, currency)} of {title_of(sale).lower()} {verb}: {counts}."]
        case Amendment():
            return [f"The amount changes from {money(before.total, currency)} to {money(after.total, currency)}."]
        case _:
            names = names_of([one for one in (change.partner_before, change.partner_id) if one])
            if change.voids:
                return [f"{title_of(sale)} counts for nothing any more. This cannot be undone."]
            to = names.get(change.partner_id or "", "no one")
            was = names.get(change.partner_before or "", "no one")
            return [f"{title_of(sale)} is credited to {to} instead of {was}."]


def _moved(foreseen: Foreseen) -> list[str]:
    """Return what happens to each account, to the cent, and which benefits are concerned."""
    accounts = list(dict.fromkeys(one.account for one in foreseen.movements))
    states = account_states(accounts)
    owners = [one.owner_id for one in foreseen.movements]
    owners += [one.reward.owner_id for one in foreseen.benefits] + [one.owner_id for one in foreseen.new_benefits]
    names = names_of(sorted(set(owners)))
    sentences = []
    for account in accounts:
        owner, _, currency = account.partition("#")
        gains = _gains([one for one in foreseen.movements if one.account == account])
        for part in _PARTS:
            if gains[part]:
                now = getattr(states[account], part)
                sentences.append(
                    f"{names.get(owner, owner)}: {money(abs(gains[part]), currency)}"
                    f" {'more' if gains[part] > 0 else 'less'} {part}; the {part} balance goes from"
                    f" {money(now, currency)} to {money(now + gains[part], currency)}."
                )
                if part == "due" and now + gains[part] < 0:
                    sentences.append("A balance below zero is settled by what they earn next; no one is charged.")
    for change in foreseen.benefits:
        reward = change.reward
        verb = "loses" if change.state == REVERSED else "gets back"
        spelled = reward.benefit.spelled if reward.benefit else ""
        sentences.append(f"{names.get(reward.owner_id, reward.owner_id)} {verb} {spelled}.")
    for grant in foreseen.new_benefits:
        spelled = grant.benefit.spelled if grant.benefit else ""
        sentences.append(f"{names.get(grant.owner_id, grant.owner_id)} gets {spelled}.")
    if sentences:
        sentences.append("People whose rewards change get an email, unless they turned these off.")
    else:
        sentences.append("No reward changes.")
    if not foreseen.certain:
        sentences.append("The program has a budget: if other rewards use it up first, this one is lower.")
    return sentences


def _gains(movements: list[Movement]) -> dict[str, int]:
    gains: dict[str, int] = defaultdict(int)
    for one in movements:
        gains[one.source] -= one.amount
        gains[one.target] += one.amount
    return gains


def _afterwards(change: Change) -> list[str]:
    sentences = []
    if isinstance(change, Correction) and change.binds:
        sentences.append("The customer becomes a referral of this partner: what they buy later counts for them, too.")
    return [*sentences, "Your reason and note are kept on record with your name."]
