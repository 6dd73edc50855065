"""Lists the partners of all programs: by a search and by filters that stay in the address, and saves them as a file."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import day, money
from chalicelib.admin.lists import MOST_PROGRAMS, ListOf, Row, zone_of
from chalicelib.admin.page import AdminVisit
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.dynamo import rows
from chalicelib.kit.shapes import fold
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.find import account_states
from chalicelib.onboarding.progress import STEPS
from chalicelib.partners.standing import State
from chalicelib.partners.table import Enrollment, enrollment_key
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Category
from chalicelib.search.partners import ListedPartner, PartnerFilters, category_of, find_partners

# Up to so many, the list says who takes part in which: a key each of what a page of partners reads.
_MOST_NAMED = 10


def every_partner(visit: AdminVisit) -> ListOf:
    """Return the list of the partners of all programs, newest first."""
    every_program, _ = programs.list_page(limit=MOST_PROGRAMS, position=None)
    amounts = ("held", "due", "paid") if visit.query.get("program", "").strip() else ()
    return ListOf(
        name="every_partner",
        section="partners",
        title="Partners",
        path="partners",
        query=PartnerFilters,
        read=partial(find_partners, at=visit.at),
        rows=partial(_rows, every_program=every_program, at=visit.at),
        header=(
            *("Since", "Name", "Email", "Your ID", "Category", "State", "Stage", "Language", "Joined", "Left", "ID"),
        ),
        lines=_lines,
        columns=("name", "category", *amounts),
        more={
            "names_programs": len(every_program) <= _MOST_NAMED,
            "stages": [(one, codes.name_of(one)) for one in ("left", *STEPS)],
            "states": [(one, codes.name_of(one)) for one in ("active", *get_args(State))],
            "categories": [(one, codes.name_of(one)) for one in get_args(Category)],
        },
    )


def _lines(page: Sequence[ListedPartner]) -> list[Sequence[Cell]]:
    return [
        (
            instants.text(one.partner.created_at),
            *(one.partner.name, one.partner.email or "", one.partner.external_id or ""),
            *(category_of(one.partner), one.state, one.stage or "", one.partner.locale),
            instants.text(one.enrollment.enrolled_at) if one.enrollment else "",
            instants.text(one.enrollment.left_at) if one.enrollment and one.enrollment.left_at else "",
            one.partner.id,
        )
        for one in page
    ]


def _rows(listed: Sequence[ListedPartner], *, every_program: Sequence[Program], at: datetime) -> list[Row]:
    names = _names_of_programs(listed, every_program)
    states = _accounts(listed, every_program)
    return [_row(one, names, states.get(one.partner.id), at=at) for one in listed]


def _row(
    one: ListedPartner, names: dict[str, list[str]], account: tuple[str, AccountState] | None, *, at: datetime
) -> Row:
    zone = zone_of(one.enrollment.program_id if one.enrollment else None, at=at)
    since = one.enrollment.enrolled_at if one.enrollment else one.partner.created_at
    parts = ("held", "due", "paid")
    amounts = {part: getattr(account[1], part) for part in parts} if account else {}
    return {
        "id": one.partner.id,
        "name": one.partner.name,
        "email": one.partner.email or "",
        "category": codes.name_of(category_of(one.partner)),
        "state": codes.name_of(one.state) if one.state != "active" else "",
        "erased": one.partner.erased_at is not None,
        "stage": codes.name_of(one.stage) if one.stage else "",
        "left": day(one.enrollment.left_at.astimezone(zone)) if one.enrollment and one.enrollment.left_at else "",
        "programs": ", ".join(names.get(one.partner.id, ())),
        "since": day(since.astimezone(zone)),
        **{part: money(amount, account[0]) for part, amount in amounts.items() if account},
        "sort": {"at": one.partner.id, "name": fold(one.partner.name), "category": category_of(one.partner), **amounts},
    }


def _names_of_programs(listed: Sequence[ListedPartner], every_program: Sequence[Program]) -> dict[str, list[str]]:
    """Return the names of the programs that each takes part in, if there are few programs."""
    if len(every_program) > _MOST_NAMED:
        return {}
    keys = [(one.partner.id, enrollment_key(program.id)) for one in listed for program in every_program]
    stored = rows.find_all(Enrollment, keys)
    names: dict[str, list[str]] = {}
    for program in sorted(every_program, key=lambda one: one.name):
        for one in listed:
            row = stored.get((one.partner.id, enrollment_key(program.id)))
            if row is not None and row.left_at is None:
                names.setdefault(one.partner.id, []).append(program.name)
    return names


def _accounts(listed: Sequence[ListedPartner], every_program: Sequence[Program]) -> dict[str, tuple[str, AccountState]]:
    """Return what each is owed in the currency of the program that is listed; of several, nothing."""
    program_ids = {one.enrollment.program_id for one in listed if one.enrollment is not None}
    if len(program_ids) != 1:
        return {}
    [program_id] = program_ids
    currencies = {one.id: one.currency for one in every_program}
    currency = currencies.get(program_id) or programs.find(program_id).program.currency
    states = account_states([account_of(one.partner.id, currency) for one in listed])
    return {one.partner.id: (currency, states[account_of(one.partner.id, currency)]) for one in listed}
