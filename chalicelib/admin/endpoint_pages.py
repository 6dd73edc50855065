"""Shows webhook endpoints of a program, one of them with its deliveries, and what deleting one does."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.events.catalog import CATALOG, FAMILIES
from chalicelib.events.table import is_of_program
from chalicelib.kit import cursors, ids
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.webhooks.deliveries import MOST_DAYS, list_deliveries
from chalicelib.webhooks.endpoint_shapes import DeliveryView, EndpointView
from chalicelib.webhooks.endpoints import endpoints_of, find_endpoint
from chalicelib.webhooks.sample import sample_types
from chalicelib.webhooks.secrets import show_secret

ADDED, ROTATED = "The endpoint was added.", "The secret was rotated."
_PAGE = 25
STATUSES = ("all", "failed", "pending", "skipped", "sent")


def endpoints(reference: str, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """Show the endpoints of a program, and the form that adds one; *typed* is one that was refused, to be mended."""
    stored = programs.read(programs.find(reference).program.id)
    listed = [EndpointView.of(endpoint) for endpoint in endpoints_of(stored)]
    values = {
        "program": ProgramSummary.of(stored.program),
        "endpoints": listed,
        "has_giver": any(endpoint.gives_benefits for endpoint in listed),
        "families": [f"{family}.*" for family in FAMILIES if is_of_program(f"{family}.*")],
        "done": done,
        "typed": typed or {},
    }
    return AdminPage("endpoints", "programs", f"Webhooks of {stored.program.name}", values)


def endpoint(
    identifier: str,
    status: str | None,
    cursor: str | None,
    *,
    done: str = "",
    typed: Mapping[str, str] | None = None,
    at: datetime,
) -> AdminPage:
    """Show an endpoint and one page of what it was sent; and its secret, right after that was made."""
    stored, target = find_endpoint(identifier)
    chosen = status if status in STATUSES else "all"
    named = f"admin deliveries of {identifier}, {chosen}"
    messages, position = list_deliveries(
        target,
        None if chosen == "all" else chosen,
        limit=_PAGE,
        position=cursors.read(cursor, of=named),
    )
    values = {
        "program": ProgramSummary.of(stored.program),
        "endpoint": EndpointView.of(target),
        "secret": show_secret(target) if done in (ADDED, ROTATED) else None,
        "overlaps": target.previous_until is not None and target.previous_until > at,
        "samples": [(name, CATALOG[name].summary) for name in sample_types(target) if is_of_program(name)],
        "deliveries": [DeliveryView.of(message) for message in messages],
        "status": chosen,
        "statuses": STATUSES,
        "most_days": MOST_DAYS,
        "first_day": (at - timedelta(days=1)).date().isoformat(),
        "last_day": (at + timedelta(days=1)).date().isoformat(),
        # Sent twice, a form replays once.
        "once": ids.new("rpl", at),
        "done": done,
        "typed": typed or {},
        **rest_of(position, named, cursor),
    }
    return AdminPage("endpoint", "programs", "Webhook endpoint", values)


def deletion(identifier: str) -> AdminPage:
    """Show what deleting an endpoint does, and the form that does it."""
    stored, endpoint = find_endpoint(identifier)
    values = {"program": ProgramSummary.of(stored.program), "endpoint": EndpointView.of(endpoint)}
    return AdminPage("endpoint_deletion", "programs", "Delete a webhook endpoint", values)
