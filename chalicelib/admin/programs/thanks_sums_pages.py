"""Shows what a program's partners were thanked with in a year, for taxes: the values of the page, and its file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin.english import LOCALE, money, number
from chalicelib.admin.page import AdminPage
from chalicelib.introductions.thanks_shapes import ThanksSum, ThanksSumsQuery, ThanksSumsView, ThanksTotal
from chalicelib.introductions.thanks_sums import sum_all, sum_thanks
from chalicelib.kit import bodies, csv_text
from chalicelib.kit.csv_text import Cell, Number
from chalicelib.kit.money import decimal
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

FIELDS = ("year",)
_FEW = 50
_HEADER = ("year", "partner", "external_id", "name", "number", "currency", "gifts", "donations", "cost")


def page(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a page of a year's sums: the current one, if the address names none."""
    program = programs.find(reference).program
    query = _query(program, fields, at=at)
    view = sum_thanks(query)
    names = partners.find_rows(one.partner for one in view.data)
    rows = [
        {
            "id": one.partner,
            "name": names[one.partner].name if one.partner in names else one.partner,
            **_written(one, view),
        }
        for one in view.data
    ]
    path = f"/admin/programs/{program.id}/thanks/sums"
    values = {
        "view": view,
        "rows": rows,
        "total": _written(view.total, view),
        "saved": f"{path}?{urlencode({'year': query.year, 'format': 'csv'})}",
        "following": f"{path}?{urlencode({'year': query.year, 'cursor': view.next_cursor})}"
        if view.next_cursor
        else "",
        "begun": f"{path}?{urlencode({'year': query.year})}" if query.cursor else "",
    }
    return _page(program, str(query.year), values, at=at)


def refused(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show the form as it was filled in, without sums."""
    return _page(programs.find(reference).program, fields.get("year", ""), {"view": None}, at=at)


def save(reference: str, fields: Mapping[str, str], *, at: datetime) -> Document:
    """Return the file of a year's sums: of all partners, the highest cost first, with names, in whole units."""
    program = programs.find(reference).program
    year = _query(program, fields, at=at).year
    lines = chain.from_iterable(_lines(program, year, several) for several in sum_all(program.id, year))
    text = csv_text.written(_HEADER, lines, dialect=spreadsheet_of(LOCALE))
    return Document(text, "text/csv; charset=utf-8", f"thanks-{year}.csv")


def _lines(program: Program, year: int, several: Sequence[ThanksSum]) -> list[list[Cell]]:
    stored = partners.find_rows(one.partner for one in several)
    lines: list[list[Cell]] = []
    for one in several:
        row = stored.get(one.partner)
        who = [(row.external_id or "", row.name) if row is not None else ("", "")]
        amounts = [Number(decimal(amount, program.currency)) for amount in (one.gifts, one.donations, one.cost)]
        lines.append([year, one.partner, *who[0], one.number, program.currency, *amounts])
    return lines


def _query(program: Program, fields: Mapping[str, str], *, at: datetime) -> ThanksSumsQuery:
    written = {name: value for name in (*FIELDS, "cursor") if (value := fields.get(name, "").strip())}
    year = str(program.calendar.day_of(at).year)
    return bodies.typed({"year": year, **written, "program": program.id, "limit": _FEW}, ThanksSumsQuery, strict=False)


def _written(one: ThanksSum | ThanksTotal, view: ThanksSumsView) -> dict[str, str]:
    amounts = {"gifts": one.gifts, "donations": one.donations, "cost": one.cost}
    return {"number": number(one.number), **{name: money(value, view.currency) for name, value in amounts.items()}}


def _page(program: Program, year: str, values: Mapping[str, Any], *, at: datetime) -> AdminPage:
    first, last = program.calendar.day_of(program.created_at).year, program.calendar.day_of(at).year
    years = [str(one) for one in range(last, first - 1, -1)]
    typed = [year] if year.isdigit() and year not in years else []
    more = {"program": program, "year": year, "years": [*years, *typed]}
    return AdminPage("thanks_sums", "programs", "Thanks by year", {**more, **values})
