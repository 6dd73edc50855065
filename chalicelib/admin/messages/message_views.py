"""The pages of messages: the list, each with what became of it; and what functions gave up on."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.lists import first_page, save_list, show_list
from chalicelib.admin.messages import message_pages
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.dead_letters.redrive import RedriveIncomplete, redrive
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.outbox.jobs import retry
from chalicelib.web import shell


@signed_in
@needs("admin")
def show_messages(visit: AdminVisit) -> Response:
    """Show messages, by default those that failed; of filters that match no one, what is wrong with them."""
    return show_list(visit, message_pages.messages(visit.query.get("dead"), at=visit.at))


@signed_in
@needs("admin")
def save_messages(visit: AdminVisit) -> Response:
    """Save what a list of messages shows."""
    return save_list(visit, message_pages.messages(at=visit.at))


@signed_in
@needs("admin")
def show_message(visit: AdminVisit, id: str) -> Response:
    """Show a message, and what was done."""
    return respond(visit, message_pages.message(id, done=done_before(visit, _page_of(id)), at=visit.at))


@signed_in
@needs("admin")
def retry_message(visit: AdminVisit, id: str) -> Response:
    """Send a message again that failed or was skipped."""
    try:
        message = retry(id, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, message_pages.message(id, at=visit.at), refusal)
    return go_on(visit, _page_of(message.id), "It will be sent again within a minute, unless it is no longer needed.")


@signed_in
@needs("admin")
def redrive_dead_letter(visit: AdminVisit, id: str) -> Response:
    """Deliver to its function again what that gave up on; what is left, and why, is said on the page."""
    try:
        redrive(id, actor=visit.actor, at=visit.at)
    except RedriveIncomplete as refusal:
        return respond_again(visit, first_page(message_pages.messages(at=visit.at), at=visit.at), refusal)
    return shell.redirect(SHELL, "/admin/messages")


def _page_of(message: str) -> str:
    return f"/admin/messages/{quote(message, safe='')}"
