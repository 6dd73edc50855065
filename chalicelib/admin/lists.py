"""
The lists of the admin pages: filters that stay in the address, pages both ways, sorting, and a file of what is shown.

A list is newest first or, if its address says so, oldest first. It is sorted by another column only if all of its rows
are on the page: a page of a longer list that is sorted by itself would say what is not so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chalice.app import Response
from msgspec import Struct

from chalicelib.admin.names import named_with_mode
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, respond
from chalicelib.kit import bodies, csv_text, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.cursors import Count, ListPage
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.ids import is_test
from chalicelib.kit.shapes import ListQuery
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.users.roles import Rights
from chalicelib.web import shell
from chalicelib.web.fields import fields_at_fault

PAGE = 50
# Of a file, and of a list that is sorted.
MOST_ROWS = 100
MOST_PROGRAMS = 100
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# A row as its template takes it; `sort` has a value for each column that the list can be sorted by.
Row = dict[str, Any]
Filters = Mapping[str, str]


class ListOf(Struct, frozen=True):
    """
    A list: where it is, how a page of it is read, what a template takes of its rows, and what a file has of them.

    *newest* is the column by which a page is in order; *columns* are the others. *more* are values of its template.
    *page* and *most* are how many rows a page and a file have, if fewer than usual.
    """

    name: str
    section: str
    title: str
    path: str
    query: type[ListQuery]
    read: Callable[[Any], ListPage[Any]]
    rows: Callable[[list[Any]], list[Row]]
    header: tuple[str, ...]
    lines: Callable[[list[Any]], list[Sequence[Cell]]]
    newest: str = "at"
    columns: tuple[str, ...] = ()
    # Parts of the address that say which list this is, and are no filters of it.
    own: tuple[str, ...] = ()
    # Filters that hold where the address names none.
    defaults: Mapping[str, str] = {}
    # Filters that the path sets, whose program rights were checked for; the rest of the address cannot change them.
    fixed: Mapping[str, str] = {}
    within: frozenset[str] | None = None
    more: Mapping[str, Any] = {}
    page: int = MOST_ROWS
    most: int = MOST_ROWS

    @property
    def has_order(self) -> bool:
        """Whether it can also be read oldest first."""
        return bool(self.newest) and "order" in self.query.__struct_encode_fields__


class Sorting(NamedTuple):
    """By which column a list is sorted, and the address that sorts it by each column that it can be sorted by."""

    column: str
    descending: bool
    addresses: Mapping[str, str]
    too_many: bool

    def state(self, column: str) -> str:
        """Return what `aria-sort` says of a column; empty if the list is not sorted by it."""
        if column != self.column:
            return ""
        return "descending" if self.descending else "ascending"


class _Page(NamedTuple):
    page: ListPage[Any]
    data: list[Any]
    rows: list[Row]
    sorting: Sorting


def readable_programs(rights: Rights) -> frozenset[str] | None:
    """Return the programs whose lists a person may read; None for all of them."""
    if rights.may("stats:read"):
        return None
    return frozenset(one for one in rights.programs if rights.may("stats:read", [one]))


def show_list(visit: AdminVisit, one: ListOf, **more: Any) -> Response:
    """Answer with a page of a list; of filters that cannot be read, with what is wrong with them."""
    filters = _filters(one, visit.query)
    try:
        listed = _read(one, filters, at=visit.at)
    except Refused as refusal:
        if not visit.query and "program" in fields_at_fault(refusal, _fields(one)):
            # Of many programs, one must be chosen; from the menu, it is the newest.
            newest, _ = programs.list_page(limit=1, position=None)
            filters = {**filters, "program": newest[0].id}
            return respond(visit, _page_of(one, filters, _read(one, filters, at=visit.at), more, at=visit.at))
        nothing = _Page(ListPage([], False, None, None, Count(0, exact=False)), [], [], Sorting("", False, {}, False))
        page = _page_of(one, filters, nothing, {**more, "unread": True}, at=visit.at)
        return respond(visit, page, refusal=refusal, invalid=fields_at_fault(refusal, _fields(one)))
    return respond(visit, _page_of(one, filters, listed, more, at=visit.at))


def first_page(one: ListOf, *, at: datetime, **more: Any) -> AdminPage:
    """Return the first page of a list without filters, such as below a form that was refused."""
    filters = _filters(one, {})
    return _page_of(one, filters, _read(one, filters, at=at), more, at=at)


def save_list(visit: AdminVisit, one: ListOf) -> Response:
    """Save what a list shows from where its page begins: a hundred rows, or as many as it can read at once."""
    filters = _filters(one, visit.query)
    listed = _read(one, filters, at=visit.at, limit=min(one.most, MOST_ROWS), is_shown=False)
    text = csv_text.written(one.header, one.lines(listed.data), dialect=csv_text.spreadsheet())
    return shell.save_as(SHELL, text, f"{one.path.replace('/', '-')}.csv")


def zone_of(program: str | None, *, at: datetime) -> ZoneInfo:
    """Return the zone of a program; UTC without one, or if there is none of that name."""
    try:
        return ZoneInfo(programs.find(program).program.calendar.zone_at(at) if program else "UTC")
    except NotFound:
        return ZoneInfo("UTC")


def _fields(one: ListOf) -> tuple[str, ...]:
    return tuple(name for name in one.query.__struct_encode_fields__ if name not in ("limit", "cursor"))


def _filters(one: ListOf, query: Mapping[str, str]) -> Filters:
    """Return what an address asks for: the filters that are filled in, which page, and how that is sorted."""
    names = {*_fields(one), "cursor", "sort"}
    filled_in = {name: value.strip() for name, value in query.items() if name in names and value.strip()}
    if filled_in.get("sort", "").removeprefix("-") == one.newest and one.has_order:
        filled_in["order"] = "newest" if filled_in.pop("sort").startswith("-") else "oldest"
    if filled_in.get("order") == "newest":
        del filled_in["order"]
    return {**one.defaults, **filled_in, **one.fixed}


def _query(one: ListOf, filters: Filters, *, limit: int, at: datetime) -> ListQuery:
    """Return the query that filters ask for; a day begins at midnight in the program's zone."""
    fields = {name: value for name, value in filters.items() if name != "sort"}
    dated = days_in(zone_of(filters.get("program"), at=at), fields)
    query: ListQuery = bodies.typed({**dated, "limit": limit}, one.query, strict=False)
    return query


