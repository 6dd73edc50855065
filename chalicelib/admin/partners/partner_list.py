"""Shows the partners of all programs: a search, filters that stay in the address, and a file of what is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode

from chalicelib.admin import codes
from chalicelib.admin.english import day, money
from chalicelib.admin.page import AdminPage
from chalicelib.kit import bodies, csv_text, instants
from chalicelib.kit.cursors import Count, ListPage
from chalicelib.kit.dynamo import rows
from chalicelib.kit.responses import Document
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.find import account_states
from chalicelib.onboarding.progress import STEPS
from chalicelib.partners.standing import State
from chalicelib.partners.table import Enrollment, enrollment_key
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Category
from chalicelib.search.partners import ListedPartner, PartnerFilters, category_of, find_partners

_PAGE = 25
# Of a file of what is shown.
_MOST_ROWS = 100
_MOST_PROGRAMS = 100
# Up to so many, the list says who takes part in which: a key each of what a page of partners reads.
_MOST_NAMED = 10


def every_partner(filters: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show one page of the partners of all programs, newest first."""
    page = find_partners(_query(filters, limit=_PAGE), at=at)
    every_program, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    return _page(filters, page, every_program, _rows(page.data, every_program))


def refused(filters: Mapping[str, str]) -> AdminPage:
    """Show the filters as they were filled in, of which one cannot be read."""
    every_program, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    return _page(filters, ListPage([], False, None, None, Count(0, exact=False)), every_program, [])


def save(filters: Mapping[str, str], *, at: datetime) -> Document:
    """Return a file of partners, as the page with these filters and this cursor begins, up to a hundred."""
    page = find_partners(_query(filters, limit=_MOST_ROWS), at=at)
    header = ("Since", "Name", "Email", "Your ID", "Category", "State", "Stage", "Language", "Joined", "Left", "ID")
    lines = [
        (
            instants.text(one.partner.created_at),
            *(one.partner.name, one.partner.email or "", one.partner.external_id or ""),
            *(category_of(one.partner), one.state, one.stage or "", one.partner.locale),
            instants.text(one.enrollment.enrolled_at) if one.enrollment else "",
            instants.text(one.enrollment.left_at) if one.enrollment and one.enrollment.left_at else "",
            one.partner.id,
        )
        for one in page.data
    ]
    return Document(csv_text.written(header, lines, dialect=csv_text.spreadsheet()), "text/csv", "partners.csv")


def _query(filters: Mapping[str, str], *, limit: int) -> PartnerFilters:
    """Return the query that a form asks for. What is left empty is not asked for."""
    filled_in = {name: value.strip() for name, value in filters.items() if value.strip()}
    query: PartnerFilters = bodies.typed({**filled_in, "limit": limit}, PartnerFilters, strict=False)
    return query


def _page(
    filters: Mapping[str, str],
    page: ListPage[ListedPartner],
    every_program: Sequence[Program],
    listed: list[dict[str, Any]],
) -> AdminPage:
    address_filters = {one: value for one, value in filters.items() if value.strip() and one != "cursor"}

    def address(path: str, cursor: str | None) -> str:
        return f"/admin/{path}?{urlencode({**address_filters, **({'cursor': cursor} if cursor else {})})}"

    values = {
        "rows": listed,
        "count": page.count,
        "filters": address_filters,
        "programs_to_choose": [(one.id, one.name) for one in every_program],
        "names_programs": len(every_program) <= _MOST_NAMED,
        "stages": [(one, codes.name_of(one)) for one in ("left", *STEPS)],
        "states": [(one, codes.name_of(one)) for one in ("active", *get_args(State))],
        "categories": [(one, codes.name_of(one)) for one in get_args(Category)],
        "following": address("partners", page.next_cursor) if page.next_cursor else "",
        "before": address("partners", page.previous_cursor) if page.previous_cursor else "",
        "file": address("partners/export", filters.get("cursor")),
    }
    return AdminPage("every_partner", "partners", "Partners", values)


def _rows(listed: Sequence[ListedPartner], every_program: Sequence[Program]) -> list[dict[str, Any]]:
    names = _names_of_programs(listed, every_program)
    accounts = _accounts(listed, every_program)
    return [
        {
            "id": one.partner.id,
            "name": one.partner.name,
            "email": one.partner.email or "",
            "category": codes.name_of(category_of(one.partner)),
            "state": codes.name_of(one.state) if one.state != "active" else "",
            "erased": one.partner.erased_at is not None,
            "stage": codes.name_of(one.stage) if one.stage else "",
            "left": day(one.enrollment.left_at) if one.enrollment and one.enrollment.left_at else "",
            "programs": ", ".join(names.get(one.partner.id, ())),
            "since": day(one.enrollment.enrolled_at if one.enrollment else one.partner.created_at),
            **accounts.get(one.partner.id, {}),
        }
        for one in listed
    ]


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


def _accounts(listed: Sequence[ListedPartner], every_program: Sequence[Program]) -> dict[str, dict[str, str]]:
    """Return what each is owed in the currency of the program that is listed; of several, nothing."""
    program_ids = {one.enrollment.program_id for one in listed if one.enrollment is not None}
    if len(program_ids) != 1:
        return {}
    [program_id] = program_ids
    currencies = {one.id: one.currency for one in every_program}
    currency = currencies.get(program_id) or programs.find(program_id).program.currency
    states = account_states([account_of(one.partner.id, currency) for one in listed])

    def amounts(state: AccountState) -> dict[str, str]:
        return {part: money(getattr(state, part), currency) for part in ("held", "due", "paid")}

    return {one.partner.id: amounts(states[account_of(one.partner.id, currency)]) for one in listed}
