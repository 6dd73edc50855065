"""The pages of a program's costs: the list, the form that enters one, and what takes one back."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.english import money
from chalicelib.admin.once import begin_once
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import cost_pages
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.admin.typed import read_amount
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.idempotency import Receipt
from chalicelib.programs import find as programs
from chalicelib.roi.cost_shapes import NewCost, ReversedCost
from chalicelib.roi.costs import enter, reverse
from chalicelib.roi.table import Cost
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "program")
def show_costs(visit: AdminVisit, id: str) -> Response:
    """Show what was entered of a program's costs, and what was done."""
    cursor, done = visit.query.get("cursor"), done_before(visit, _page_of(id))
    return respond(visit, cost_pages.costs(id, cursor, done=done, at=visit.at))


@signed_in
@needs("rewards:write", "program")
@takes(*cost_pages.FIELDS, "once")
def enter_cost(visit: AdminVisit, id: str) -> Response:
    """Enter what a program cost in a month, once however often the form is sent."""
    form, program = visit.form, programs.find(id).program
    try:
        amount = read_amount(form.get("amount", ""), program.currency, name="amount")
        fields = {name: form.get(name, "") for name in ("month", "kind", "what")}
        money_of = {"amount": amount, "currency": program.currency}
        new = bodies.typed({**fields, "amount": money_of}, NewCost, strict=True)

        def begin(receipt: Receipt) -> Cost:
            return enter(program.id, new, actor=visit.actor, at=visit.at, receipt=receipt)

        address = f"/admin/programs/{program.id}/costs"
        begin_once(form, address, new, begin, id_of=lambda cost: cost.cost_id, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, cost_pages.costs(id, None, typed=form, at=visit.at), refusal)
    return go_on(visit, _page_of(id), f"{money(amount, program.currency)} for {new.what} was entered.")


@signed_in
@needs("rewards:write", "program")
def ask_to_reverse(visit: AdminVisit, id: str) -> Response:
    """Say what taking back a cost does."""
    return respond(visit, cost_pages.reversal(id, visit.query.get("cost", "")))


@signed_in
@needs("rewards:write", "program")
@takes("cost", "note")
def reverse_cost(visit: AdminVisit, id: str) -> Response:
    """Take back a cost, with a note. Sent twice, it is done once."""
    cost_id = visit.form.get("cost", "")
    try:
        words = bodies.typed({"cost": cost_id, "note": visit.form.get("note", "")}, ReversedCost, strict=True).note
        row = reverse(id, cost_id, words, actor=visit.actor, at=visit.at)
    except InvalidValue as refusal:
        return respond_again(visit, cost_pages.reversal(id, cost_id, typed=visit.form.get("note", "")), refusal)
    return go_on(visit, _page_of(id), f"{money(row.amount, row.currency)} for {row.what} was taken back.")


def _page_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/costs"
