"""Gives partners bonuses, makes deductions, and decides those that wait for a second person."""

from collections.abc import Callable
from urllib.parse import quote

from chalice.app import Request, Response

from chalicelib.adjustments.adjust import adjust
from chalicelib.adjustments.decide import approve, refuse
from chalicelib.adjustments.shapes import AdjustmentRefusal, NewAdjustment
from chalicelib.admin.lists import first_page, save_list, show_list
from chalicelib.admin.money import adjustment_pages
from chalicelib.admin.money.payout_list import payouts
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies, idempotency
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.money import Money, minor_units
from chalicelib.payouts.approval import ApprovalOf, set_amounts
from chalicelib.web import shell
from chalicelib.web.forms import takes

_WAITING = "/admin/adjustments"
_PAYOUTS = "/admin/payouts"


@signed_in
@needs("stats:read", "partner")
def show_adjustments(visit: AdminVisit, id: str) -> Response:
    """Show a partner's bonuses and deductions, and what was done."""
    done = done_before(visit, _page_of(id))
    return show_list(visit, adjustment_pages.of_partner(id, done=done, at=visit.at))


@signed_in
@needs("stats:read", "partner")
def save_adjustments(visit: AdminVisit, id: str) -> Response:
    """Save a partner's bonuses and deductions as they are shown."""
    return save_list(visit, adjustment_pages.of_partner(id, at=visit.at))


@signed_in
@needs("rewards:write")
@takes("type", "amount", "currency", "reason", "note", "once")
def adjust_account(visit: AdminVisit, id: str) -> Response:
    """Give a bonus, or make a deduction, once however often the form is sent."""
    form = visit.form
    try:
        once = form.get("once", "")
        idempotency.check(once)
        amount = Money(_read_amount(form.get("amount", ""), form.get("currency", "")), form.get("currency", ""))
        fields = {name: form.get(name, "") for name in ("type", "reason", "note")}
        money = {"amount": amount.amount, "currency": amount.currency}
        new = bodies.typed(
            {**fields, "adjustment_id": f"form-{once}"[:100], "amount": money}, NewAdjustment, strict=True
        )
        adjusted = adjust(id, new, actor=visit.actor, at=visit.at).row
    except NotFound:
        raise
    except Refused as refusal:
        if refusal.pointer == "/amount/currency":
            # Here it is a field of its own.
            refusal = InvalidValue(refusal.detail, pointer="/currency")
        page = first_page(adjustment_pages.of_partner(id, typed=form, at=visit.at), at=visit.at)
        return respond_again(visit, page, refusal)
    return go_on(visit, _page_of(adjusted.partner_id), adjustment_pages.outcome_of(adjusted))


@signed_in
@needs("rewards:write")
def show_waiting(visit: AdminVisit) -> Response:
    """Show the adjustments that wait, and what was done."""
    return show_list(visit, adjustment_pages.waiting(done=done_before(visit, _WAITING)))


@signed_in
@needs("rewards:write")
def save_waiting(visit: AdminVisit) -> Response:
    """Save the adjustments that wait, as they are shown."""
    return save_list(visit, adjustment_pages.waiting())


@signed_in
@needs("admin")
@takes("action", "approval_above")
def set_limits(visit: AdminVisit) -> Response:
    """Set above which amounts a second person has to approve: a line each, such as `100.00 USD`."""
    return _set(visit, "adjustment_approval", _WAITING, _list_of_waiting)


def _list_of_waiting(visit: AdminVisit, typed: dict[str, str]) -> AdminPage:
    return first_page(adjustment_pages.waiting(typed=typed), at=visit.at)


@signed_in
@needs("admin")
@takes("action", "approval_above")
def set_payout_limits(visit: AdminVisit) -> Response:
    """Set above which amounts a second person has to approve a payout: a line each, such as `1000.00 USD`."""
    return _set(visit, "approval", _PAYOUTS, _list_of_payouts)


def _list_of_payouts(visit: AdminVisit, typed: dict[str, str]) -> AdminPage:
    return first_page(payouts(typed=typed), at=visit.at)


def go_to_payouts(request: Request) -> Response:
    """Redirect a GET of the form's address to the page that has the form."""
    return shell.redirect(SHELL, _PAYOUTS)


@signed_in
@needs("rewards:write")
def ask_to_decide(visit: AdminVisit, id: str) -> Response:
    """Say what approving an adjustment does, and refusing it."""
    return respond(visit, adjustment_pages.decision(id, actor=visit.actor))


@signed_in
@needs("rewards:write")
@takes("action", "note")
def decide(visit: AdminVisit, id: str) -> Response:
    """Approve an adjustment that waits, or refuse it with a note."""
    action = visit.form.get("action", "")
    try:
        if action == "approve":
            decided = approve(id, actor=visit.actor, at=visit.at)
        elif action == "refuse":
            words = bodies.typed({"note": visit.form.get("note", "")}, AdjustmentRefusal, strict=True).note
            decided = refuse(id, words, actor=visit.actor, at=visit.at)
        else:
            raise InvalidValue("Choose to approve or refuse.", pointer="/action")
    except InvalidValue as refusal:
        return respond_again(visit, adjustment_pages.decision(id, actor=visit.actor, typed=visit.form), refusal)
    return go_on(visit, _page_of(decided.partner_id), adjustment_pages.outcome_of(decided))


def _set(visit: AdminVisit, of: ApprovalOf, path: str, page: Callable[..., AdminPage]) -> Response:
    """Set the amounts that were typed, and go on to the page that has the form; or show it again with them."""
    typed = visit.form.get("approval_above", "")
    try:
        if visit.form.get("action") != "set":
            raise InvalidValue("Choose to save.", pointer="/action")
        amounts = [_read_line(line) for line in typed.splitlines() if line.strip()]
        set_amounts(amounts, of=of, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond_again(visit, page(visit, {"approval_above": typed}), refusal, rest="approval_above")
    return go_on(visit, path, "Saved.")


def _read_line(line: str) -> Money:
    amount, _, currency = line.strip().rpartition(" ")
    return Money(_read_amount(amount, currency), currency)


def _read_amount(text: str, currency: str) -> int:
    bodies.check_currency(currency)
    amount = minor_units(text, currency)
    if amount is None:
        raise InvalidValue(f"{text or 'This'} is not an amount in {currency}, such as 25.00.", pointer="/amount")
    return amount


def _page_of(partner: str) -> str:
    return f"/admin/partners/{quote(partner, safe='')}/adjustments"
