"""Shows partners and their feedback: for each page, the values for its template."""

from datetime import datetime

from chalicelib.admin import codes
from chalicelib.admin.english import day, money
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.kit import cursors
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.partners import find as partner_search
from chalicelib.partners.feedback import list_feedback
from chalicelib.programs import find as programs

_PAGE = 25
# Each of a program takes a call, for their tier.
_OF_PROGRAM = 20


def partners(reference: str, cursor: str | None, *, at: datetime) -> AdminPage:
    """Show one page of a program's partners: their standing, and what they are owed."""
    program_terms = programs.find(reference)
    currency = program_terms.program.currency
    named = f"admin partners of {program_terms.program.id}"
    page, position = partner_search.list_enrolled(
        program_terms.program.id, limit=_OF_PROGRAM, position=cursors.read(cursor, of=named)
    )
    profiles = partner_search.find_all(one.id for one in page)
    owed = account_states([account_of(one, currency) for one in profiles]) if profiles else {}
    rows = []
    for identifier, profile in profiles.items():
        standing, account = profile.standing(program_terms.program.id, at), owed[account_of(identifier, currency)]
        enrollment = profile.enrollment(program_terms.program.id)
        rows.append(
            {
                "id": identifier,
                "name": profile.partner.name,
                "category": codes.name_of(standing.category),
                "tier": codes.name_of(standing.tier),
                "since": day(enrollment.enrolled_at) if enrollment else "",
                "left": day(enrollment.left_at) if enrollment and enrollment.left_at else "",
                "held": money(account.held, currency),
                "due": money(account.due, currency),
                "paid": money(account.paid, currency),
            }
        )
    values = {"program": program_terms.program, "partners": rows, **rest_of(position, named, cursor)}
    return AdminPage("partners", "programs", f"Partners of {program_terms.program.name}", values)


def feedback(cursor: str | None) -> AdminPage:
    """Show one page of feedback."""
    page, position = list_feedback(limit=_PAGE, position=cursors.read(cursor, of="admin feedback"))
    stored = partner_search.find_rows(one.partner_id for one in page)
    rows = [
        {
            "id": one.partner_id,
            "name": stored[one.partner_id].name if one.partner_id in stored else "(deleted partner)",
            "score": one.score,
            "words": one.words or "",
            "date": day(one.created_at),
        }
        for one in page
    ]
    return AdminPage(
        "feedback", "feedback", "Feedback", {"feedback": rows, **rest_of(position, "admin feedback", cursor)}
    )
