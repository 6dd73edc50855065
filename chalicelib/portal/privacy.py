"""A partner's own data: they take a copy, and have themselves erased once they have shown that it is them."""

from datetime import datetime, timedelta

import msgspec
from chalice.app import Request, Response

from chalicelib.access.magic_links import GOOD_FOR
from chalicelib.kit import ids
from chalicelib.kit.errors import Refused
from chalicelib.language import formats
from chalicelib.language.texts import texts
from chalicelib.partners import find as partners
from chalicelib.partners.table import PAYEE_WAIT
from chalicelib.portal.page import SHELL, PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.send_link import send_link
from chalicelib.portal.session import COOKIE, signed_in
from chalicelib.privacy.erase import erase
from chalicelib.privacy.export import copy_page
from chalicelib.privacy.owed import owed
from chalicelib.privacy.people import find_person
from chalicelib.web import cookies, shell
from chalicelib.web.forms import locale_of, takes

_MOST_RECORDS = 100_000
# How far the clocks of functions may differ.
_CLOCKS = timedelta(minutes=5)


@signed_in
def show_privacy(visit: PortalVisit) -> Response:
    """Explain a copy and an erasure, before either is requested."""
    return respond(visit, _page(visit))


@signed_in
def save_copy(visit: PortalVisit) -> Response:
    """Save all data about a partner; if reading takes too long, a cursor in the file leads to the rest."""
    person = find_person("partner", visit.profile.partner.id)
    copied = copy_page(person, visit.query.get("cursor"), limit=_MOST_RECORDS, at=visit.at)
    text = msgspec.json.format(msgspec.json.encode(copied), indent=2).decode()
    return shell.save_as(SHELL, text, f"{person.id}.json", kind="application/json")


@signed_in
def ask_anew(visit: PortalVisit) -> Response:
    """Send a sign-in link: to erase their data, a partner must have just opened an email."""
    send_link(visit.profile.partner.email or "", at=visit.at)
    return go_on(visit, "/portal/privacy", visit.t["erase_asked"])


@signed_in
@takes("gives_up", "profile")
def erase_partner(visit: PortalVisit) -> Response:
    """
    Erase the partner who asks for it, if they have signed in just now, and still look at the profile of the form.

    Not while a change of their address is recent: the session may be stolen, and the new mailbox the thief's.
    """
    is_shown = visit.form.get("profile") == visit.profile.partner.id
    is_fresh = _is_fresh(visit.token.session_id, at=visit.at)
    if not is_shown or not is_fresh or _waits_until(visit) is not None:
        return shell.redirect(SHELL, "/portal/privacy")
    try:
        gives_up = "gives_up" in visit.form
        erase("partner", visit.profile.partner.id, gives_up=gives_up, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond(visit, _page(visit), refusal=refusal)
    return shell.redirect(SHELL, "/portal/erased", cookie=cookies.drop(COOKIE))


def show_erased(request: Request) -> Response:
    """Confirm that the data were erased; the session is gone."""
    t = texts(locale_of(request))
    return shell.respond(SHELL, "erased.html", {"t": t, "title": t["erased"]})


def _page(visit: PortalVisit) -> PortalPage:
    accounts = owed(find_person("partner", visit.profile.partner.id))
    amounts = [
        formats.money(state.held + state.due + state.frozen, currency, visit.t.locale)
        for currency, state in accounts.items()
    ]
    waits_until = _waits_until(visit)
    values = {
        "waits_until": f"{formats.day_in_full(waits_until, visit.t.locale)}, {waits_until:%H:%M} UTC"
        if waits_until is not None
        else "",
        "fresh": _is_fresh(visit.token.session_id, at=visit.at),
        "owed": formats.listed(amounts, visit.t.locale),
        "email": visit.profile.partner.email,
    }
    return PortalPage("privacy", values)


def _waits_until(visit: PortalVisit) -> datetime | None:
    """
    Return until when a change of the partner's address is recent; None if there was none in that time.

    As long as a new payee waits: the address before got an email, and its reader has time to object.
    """
    begin, end = visit.at - PAYEE_WAIT, visit.at + _CLOCKS
    changes = partners.list_email_changes(visit.profile.partner.id, begin=begin, end=end)
    return max(change.created_at for change in changes) + PAYEE_WAIT if changes else None


def _is_fresh(session_id: str, *, at: datetime) -> bool:
    """Return whether a session began so short a time ago that an email was opened just now."""
    return at - ids.time_of(session_id) < GOOD_FOR
