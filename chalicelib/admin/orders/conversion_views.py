"""The page of a conversion, and its corrections, for those who are signed in."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.orders import conversion_pages, correction_pages, corrections
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.conversions.find import find
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "conversion")
def show_conversion(visit: AdminVisit, id: str) -> Response:
    """Show a conversion, and what was done."""
    return respond(visit, conversion_pages.conversion(id, done=done_before(visit, _page_of(id)), at=visit.at))


@signed_in
@needs("rewards:write", "conversion")
def ask_to_correct(visit: AdminVisit, id: str) -> Response:
    """Show the form of a correction."""
    sale = find(id, ConversionQuery())
    return respond(visit, correction_pages.form(sale, corrections.read_what(visit.query), at=visit.at))


@signed_in
@needs("rewards:write", "conversion")
@takes(
    *("action", "what", "amount", "tax", "shipping", "discount", "refund", "partner", "reason", "note"),
    "once",
)
def correct(visit: AdminVisit, id: str) -> Response:
    """Say what a correction will do, or make it. Sent twice, it is made once."""
    sale, what = find(id, ConversionQuery()), corrections.read_what(visit.form)
    if visit.form.get("action") == "change":
        return respond(visit, correction_pages.form(sale, what, typed=visit.form, at=visit.at))
    try:
        report = corrections.read(sale, what, visit.form)
        if visit.form.get("action") != "confirm":
            return respond(
                visit,
                correction_pages.confirmation(sale, what, report, visit.form, actor=visit.actor, at=visit.at),
            )
        corrections.make(sale, report, visit.form["once"], actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        # The form has one field for what the API takes as an amount with a currency.
        refusal.pointer = "/amount" if refusal.pointer == "/amount/amount" else refusal.pointer
        return respond_again(visit, correction_pages.form(sale, what, typed=visit.form, at=visit.at), refusal)
    done = f"{corrections.TITLES[what]}: done. Rewards follow within seconds; reload this page to see them."
    return go_on(visit, _page_of(id), done)


def _page_of(conversion: str) -> str:
    return f"/admin/conversions/{quote(conversion, safe='')}"
