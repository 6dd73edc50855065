"""Shows webhook endpoints of a program, or of all; one of them with its deliveries; and what deleting one does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.events.catalog import CATALOG, FAMILIES
from chalicelib.events.table import is_of_program
from chalicelib.kit import cursors, ids
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.table import DEPLOYMENT, Program
from chalicelib.webhooks.crm import CRMS
from chalicelib.webhooks.deliveries import MOST_DAYS, list_deliveries
from chalicelib.webhooks.endpoint_shapes import DeliveryView, EndpointView
from chalicelib.webhooks.endpoints import find_endpoint, read_endpoints
from chalicelib.webhooks.sample import sample_types
from chalicelib.webhooks.secrets import show_secret

ADDED, ROTATED = "The endpoint was added.", "The secret was rotated."
_PAGE = 25
STATUSES = ("all", "failed", "pending", "skipped", "sent")


def endpoints(reference: str | None, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """
    Show the endpoints of a program, and the form that adds one; without a program, those of the whole deployment.

    *typed* is a form that was refused, to be mended.
    """
    program = programs.find(reference).program if reference is not None else None
    listed = [EndpointView.of(endpoint) for endpoint in read_endpoints(program.id if program else DEPLOYMENT)]
    values = {
        **_program(program),
        "endpoints": listed,
        # Benefits are given by an endpoint of their program.
        "may_give": program is not None and not any(endpoint.gives_benefits for endpoint in listed),
        "families": [f"{family}.*" for family in FAMILIES if program is None or is_of_program(f"{family}.*")],
        "action": f"/programs/{program.id}/endpoints" if program else "/endpoints",
        "done": done,
        "typed": typed or {},
    }
    return AdminPage("endpoints", "programs", f"Webhooks of {program.name if program else 'all programs'}", values)


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
    program, target = find_endpoint(identifier)
    chosen = status if status in STATUSES else "all"
    named = f"admin deliveries of {identifier}, {chosen}"
    messages, position = list_deliveries(
        target,
        None if chosen == "all" else chosen,
        limit=_PAGE,
        position=cursors.read(cursor, of=named),
    )
    values = {
        **_program(program),
        "endpoint": EndpointView.of(target),
        "all_endpoints": f"/programs/{program.id}/endpoints" if program else "/endpoints",
        "is_crm": target.format in CRMS,
        "secret": show_secret(target) if done in (ADDED, ROTATED) and target.format not in CRMS else None,
        "overlaps": target.previous_until is not None and target.previous_until > at,
        "samples": [
            (name, CATALOG[name].summary) for name in sample_types(target) if program is None or is_of_program(name)
        ],
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
    program, endpoint = find_endpoint(identifier)
    values = {**_program(program), "endpoint": EndpointView.of(endpoint)}
    return AdminPage("endpoint_deletion", "programs", "Delete a webhook endpoint", values)


def _program(program: Program | None) -> dict[str, Any]:
    """Return the values for the bar of its program's pages, if it belongs to a program."""
    return {"program": ProgramSummary.of(program)} if program is not None else {}
