"""What answers the addresses of the pages."""

from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib.access.rate_limit import find_visitor
from chalicelib.emails.unsubscribe import UnsubscribeLinkNotFound, read_link, set_subscribed
from chalicelib.kit import clock, config
from chalicelib.kit.errors import Refused
from chalicelib.kit.responses import Binary
from chalicelib.links.first_link import ensure_first_link
from chalicelib.onboarding.join_form import TRAP
from chalicelib.pages import ask, benefit, friend, introduced, join, preview, snippet, terms_page
from chalicelib.pages import share as share_page
from chalicelib.pages import stop as stop_page
from chalicelib.partners import share
from chalicelib.partners.share import ShareLinkNotFound
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound
from chalicelib.programs.logo import find_file
from chalicelib.users.roles import Rights
from chalicelib.users.sessions import resume_administrator
from chalicelib.web import cookies, shell
from chalicelib.web.actors import actor_of_page
from chalicelib.web.card import find_card
from chalicelib.web.forms import country_of, fields_of, locale_of, parameter, read_form, takes
from chalicelib.web.not_now import answer_unknown

_SHELL = shell.public(__file__)
# The longest name in a path: `ext_` and the longest id of a caller.
_MOST_CHARACTERS = 104


def show_share_page(request: Request, id: str) -> Response:
    """Show the share page to anyone who has its link."""
    try:
        profile, enrollment = share.find_holder(id)
    except ShareLinkNotFound:
        return answer_unknown(request)
    locale = locale_of(request, profile.partner.locale)
    return share_page.show(profile, enrollment, locale, country_of(request, locale), at=clock.now())


def get_a_link(request: Request, id: str) -> Response:
    """Create the partner's first link, and show the page again."""
    try:
        _, enrollment = share.find_holder(id)
    except ShareLinkNotFound:
        return answer_unknown(request)
    at = clock.now()
    if programs.find(enrollment.program_id).program.takes_touch(at):
        ensure_first_link(enrollment, actor=actor_of_page("share", request), at=at)
    return shell.redirect(_SHELL, f"{config.public_url()}/s/{id}")


def show_join_page(request: Request, id: str) -> Response:
    """Show what a program offers, and the form to join it."""
    try:
        program_terms = programs.find(id[:_MOST_CHARACTERS])
    except ProgramNotFound:
        return answer_unknown(request)
    return join.show(program_terms, _invited(request), locale=locale_of(request), at=clock.now())


@takes("form", "name", "email", "agree", TRAP)
def send_join_form(request: Request, id: str) -> Response:
    """Let a person join, and show them their share page."""
    try:
        program_terms = programs.find(id[:_MOST_CHARACTERS])
    except ProgramNotFound:
        return answer_unknown(request)
    form, visitor, locale = _form(request, send_join_form), find_visitor(request), locale_of(request)
    actor = actor_of_page("join", request)
    return join.send(
        program_terms, _invited(request), form, visitor=visitor, locale=locale, actor=actor, at=clock.now()
    )


def show_ask_page(request: Request, id: str) -> Response:
    """Show a customer who is asked what they get, and the form to join, filled in."""
    return ask.show(request, id[:_MOST_CHARACTERS], at=clock.now())


@takes("form", "name", "email", "agree", TRAP)
def send_ask_form(request: Request, id: str) -> Response:
    """Let a customer who was asked join with one tap, and show them their share page."""
    return ask.send(request, id[:_MOST_CHARACTERS], _form(request, send_ask_form), at=clock.now())


def show_friend_page(request: Request, id: str) -> Response:
    """Show a friend what a link is about, before they follow it."""
    return friend.answer(request, id, at=clock.now())


def show_benefit(request: Request, id: str) -> Response:
    """Show a friend the code of their benefit, by the link of their email."""
    return benefit.answer(request, id)


def show_introduced(request: Request, id: str) -> Response:
    """Show an introduced person what is stored about them."""
    return introduced.show(request, id)


@takes("action", "introduction")
def change_introduced(request: Request, id: str) -> Response:
    """Delete what is stored about an introduced person, or take down who introduced them."""
    return introduced.change(request, id, fields_of(change_introduced))


def show_terms(request: Request, id: str) -> Response:
    """Show a version of a program's terms, in words; one that has not begun, to admins only."""
    at = clock.now()
    administrator = resume_administrator(cookies.read(request, cookies.ADMIN), at=at)
    rights = administrator.rights if administrator is not None else Rights()
    try:
        program_terms, terms = terms_page.find(id[:_MOST_CHARACTERS], rights, at=at)
    except ProgramNotFound:
        return answer_unknown(request)
    return terms_page.show(program_terms, terms, locale=locale_of(request))


def show_logo(request: Request, id: str) -> Response:
    """Return a program's logo or the card in its color, to be kept for good: another picture has another name."""
    picture = find_card(id) or find_file(id)
    if picture is None:
        return answer_unknown(request)
    headers: dict[str, str | list[str]] = {
        "Content-Type": picture.media_type,
        "Cache-Control": "public, max-age=31536000, immutable",
        # Mail programs show it, too, inside pages of their own.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Binary(picture.content, headers)


def show_preview(request: Request) -> Response:
    """Show in a frame of the admin pages how a page would look with what is tried there."""
    locale = locale_of(request)
    look = dict(request.query_params or {}).get("look", "")
    country = country_of(request, locale)
    page = preview.answer(parameter(request, "page"), look, locale=locale, country=country, at=clock.now())
    return page or answer_unknown(request)


def show_snippet(request: Request) -> Response:
    """Give a website's pages the script that remembers who sent a visitor; for a checkout, with the form that asks."""
    asks = parameter(request, "form") == snippet.FORM
    return snippet.show(parameter(request, "program")[:_MOST_CHARACTERS], asks=asks, at=clock.now())


def _invited(request: Request) -> str:
    return parameter(request, "invited")


def show_stop_page(request: Request, id: str) -> Response:
    """Show a button that unsubscribes; opening the page does not unsubscribe, be it a person or a scanner."""
    try:
        stop = read_link(id)
    except UnsubscribeLinkNotFound:
        return answer_unknown(request)
    return stop_page.show(stop, stopped=None)


@takes("again")
def stop_emails(request: Request, id: str) -> Response:
    """Stop these emails: by the page's button, or a mail program's one click (RFC 8058). The other button undoes it."""
    try:
        stop = read_link(id)
    except UnsubscribeLinkNotFound:
        return answer_unknown(request)
    on = _form(request, stop_emails).get("again") == "yes"
    set_subscribed(stop, on=on, actor=actor_of_page("unsubscribe", request), at=clock.now())
    return stop_page.show(stop, stopped=not on)


def _form(request: Request, view: Callable[..., Response]) -> dict[str, str]:
    """Return what a form shows; what cannot be read, such as that of a mail program, is one without anything in it."""
    try:
        return read_form(request, fields_of(view))
    except Refused:
        return {}
