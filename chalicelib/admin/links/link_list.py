"""Lists the links of all programs by filters, and the clicks of a link as a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import get_args

from chalicelib.admin import codes
from chalicelib.admin.english import moment
from chalicelib.admin.links.link_pages import clicks_query
from chalicelib.admin.lists import MOST_ROWS, ListOf, Row, readable_programs, zone_of
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminVisit
from chalicelib.clicks.shapes import ClickView
from chalicelib.kit import csv_text, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import fold
from chalicelib.links.find import LinkState, find, state_of
from chalicelib.links.shapes import LinksQuery, make_url
from chalicelib.links.table import Link
from chalicelib.programs import find as programs
from chalicelib.search.by_id import find_links
from chalicelib.search.clicks import list_clicks


def links(visit: AdminVisit) -> ListOf:
    """Return the list of links, by when they were created."""
    within = readable_programs(visit.rights)
    return ListOf(
        name="links",
        section="partners",
        title="Links",
        path="links",
        query=LinksQuery,
        read=partial(find_links, within=within, at=visit.at),
        rows=partial(_rows, at=visit.at),
        header=(
            *("Created", "Link", "Code", "Program", "Partner", "Name", "Channel", "State", "Destination"),
            *("Your ID", "Expires", "ID"),
        ),
        lines=partial(_lines, at=visit.at),
        columns=("code", "partner", "program", "channel", "state"),
        within=within,
        more={"states": [(one, codes.name_of(one)) for one in get_args(LinkState)]},
    )


def _rows(page: list[Link], *, at: datetime) -> list[Row]:
    names = names_of({one.partner_id for one in page})
    return [_row(one, names.get(one.partner_id, one.partner_id), at=at) for one in page]


def _row(link: Link, partner: str, *, at: datetime) -> Row:
    program, state = programs.find(link.program_id).program.name, state_of(link, at)
    return {
        "id": link.id,
        "code": link.code,
        "destination": link.destination,
        "partner": link.partner_id,
        "partner_name": partner,
        "program": program,
        "channel": link.channel or "",
        "state": state,
        "at": moment(link.created_at, zone_of(link.program_id, at=at)),
        "sort": {
            "at": link.id,
            "code": link.key,
            "partner": fold(partner),
            "program": fold(program),
            "channel": fold(link.channel),
            "state": state,
        },
    }


def _lines(page: list[Link], *, at: datetime) -> list[Sequence[Cell]]:
    names = names_of({one.partner_id for one in page})
    return [
        (
            *(instants.text(one.created_at), make_url(one.code), one.code, one.program_id, one.partner_id),
            *(names.get(one.partner_id, ""), one.channel or "", state_of(one, at), one.destination),
            *(one.external_id or "", instants.text(one.expires_at) if one.expires_at else "", one.id),
        )
        for one in page
    ]


def save_clicks(reference: str, filters: Mapping[str, str], *, at: datetime) -> Document:
    """Return a file of a link's clicks from where a page of them begins, up to a hundred."""
    link = find(reference)
    page = list_clicks(link.id, clicks_query(filters, link, limit=MOST_ROWS, at=at), at=at)
    header = ("At", "Class", "Reason", "Device", "Browser", "Country", "Came from", "ID")
    text = csv_text.written(header, [_click(one) for one in page.data], dialect=csv_text.spreadsheet())
    return Document(text, "text/csv", f"clicks-{link.code}.csv")


def _click(one: ClickView) -> Sequence[Cell]:
    return (
        *(one.at, one.click_class, one.reason or "", one.device or "", one.browser or "", one.country or ""),
        *(one.referrer_host or "", one.id),
    )
