"""Enters a sale that no website reported, such as one in a shop or by phone: as the API's call records it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from chalice.app import Response

from chalicelib.admin.page import AdminPage, AdminVisit, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.admin.typed import find_partner_of, read_amount
from chalicelib.conversions.accept import ConversionConflict, accept
from chalicelib.conversions.shapes import NewConversion
from chalicelib.kit import bodies, instants
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.links import find as links
from chalicelib.links.first_link import first_link
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals import find as referrals
from chalicelib.web.forms import takes

# In the order of the form.
_PARTS = ("tax", "shipping", "discount")


@signed_in
@needs("conversions:write", "program")
def ask_for_sale(visit: AdminVisit, id: str) -> Response:
    """Show the form of a sale."""
    return respond(visit, _page(programs.find(id), at=visit.at))


@signed_in
@needs("conversions:write", "program")
@takes("partner", "customer", "amount", *_PARTS, "order", "occurred_at", "note")
def enter_sale(visit: AdminVisit, id: str) -> Response:
    """Enter a sale, once for each order number, and show what it earns."""
    program_terms = programs.find(id)
    try:
        report = _read(program_terms, visit.form, at=visit.at)
        accepted = accept(report, at=visit.at, actor=visit.actor, by_hand=True)
    except NotFound:
        raise
    except ConversionConflict as conflict:
        page = _page(program_terms, typed=visit.form, recorded=conflict.details["first"]["id"], at=visit.at)
        refusal = InvalidValue("A sale with this number was recorded before, with other details.", pointer="/order")
        return respond_again(visit, page, refusal)
    except Refused as refusal:
        return respond_again(visit, _page(program_terms, typed=visit.form, at=visit.at), refusal, rest="order")
    done = "The sale was entered." if accepted.first else "The sale was entered before; nothing was changed."
    path = f"/admin/conversions/{quote(accepted.row.id, safe='')}"
    return go_on(visit, path, f"{done} What it earns is decided within seconds; reload this page to see it.")


def _page(
    program_terms: ProgramTerms, *, typed: Mapping[str, str] | None = None, recorded: str = "", at: datetime
) -> AdminPage:
    """Return the form; after one that was refused, with what was *typed* and the sale that has its number already."""
    program = program_terms.program
    values = {
        "in_program": {"id": program.id, "name": program.name},
        "currency": program.currency,
        "asked_parts": [one for one in _PARTS if one in program_terms.in_force(at).base_without],
        "typed": typed or {},
        "recorded": recorded,
        "zone": program.calendar.zone_at(at),
    }
    return AdminPage("sale", "programs", f"Enter a sale: {program.name}", values)


def _read(program_terms: ProgramTerms, form: Mapping[str, str], *, at: datetime) -> NewConversion:
    """Return the report that a form makes. A customer who is not named is known by the order alone."""
    program, typed = program_terms.program, {name: value.strip() for name, value in form.items()}
    if not typed.get("partner") and not typed.get("customer"):
        raise InvalidValue("Enter who sent the customer, or who the customer is.", pointer="/partner")
    order = typed.get("order", "")
    fields: dict[str, Any] = {
        "program": program.id,
        "type": "sale",
        "external_id": order,
        "customer": {"external_id": _customer_id(typed.get("customer", ""), program.id) or f"order:{order}"[:100]},
        "amount": {
            "amount": read_amount(typed.get("amount", ""), program.currency, name="amount"),
            "currency": program.currency,
        },
    }
    parts = {name: read_amount(typed[name], program.currency, name=name) for name in _PARTS if typed.get(name)}
    fields |= {"breakdown": parts} if parts else {}
    fields |= _credited(typed["partner"], program.id, at=at) if typed.get("partner") else {}
    zone = ZoneInfo(program.calendar.zone_at(at))
    fields |= {"occurred_at": _moment(typed["occurred_at"], zone)} if typed.get("occurred_at") else {}
    fields |= {"metadata": {"note": typed["note"]}} if typed.get("note") else {}
    try:
        return bodies.typed(fields, NewConversion, strict=True)
    except InvalidValue as refusal:
        # The form calls it by another name.
        pointer = "/order" if refusal.pointer == "/external_id" else refusal.pointer
        raise InvalidValue(str(refusal), pointer=pointer) from refusal


def _moment(text: str, zone: ZoneInfo) -> str:
    """Return a moment of the program's zone as the API takes it; what is none stays as it is, and is refused there."""
    try:
        return instants.text(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))
    except (ValueError, OverflowError):
        return text


def _customer_id(text: str, program_id: str) -> str:
    """Return the website's own id of the customer that a text names: it is that id, or ours."""
    if not text.startswith(("cus_", "ext_")):
        return text
    try:
        return referrals.find(text, program_id).customer.external_id
    except NotFound as refusal:
        raise InvalidValue(str(refusal), pointer="/customer") from refusal


def _credited(text: str, program_id: str, *, at: datetime) -> dict[str, str]:
    """Return how a sale is credited to who is named: by the code typed, by the partner's first link, or by hand."""
    by_code = next(iter(links.find_by_codes([text]).values()), None) if "@" not in text else None
    if by_code is not None:
        if by_code.program_id != program_id or not links.is_live(by_code, at):
            raise InvalidValue(f"The link {by_code.code} is not a live link of this program.", pointer="/partner")
        return {"code": by_code.code}
    profile = find_partner_of(program_id, text, name="partner")
    enrollment = profile.enrollment(program_id)
    link = first_link(enrollment, links.list_all(profile.partner.id), at=at) if enrollment is not None else None
    return {"code": link.code} if link is not None else {"partner": profile.partner.id}
