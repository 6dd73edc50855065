"""The calculator: plans a program from a few numbers that stay in the address."""

from chalice.app import Response

from chalicelib.admin.page import AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import calculator_pages
from chalicelib.admin.session import signed_in
from chalicelib.kit.errors import InvalidValue
from chalicelib.web.fields import fields_at_fault


@signed_in
@needs("stats:read", "program")
def show_calculator(visit: AdminVisit, id: str) -> Response:
    """Show a plan, formula by formula; or say what is wrong with its numbers."""
    try:
        return respond(visit, calculator_pages.page(id, visit.query, at=visit.at))
    except InvalidValue as refusal:
        page = calculator_pages.refused(id, visit.query, at=visit.at)
        invalid = fields_at_fault(refusal, list(calculator_pages.INPUTS))
        return respond(visit, page, refusal=refusal, invalid=invalid)
