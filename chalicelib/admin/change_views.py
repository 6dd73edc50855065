"""What the admin pages change of what was decided: a program's settings, and links."""

from urllib.parse import quote

from chalice.app import Response
from msgspec import UNSET

from chalicelib.admin import change_pages
from chalicelib.admin.change_pages import STALE
from chalicelib.admin.english import minute
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.revisions import PreconditionFailed, read_if_match
from chalicelib.links import find as links
from chalicelib.links.change import change_link as change
from chalicelib.links.disable import disable
from chalicelib.links.shapes import LinkChange
from chalicelib.programs import find as programs
from chalicelib.programs.settings import change_settings
from chalicelib.programs.shapes import ProgramChange
from chalicelib.web.forms import takes

_LISTS = ("hosts", "origins")
_OPTIONAL = ("privacy_url", "imprint_url", "contact_email", "postal_address")


@signed_in
@needs("admin", "program")
def show_settings(visit: AdminVisit, id: str) -> Response:
    """Show what can be changed about a program, and what was done."""
    return respond(visit, change_pages.settings(id, done=done_before(visit, _settings_of(id))))


@signed_in
@needs("admin", "program")
@takes("name", "landing_url", "hosts", "timezone", "joining", "consent", "origins", *_OPTIONAL, "etag")
def save_settings(visit: AdminVisit, id: str) -> Response:
    """Change a program's settings."""
    before = programs.read(programs.find(id).program.id).program
    try:
        names = change_pages.fields_of_program(before)
        fields = {name: _typed(visit, name) for name in names}
        new = bodies.typed(fields, ProgramChange, strict=True)
        if_match = read_if_match(visit.form.get("etag"))
        program = change_settings(id, new, if_match=if_match, actor=visit.actor, at=visit.at).program
    except NotFound:
        raise
    except Refused as refusal:
        page = change_pages.settings(id, typed=visit.form, refusal=refusal)
        return respond_again(visit, page, _in_words(refusal))
    message = "Saved."
    if program.timezone_from is not None and program.timezone != before.timezone:
        message += f" {program.timezone} takes effect on {minute(program.timezone_from)} UTC."
    return go_on(visit, _settings_of(id), message)


def _typed(visit: AdminVisit, name: str) -> object:
    text = visit.form.get(name, "")
    if name in _OPTIONAL:
        # Browsers end lines with CR and LF.
        return text.replace("\r\n", "\n") or None
    return text.split() if name in _LISTS else text


@signed_in
@needs("stats:read", "link")
def show_link(visit: AdminVisit, id: str) -> Response:
    """Show a link, its numbers and clicks, what can be changed about it, and what was done."""
    done = done_before(visit, _page_of(id))
    try:
        return respond(visit, change_pages.link(id, visit.query, done=done, at=visit.at))
    except NotFound:
        raise
    except Refused as refusal:
        return respond(visit, change_pages.link(id, {}, at=visit.at), refusal=refusal)


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
        if (expires_at or "") == change_pages.fields_of_link(link)["expires_at"]:
            # It is shown by the minute, and stays as it is to the second.
            new.expires_at = UNSET
        change(id, new, if_match=read_if_match(visit.form.get("etag")), actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = change_pages.link(id, {}, typed=visit.form, refusal=refusal, at=visit.at)
        return respond_again(visit, page, _in_words(refusal))
    return go_on(visit, _page_of(id), "Saved.")


@signed_in
@needs("links:write", "link")
def ask_to_end_link(visit: AdminVisit, id: str) -> Response:
    """Say what ending a link does."""
    return respond(visit, change_pages.link_to_end(id))


@signed_in
@needs("links:write", "link")
def end_link(visit: AdminVisit, id: str) -> Response:
    """End a link for good. Sent twice, it is done once."""
    disable(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _page_of(id), "The link was ended.")


def _in_words(refusal: Refused) -> Refused:
    return PreconditionFailed(STALE) if isinstance(refusal, PreconditionFailed) else refusal


def _settings_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/settings"


def _page_of(link: str) -> str:
    return f"/admin/links/{quote(link, safe='')}"
