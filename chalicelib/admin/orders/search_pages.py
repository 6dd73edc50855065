"""Shows what a search found: the values that its page's template takes."""

from collections.abc import Callable
from urllib.parse import urlencode

from chalicelib.admin import codes
from chalicelib.admin.english import day
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.programs import find as programs
from chalicelib.search.anything import MOST_PROGRAMS, search_anything
from chalicelib.search.shapes import SearchResult

_MOST_OFFERED = 100
# Where the page of what was found is, by its type.
_PAGES: dict[str, Callable[[SearchResult], str]] = {
    "partner": lambda one: f"/admin/partners/{one.id}",
    "customer": lambda one: f"/admin/customers/{one.id}",
    "conversion": lambda one: f"/admin/conversions/{one.id}",
    "reward": lambda one: f"/admin/rewards/{one.id}",
    "link": lambda one: f"/admin/conversions?{urlencode({'link': one.label if one.matched == 'code' else one.id})}",
    "payout": lambda one: f"/admin/payouts/{one.id}",
    "introduction": lambda one: f"/admin/introductions/{one.id}",
    "program": lambda one: f"/admin/programs/{one.id}",
    "event": lambda one: f"/admin{one.path.removeprefix('/v1')}",
    "click": lambda one: f"/admin/conversions?{urlencode({'link': one.label})}",
}


def search(text: str, program: str = "") -> AdminPage:
    """Show what a text names; without one, how to search. Orders of many programs are looked up in a chosen one."""
    answer = search_anything(text, program or None) if text.strip() else None
    choose = answer is not None and not answer.every_program
    offered = programs.list_page(limit=_MOST_OFFERED, position=None)[0] if choose else []
    results = answer.data if answer else []
    names = names_of(one.id for one in results if one.type == "partner" and one.matched != "name")
    rows = [
        {
            "type": codes.name_of(one.type),
            "name": names.get(one.id, one.label),
            "by": codes.name_of(one.matched),
            "date": day(one.created_at) if one.created_at else "",
            "page": _PAGES[one.type](one),
        }
        for one in results
    ]
    values = {"typed_search": text, "results": rows, "more": answer is not None and answer.has_more}
    values |= {
        "choose": choose,
        "chosen": program,
        "newest": MOST_PROGRAMS,
        "programs": [(one.id, one.name) for one in offered],
    }
    return AdminPage("search", "search", f"Search: {text.strip()}" if text.strip() else "Search", values)
