"""Shows accounts and their proof, for those who are signed in: statements, liability, verification, reconciliation."""

from chalice.app import Response

from chalicelib.admin.money import account_pages, proof_pages
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import signed_in
from chalicelib.partners import find as partners
from chalicelib.referrals import find as customers
from chalicelib.web import shell


@signed_in
@needs("stats:read", "partner")
def show_statement(visit: AdminVisit, id: str) -> Response:
    """Show a partner's statement."""
    return respond(visit, account_pages.statement_of(partners.find(id), visit.query, at=visit.at))


@signed_in
@needs("stats:read", "partner")
def save_statement(visit: AdminVisit, id: str) -> Response:
    """Save a partner's statement as CSV."""
    text, name = account_pages.statement_csv(partners.find(id), visit.query, at=visit.at)
    return shell.save_as(SHELL, text, name)


@signed_in
@needs("stats:read")
def show_statement_of_customer(visit: AdminVisit, id: str) -> Response:
    """Show a customer's statement."""
    return respond(visit, account_pages.statement_of(customers.find(id), visit.query, at=visit.at))


@signed_in
@needs("stats:read")
def save_statement_of_customer(visit: AdminVisit, id: str) -> Response:
    """Save a customer's statement as CSV."""
    text, name = account_pages.statement_csv(customers.find(id), visit.query, at=visit.at)
    return shell.save_as(SHELL, text, name)


@signed_in
@needs("stats:read")
def show_owed(visit: AdminVisit) -> Response:
    """Show what is owed in each currency."""
    return respond(visit, account_pages.owed(visit.query.get("cursor"), at=visit.at))


@signed_in
@needs("audit:read")
def show_verification(visit: AdminVisit) -> Response:
    """Verify the ledger, or an account, for some calls; and show the result."""
    return respond(visit, proof_pages.verification(visit.query, at=visit.at))


@signed_in
@needs("audit:read")
def show_reconciliation(visit: AdminVisit) -> Response:
    """Show what the comparisons of the last days found."""
    return respond(visit, proof_pages.reconciliation(visit.query.get("cursor"), visit.query.get("day")))