def days_in(zone: ZoneInfo, filters: Filters) -> dict[str, str]:
    """Return filters in which days are moments: midnight in a zone, if it is not UTC, which is what a query means."""
    return {
        name: _midnight(value, zone) if name in ("from", "to") and zone.key != "UTC" else value
        for name, value in filters.items()
    }


def _midnight(day: str, zone: ZoneInfo) -> str:
    if not _DAY.fullmatch(day):
        return day
    try:
        return instants.text(datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(ZoneInfo("UTC")))
    except (ValueError, OverflowError):
        # The list refuses it, in words about the field.
        return day


def _read(one: ListOf, filters: Filters, *, at: datetime, limit: int | None = None, is_shown: bool = True) -> _Page:
    column = filters.get("sort", "").removeprefix("-")
    if column and column in (one.newest, *one.columns):
        asked_for = {name: value for name, value in filters.items() if name != "cursor"}
        page = one.read(_query(one, asked_for, limit=min(one.most, MOST_ROWS), at=at))
        data, rows = page.data, one.rows(page.data)
        descending, whole = filters["sort"].startswith("-"), page.count.exact
        if whole:
            order = _order([row["sort"][column] for row in rows], descending=descending)
            data, rows = [data[number] for number in order], [rows[number] for number in order]
            sorting = Sorting(column, descending, _addresses(one, filters, column, descending=descending), False)
        else:
            sorting = Sorting(one.newest, True, {}, True)
        return _Page(page, data, rows, sorting)
    page = one.read(_query(one, filters, limit=limit or min(one.page, PAGE), at=at))
    whole, newest_first = page.count.exact and page.previous_cursor is None, "order" not in filters
    addresses = _addresses(one, filters, one.newest, descending=newest_first) if len(page.data) > 1 else {}
    if not whole:
        addresses = {name: address for name, address in addresses.items() if name == one.newest and one.has_order}
    rows = one.rows(page.data) if is_shown else []
    return _Page(page, page.data, rows, Sorting(one.newest, newest_first, addresses, False))


