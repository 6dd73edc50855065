"""Lists a program's partners, with what they are owed; a file has their categories, and not their tiers."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.admin import codes
from chalicelib.admin.english import day, money
from chalicelib.admin.lists import ListOf, Row
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import OrderedQuery
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.partners import find
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.search.partners import category_of, find_enrollments

# Each takes a call, for their tier.
_PAGE = 20


def partners(reference: str, *, at: datetime) -> ListOf:
    """Return the list of a program's partners, also of those who left."""
    program = programs.find(reference).program
    return ListOf(
        name="partners",
        section="programs",
        title=f"Partners of {program.name}",
        path=f"programs/{program.id}/partners",
        query=OrderedQuery,
        read=partial(find_enrollments, program.id),
        rows=partial(_rows, program, at=at),
        header=(
            *("Enrolled", "Left", "Name", "Email", "Category", "Held", "Due", "Paid", "Currency", "Your ID"),
            "ID",
        ),
        lines=partial(_lines, program),
        page=_PAGE,
        more={"program": program},
    )


def _rows(program: Program, page: list[Enrollment], *, at: datetime) -> list[Row]:
    currency, profiles = program.currency, find.find_all(one.id for one in page)
    owed = account_states([account_of(one, currency) for one in profiles])
    listed = []
    for identifier, profile in profiles.items():
        standing, account = profile.standing(program.id, at), owed[account_of(identifier, currency)]
        enrollment = profile.enrollment(program.id)
        listed.append(
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
                "sort": {"at": identifier},
            }
        )
    return listed


def _lines(program: Program, page: list[Enrollment]) -> list[Sequence[Cell]]:
    currency, stored = program.currency, find.find_rows(one.id for one in page)
    owed = account_states([account_of(one, currency) for one in stored])
    return [
        (
            *(instants.text(one.enrolled_at), instants.text(one.left_at) if one.left_at else ""),
            *(partner.name, partner.email or "", category_of(partner)),
            *(account.held, account.due, account.paid, currency, partner.external_id or "", one.id),
        )
        for one in page
        if (partner := stored.get(one.id)) is not None
        for account in [owed[account_of(one.id, currency)]]
    ]
