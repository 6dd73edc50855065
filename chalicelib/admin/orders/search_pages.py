"""Shows what a search found: the values that its page's template takes."""

from collections.abc import Callable
from urllib.parse import urlencode

from chalicelib.admin import codes
from chalicelib.admin.english import day
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.search.anything import search_anything
from chalicelib.search.shapes import SearchResult

# Where the page of what was found is, by its type.
_PAGES: dict[str, Callable[[SearchResult], str]] = {
    "partner": lambda one: f"/admin/partners/{one.id}",
    "customer": lambda one: f"/admin/customers/{one.id}",
    "conversion": lambda one: f"/admin/conversions/{one.id}",
    "reward": lambda one: f"/admin/rewards/{one.id}",
    "link": lambda one: f"/admin/conversions?{urlencode({'link': one.label if one.matched == 'code' else one.id})}",
    "payout": lambda one: f"/admin/payouts/{one.id}",
    "program": lambda one: f"/admin/programs/{one.id}",
    "event": lambda one: f"/admin{one.path.removeprefix('/v1')}",
    "click": lambda one: f"/admin/conversions?{urlencode({'link': one.label})}",
}


def search(text: str) -> AdminPage:
    """Show what a text names; without one, how to search."""
    answer = search_anything(text) if text.strip() else None
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
    return AdminPage("search", "search", f"Search: {text.strip()}" if text.strip() else "Search", values)