def _order(values: Sequence[Any], *, descending: bool) -> list[int]:
    """Return the numbers of rows in the order of their values; those without one are last, either way."""
    numbers = range(len(values))
    filled = sorted((one for one in numbers if values[one] not in (None, "")), key=lambda one: values[one])
    return [*(reversed(filled) if descending else filled), *(one for one in numbers if values[one] in (None, ""))]


def _addresses(one: ListOf, filters: Filters, column: str, *, descending: bool) -> dict[str, str]:
    """Return the address that sorts a list by each column: by the one it is sorted by, the other way round."""
    ways = {name: f"{'-' if name == column and not descending else ''}{name}" for name in (one.newest, *one.columns)}
    ways.pop("", None)
    unordered = {name: value for name, value in filters.items() if name != "order"}
    addresses = {name: _address(one, unordered, sort=way) for name, way in ways.items()}
    if one.has_order:
        addresses[one.newest] = _address(one, unordered, order="oldest" if column == one.newest and descending else "")
    return addresses


def _address(one: ListOf, filters: Filters, *, file: bool = False, **more: str | None) -> str:
    kept_filters = {
        name: value
        for name, value in filters.items()
        if name not in ("cursor", "sort", *one.fixed) and value != one.defaults.get(name)
    }
    query = urlencode({**kept_filters, **{name: value for name, value in more.items() if value}})
    return f"/admin/{one.path}{'/export' if file else ''}{f'?{query}' if query else ''}"


def _page_of(one: ListOf, filters: Filters, listed: _Page, more: Mapping[str, Any], *, at: datetime) -> AdminPage:
    every_program: list[Program] = []
    if "program" in {*_fields(one)} - one.fixed.keys():
        every_program, _ = programs.list_page(limit=MOST_PROGRAMS, position=None)
    if is_test(filters.get("program")):
        # A test program is in no list, but its own lists say which it is.
        every_program = [*every_program, *programs.find_rows([filters["program"]]).values()]
    page, sorted_by = listed.page, filters.get("sort") if not listed.sorting.too_many else None
    cursor = filters.get("cursor") if not sorted_by else None
    narrowing = set(_fields(one)) - {*one.own, *one.fixed, "order"}
    values = {
        "rows": listed.rows,
        "count": page.count,
        "filters": {name: value for name, value in filters.items() if name not in ("cursor", "sort")},
        "is_narrowed": any(value != one.defaults.get(name) for name, value in filters.items() if name in narrowing),
        "whole_list": _address(one, {name: value for name, value in filters.items() if name in one.own}),
        "programs": [
            (each.id, named_with_mode(each)) for each in every_program if one.within is None or each.id in one.within
        ],
        "following": _address(one, filters, cursor=page.next_cursor) if page.next_cursor else "",
        "before": _address(one, filters, cursor=page.previous_cursor) if page.previous_cursor else "",
        "file": _address(one, filters, file=True, cursor=cursor, sort=sorted_by),
        "sorting": listed.sorting,
        # By which time the list is in order, and which way; without one, it is in an order of its own.
        "newest": one.newest,
        "zone": zone_of(filters.get("program"), at=at).key,
        "path": one.path,
        # Whether there is nothing because the filters cannot be read.
        "unread": False,
        **one.more,
        **more,
    }
    return AdminPage(one.name, one.section, one.title, values)
