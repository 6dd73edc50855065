"""The page of a link: its numbers and clicks, and what can be changed about it."""

from urllib.parse import quote

from chalice.app import Response
from msgspec import UNSET

from chalicelib.admin.links import link_list, link_pages
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.revisions import read_if_match
from chalicelib.links import find as links
from chalicelib.links.change import change_link as change
from chalicelib.links.disable import disable
from chalicelib.links.shapes import LinkChange
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "any program")
def show_links(visit: AdminVisit) -> Response:
    """Show the links of all programs, by filters."""
    return show_list(visit, link_list.links(visit))


@signed_in
@needs("stats:read", "any program")
def save_links(visit: AdminVisit) -> Response:
    """Save what a list of links shows."""
    return save_list(visit, link_list.links(visit))


@signed_in
@needs("stats:read", "link")
def save_clicks(visit: AdminVisit, id: str) -> Response:
    """Save the clicks that a link's page shows."""
    saved = link_list.save_clicks(id, visit.query, at=visit.at)
    return shell.save_as(SHELL, saved.text, saved.name)


@signed_in
@needs("stats:read", "link")
def show_link(visit: AdminVisit, id: str) -> Response:
    """Show a link, its numbers and clicks, what can be changed about it, and what was done."""
    done = done_before(visit, _page_of(id))
    try:
        return respond(visit, link_pages.link(id, visit.query, done=done, at=visit.at))
    except NotFound:
        raise
    except Refused as refusal:
        return respond(visit, link_pages.link(id, {}, at=visit.at), refusal=refusal)


@signed_in
@needs("links:write", "link")
@takes("destination", "channel", "expires_at", "etag")
def change_link(visit: AdminVisit, id: str) -> Response:
    """Change where a link leads, its channel and its expiry."""
    link = links.find(id)
    try:
        fields: dict[str, object] = {name: visit.form.get(name) for name in ("destination", "channel")}
        expires_at = visit.form.get("expires_at")
        fields["expires_at"] = f"{expires_at}:00Z" if expires_at else None
        new = bodies.typed(fields, LinkChange, strict=True)
        if (expires_at or "") == link_pages.fields_of_link(link)["expires_at"]:
            # It is shown by the minute, and stays as it is to the second.
            new.expires_at = UNSET
        change(id, new, if_match=read_if_match(visit.form.get("etag")), actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = link_pages.link(id, {}, typed=visit.form, refusal=refusal, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _page_of(id), "Saved.")


@signed_in
@needs("links:write", "link")
def ask_to_end_link(visit: AdminVisit, id: str) -> Response:
    """Say what ending a link does."""
    return respond(visit, link_pages.link_to_end(id))


@signed_in
@needs("links:write", "link")
def end_link(visit: AdminVisit, id: str) -> Response:
    """End a link for good. Sent twice, it is done once."""
    disable(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _page_of(id), "The link was ended.")


def _page_of(link: str) -> str:
    return f"/admin/links/{quote(link, safe='')}"
