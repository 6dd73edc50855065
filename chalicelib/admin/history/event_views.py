"""The pages of what happened, and of who did what."""

from chalice.app import Response

from chalicelib.admin.history import audit_pages, event_list, event_pages
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.search import search
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import Refused
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read")
def show_events(visit: AdminVisit) -> Response:
    """Show the events of a program, a partner, a customer, an order or a reward; or ask which one to look for."""
    query = visit.query
    if "subject" in query:
        since = visit.administrator.last_visit
        return show_list(visit, event_list.events(query["subject"], since=since, at=visit.at))
    return respond(visit, event_pages.find_events(query.get("choices", "")))


@signed_in
@needs("stats:read")
def save_events(visit: AdminVisit) -> Response:
    """Save what a list of events shows."""
    return save_list(visit, event_list.events(visit.query.get("subject", ""), at=visit.at))


@signed_in
@needs("stats:read")
@takes("find")
def find_events(visit: AdminVisit) -> Response:
    """Redirect to the events of the match. The typed text may be an email address, so it is not put into a URL."""
    typed = visit.form.get("find", "")
    try:
        matches = search(typed)
    except Refused as refusal:
        return respond_again(visit, event_pages.find_events(typed=typed), refusal)
    if len(matches) == 1:
        return shell.redirect(SHELL, f"/admin/events?subject={matches[0]}")
    return shell.redirect(SHELL, f"/admin/events?choices={','.join(matches)}")


@signed_in
@needs("audit:read")
def show_audit_trail(visit: AdminVisit) -> Response:
    """Show who did what: everything, or the changes of one subject, or by one actor."""
    return show_list(visit, audit_pages.audit())


@signed_in
@needs("audit:read")
def save_audit_trail(visit: AdminVisit) -> Response:
    """Save what the audit trail shows."""
    return save_list(visit, audit_pages.audit())
