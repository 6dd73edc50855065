"""Pages, over HTTP."""

import contextlib

from chalice.app import Blueprint, Response

from chalicelib.kit import clock
from chalicelib.links.create import TooManyLinks, create
from chalicelib.links.shapes import NewLink
from chalicelib.messages.unsubscribe import StopLinkUnknown, find_stop, turn
from chalicelib.pages import share as share_page
from chalicelib.pages import stop as stop_page
from chalicelib.partners import share
from chalicelib.partners.share import ShareLinkUnknown
from chalicelib.programs.create import ExternalIdTaken

routes = Blueprint(__name__)

_FORM = ["application/x-www-form-urlencoded", "application/json", "text/plain"]
_FIXED: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "X-Frame-Options": "DENY",
}
_UNKNOWN = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>This page is not known</title><h1>This page is not known</h1>
<p>The link may be incomplete, or a newer one may have been sent to you.</p></html>"""


@routes.route("/s/{id}", methods=["GET"])
def show_share_page(id: str) -> Response:
    """Show the share page to whoever holds its link."""
    try:
        member, enrolment = share.holder(id)
    except ShareLinkUnknown:
        return _unknown()
    body = share_page.page(member, enrolment, at=clock.now())
    return Response(body, headers={**_FIXED, "Content-Security-Policy": share_page.security_policy()})


@routes.route("/s/{id}", methods=["POST"], content_types=_FORM)
def get_a_link(id: str) -> Response:
    """Give whoever holds the page their first link, and show the page again."""
    try:
        member, enrolment = share.holder(id)
    except ShareLinkUnknown:
        return _unknown()
    at = clock.now()
    if share_page.first_link(member, enrolment, at=at) is None:
        named = share_page.own_name(enrolment)
        # Tapped twice at once, or a hundred links elsewhere: the page says what there is.
        with contextlib.suppress(ExternalIdTaken, TooManyLinks):
            create(NewLink(program=enrolment.program_id, partner=member.partner.id, external_id=named), at=at)
    return Response("", status_code=303, headers={**_FIXED, "Location": share.url(enrolment)})


@routes.route("/u/{id}", methods=["GET"])
def show_stop_page(id: str) -> Response:
    """Show a button that stops letters; looking at it stops none, whoever or whatever looks."""
    try:
        stop = find_stop(id)
    except StopLinkUnknown:
        return _unknown()
    return _stop_page(stop_page.page(stop, stopped=None))


@routes.route("/u/{id}", methods=["POST"], content_types=[*_FORM, "multipart/form-data"])
def stop_letters(id: str) -> Response:
    """Stop these letters: by the page's button, or by a mail program's one click (RFC 8058). Its other button undoes it."""
    try:
        stop = find_stop(id)
    except StopLinkUnknown:
        return _unknown()
    on = b"again=yes" in routes.current_request.raw_body
    turn(stop, on=on, at=clock.now())
    return _stop_page(stop_page.page(stop, stopped=not on))


def _stop_page(body: str) -> Response:
    return Response(body, headers={**_FIXED, "Content-Security-Policy": stop_page.security_policy()})


def _unknown() -> Response:
    headers: dict[str, str | list[str]] = {
        **_FIXED,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }
    return Response(_UNKNOWN, headers=headers, status_code=404)
