"""
The friend page: if a program has one, shared links lead to it first. It says what friends get, and leads to the shop.

It counts no clicks. Its button is the link itself, so that the redirect counts a click once, by the same rules. What
draws a link in a chat is redirected here from the link, whether the program has a friend page or not.
"""

from datetime import datetime
from urllib.parse import quote, urlencode

from chalice.app import Request, Response

from chalicelib.clicks import click_ids
from chalicelib.clicks.screening import screen
from chalicelib.emails.recipients import without_addresses
from chalicelib.kit import urls
from chalicelib.language.texts import Texts, texts
from chalicelib.links import codes
from chalicelib.links import find as links
from chalicelib.links.find import LinkNotFound
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import imprints_of
from chalicelib.web import shell
from chalicelib.web.brand import brand_of
from chalicelib.web.forms import locale_of
from chalicelib.web.link_preview import preview_of
from chalicelib.web.not_now import answer_unknown
from chalicelib.web.shared_links import shared_url

_SHELL = shell.public(__file__)
_MOST_CHARACTERS = 200


def answer(request: Request, code: str, *, at: datetime) -> Response:
    """Show a link's friend page; without one, or once its program has ended, redirect to the link, query included."""
    key = codes.read(code[:_MOST_CHARACTERS])
    try:
        link = links.read(key) if key is not None else None
    except LinkNotFound:
        link = None
    if link is None or not links.is_live(link, at):
        return answer_unknown(request)
    program_terms = programs.find(link.program_id)
    program = program_terms.program
    query = dict(request.query_params or {})
    click_id = query.pop("gw_click", "")
    query.pop("lang", None)
    onward = make_url(link.code) + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    if screen(request.method, request.headers).kind == "preview":
        # The link would redirect here again, and a person who is taken for a robot must get on, too.
        click = click_ids.read(click_id)
        own = click_id if click is not None and click.code_key == link.key else None
        onward = urls.with_parameters(link.destination, {"ref": link.code, "gw_click": own})
    elif not program.takes_touch(at) or shared_url(link.code, program) == make_url(link.code):
        # Once touches bind no one, the page would promise what no one gets.
        return shell.redirect(_SHELL, onward)
    name = partners.find_all([link.partner_id])[link.partner_id].partner.friend_name
    return show(program_terms, link, name, texts(locale_of(request)), onward=onward, at=at)


def show(program_terms: ProgramTerms, link: Link, name: str | None, t: Texts, *, onward: str, at: datetime) -> Response:
    """Show what a friend gets, and the button to the shop; *name* is the partner's name for friends, if any."""
    program = program_terms.program
    rules = program_terms.in_force(at).rules if program.takes_touch(at) else []
    # Names are untrusted text that strangers read: addresses are removed.
    name = without_addresses(name or "")
    title = (
        t("friend_title_named", name=name, program=program.name) if name else t("friend_title", program=program.name)
    )
    gets, go = sentences.friend_gets(rules, program.currency, t), t("friend_go", program=program.name)
    values = {
        "t": t,
        "title": title,
        "program": program.name,
        "gets": gets,
        "code": link.code.upper(),
        "onward": onward,
        "go": go,
        "why": t("friend_of_whom", program=program.name) if any(rule.to == "referrer" for rule in rules) else "",
        "imprints": imprints_of([program], t.locale),
    }
    link_preview = preview_of(program, title=title, description=gets or go, url=shared_url(link.code, program))
    return shell.respond(_SHELL, "friend.html", values, brand=brand_of(program), link_preview=link_preview)
