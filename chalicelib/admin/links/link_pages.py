"""What a link's page shows beside its form: its numbers, its QR code, and its last clicks with what became of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from chalicelib.admin.codes import name_of, name_of_conversion
from chalicelib.admin.english import day, moment, money, number
from chalicelib.admin.lists import days_in, zone_of
from chalicelib.admin.page import AdminPage
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.clicks import click_ids
from chalicelib.clicks.shapes import ClicksQuery, ClickView
from chalicelib.conversions.table import Conversion
from chalicelib.events.find import complete_until
from chalicelib.events.record import RETENTION
from chalicelib.events.table import listed, position_of
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import Refused
from chalicelib.kit.ids import mode_of
from chalicelib.links import find as links
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.search.clicks import list_clicks
from chalicelib.stats.report import link_report
from chalicelib.stats.shapes import StatsQuery, StatsView

_PAGE, _DAYS = 10, 7
# Of the database: a link that is clicked many times a second has more partitions an hour than a page may read.
_MOST_CALLS = 12
_MOST_EVENTS = 200


def activity(link: Link, filters: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Return a link's numbers, and one page of its clicks by filters that stay in the address."""
    chosen = {name: filters[name] for name in ("click_class", "from", "to", "cursor") if filters.get(name, "").strip()}
    query = clicks_query(chosen, link, limit=_PAGE, at=at)
    page, zone = list_clicks(link.id, query, most_calls=_MOST_CALLS, at=at), zone_of(link.program_id, at=at)
    results = _results(link, at=at)

    def address(cursor: str | None, part: str = "", to: str = "#clicks") -> str:
        more = {name: value for name, value in chosen.items() if name != "cursor"} | (
            {"cursor": cursor} if cursor else {}
        )
        return f"/admin/links/{quote(link.id, safe='')}{part}?{urlencode(more)}{to}"

    return {
        **_numbers(link_report(link.id, StatsQuery(), at=at)),
        "clicks": [_click(one, results, zone) for one in page.data],
        "zone": zone.key,
        "file": address(chosen.get("cursor"), "/export", ""),
        "click_filters": chosen,
        "too_many": page.has_more and not page.data,
        "following": address(page.next_cursor) if page.next_cursor else "",
        "before": address(page.previous_cursor) if page.previous_cursor else "",
    }


def clicks_query(filters: Mapping[str, str], link: Link, *, limit: int, at: datetime) -> ClicksQuery:
    """Return the query that filters of a link's clicks ask for; days begin at midnight in the zone of its program."""
    names = ("click_class", "from", "to", "cursor")
    chosen = {name: filters[name] for name in names if filters.get(name, "").strip()}
    dated = days_in(zone_of(link.program_id, at=at), chosen)
    query: ClicksQuery = bodies.typed({**dated, "limit": limit}, ClicksQuery, strict=False)
    return query


def _numbers(report: StatsView) -> dict[str, Any]:
    totals = report.totals
    return {
        "span": f"{day(report.from_)} to {day(report.to)}",
        "totals": [
            ("Clicks by people", number(totals.clicks.human)),
            ("Visitors", number(totals.clicks.unique) if totals.clicks.unique is not None else "–"),
            ("Sign-ups", number(totals.leads)),
            ("Sales", number(totals.sales)),
            ("Revenue", money(totals.revenue.amount, totals.revenue.currency)),
        ],
        "days": [
            (
                *(day(one.date), number(one.metrics.clicks.human), number(one.metrics.leads)),
                *(number(one.metrics.sales), money(one.metrics.revenue.amount, one.metrics.revenue.currency)),
            )
            for one in report.days[: -_DAYS - 1 : -1]
        ],
    }


def _click(view: ClickView, results: Mapping[str, list[tuple[str, str]]], zone: ZoneInfo) -> dict[str, Any]:
    click_id = click_ids.read(view.id)
    what = [view.device, view.browser if view.browser != "other" else None, view.country]
    return {
        "at": moment(view.at, zone),
        "is": name_of(view.click_class),
        "why": name_of(view.reason) if view.click_class != "human" else "",
        "with": ", ".join(one for one in what if one),
        "from": view.referrer_host or "",
        "results": results.get(click_id.sort, []) if click_id is not None else [],
    }


def _results(link: Link, *, at: datetime) -> dict[str, list[tuple[str, str]]]:
    """
    Return which conversions were reported with each click, and where each is shown: by two calls.

    Those among the last events of the link's partner that name the link.
    """
    until = position_of(complete_until(at))
    events = listed(
        "partner",
        link.partner_id,
        after=position_of(at - RETENTION),
        until=until,
        limit=_MOST_EVENTS,
        newest_first=True,
    )
    recorded = [one for one in events if one.type == "conversion.recorded" and one.data.get("code") == link.key]
    results: dict[str, list[tuple[str, str]]] = defaultdict(list)
    stored = rows.find_all(Conversion, [(one.subject_id, "conversion") for one in recorded][:100])
    for conversion in stored.values():
        what = f"{name_of_conversion(conversion.type).capitalize()} {conversion.external_id}"
        for touch in conversion.considered:
            click_id = click_ids.read(touch.token) if touch.by == "click" else None
            if click_id is not None and click_id.code_key == link.key:
                results[click_id.sort].append((what, f"/admin/events?subject={conversion.id}"))
    return results


def link(
    reference: str,
    filters: Fields,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
    at: datetime,
) -> AdminPage:
    """Show a link, its clicks by *filters*, and the form that changes it; *typed* is one that was refused."""
    row = links.find(reference)
    program = programs.find(row.program_id).program
    values = {
        "link": row,
        "url": make_url(row.code),
        "live": links.is_live(row, at),
        "program": ProgramSummary.of(program),
        "partner": partners.find(row.partner_id).partner,
        "done": done,
        **activity(row, filters, at=at),
        **form_values(row, fields_of_link(row), typed, refusal),
    }
    return AdminPage("link", "partners", f"Link {row.code}", values)


def link_to_end(reference: str) -> AdminPage:
    """Say what ending a link does."""
    row = links.find(reference)
    name = partners.find(row.partner_id).partner.name
    happens = [
        f"{make_url(row.code)} stops working within ten seconds: a page says that it may have ended.",
        "Its code is never used again, and a link that was ended stays ended.",
        f"What {name} earned by it stays, and friends who came by it before keep counting.",
    ]
    return AdminPage(
        "end_link", "partners", "End this link", {"link": row, "happens": happens, "mode": mode_of(row.program_id)}
    )


def fields_of_link(link: Link) -> dict[str, str]:
    """Return what a link's form has: its expiry by the minute, in UTC, as a browser's own control has it."""
    expires_at = f"{link.expires_at:%Y-%m-%dT%H:%M}" if link.expires_at else ""
    return {"destination": link.destination, "channel": link.channel or "", "expires_at": expires_at}
