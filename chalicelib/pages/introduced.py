"""
The page of an introduced person: what is stored about them, who introduced them, and that it is to be deleted.

By the link of our email they can also say who introduced them, and be written to no more: it proves that they read
their mailbox. The link in a partner's message does not, and deletes that introduction alone.
"""

from collections.abc import Sequence
from datetime import datetime

from chalice.app import Request, Response
from msgspec import Struct

from chalicelib.introductions import claims
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.person_link import PersonLinkNotFound, read_link
from chalicelib.introductions.table import Introduction
from chalicelib.kit import clock
from chalicelib.kit.errors import Refused
from chalicelib.language import formats
from chalicelib.language.texts import Texts, texts
from chalicelib.partners import find as partners
from chalicelib.privacy.introduced import erase_by_own_link, erase_by_partners_link
from chalicelib.programs import find as programs
from chalicelib.programs.imprint import imprints_of
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program
from chalicelib.web import shell
from chalicelib.web.actors import actor_of_page
from chalicelib.web.brand import brand_of
from chalicelib.web.forms import locale_of, read_form
from chalicelib.web.not_now import answer_unknown
from chalicelib.web.refusals import explain

_SHELL = shell.public(__file__)
# Between an introduction's id and its signature, in the links of our emails.
_PROVEN = "."
_MOST = 20


class _Visit(Struct, frozen=True):
    """Who looks: the introduction that their link is of, all that it shows, and those they can say are theirs."""

    token: str
    source: Introduction
    stored: Sequence[Introduction]
    claimable: Sequence[Introduction]
    program: Program
    t: Texts


def show(request: Request, token: str) -> Response:
    """Show an introduced person what is stored about them."""
    try:
        visit = _visit(request, token)
    except (IntroductionNotFound, PersonLinkNotFound):
        return answer_unknown(request)
    return _respond(visit)


def change(request: Request, token: str, fields: Sequence[str]) -> Response:
    """Delete what is stored about an introduced person, or take down who introduced them."""
    try:
        visit = _visit(request, token)
        form = read_form(request, fields)
    except (IntroductionNotFound, PersonLinkNotFound):
        return answer_unknown(request)
    at, t = clock.now(), visit.t
    try:
        if form.get("action") == "delete":
            _delete(visit, request, at=at)
            done = t["introduced_deleted"]
        elif form.get("action") == "claim" and visit.claimable:
            claims.claim(token, form.get("introduction", ""), actor=actor_of_page("introduced", request), at=at)
            done = t("introduced_claimed", program=visit.program.name)
        else:
            return _respond(visit)
    except Refused as refusal:
        return _respond(visit, refusal=refusal)
    return _respond(_visit(request, token), done=done)


def _delete(visit: _Visit, request: Request, *, at: datetime) -> None:
    if _PROVEN in visit.token:
        erase_by_own_link(visit.token, actor=actor_of_page("introduced", request), at=at)
    else:
        # The trail says which link it was: the partner has this one, too.
        erase_by_partners_link(visit.source, actor=actor_of_page("introduced_by_partner", request), at=at)


def _visit(request: Request, token: str) -> _Visit:
    is_proven = _PROVEN in token
    source = claims.read_token(token) if is_proven and token.isascii() else read_link(token)
    stored = [one for one in claims.list_kept(source) if one.person is not None] if is_proven else [source]
    claimable = claims.list_claims(source) if is_proven and source.person is not None else []
    program = programs.find(source.program_id).program
    own = source.person.locale if source.person is not None else None
    t = texts(locale_of(request, own or ""))
    return _Visit(token, source, stored[:_MOST], claimable if len(claimable) > 1 else [], program, t)


def _respond(visit: _Visit, *, done: str = "", refusal: Refused | None = None) -> Response:
    t, program = visit.t, visit.program
    names = {one.id: one.name for one in partners.find_rows({row.partner_id for row in visit.stored}).values()}
    of_programs = {row.program_id: programs.find(row.program_id).program for row in visit.stored}
    stored = [row for row in visit.stored if row.person is not None]
    values = {
        "t": t,
        "title": t("introduced_title", program=program.name),
        "program": program.name,
        "done": done,
        "bad": explain(refusal, t) if refusal else "",
        "invalid": ["introduction"] if refusal else [],
        "erased": not stored,
        "stored": [_details(row, of_programs[row.program_id], names.get(row.partner_id) or "…", t) for row in stored],
        "until": t("introduced_until", program=program.name),
        "calendar": receiving_of(program).calendar_url or "",
        "delete_hint": t("introduced_delete_hint", program=program.name),
        "only_this": "" if _PROVEN in visit.token else t("introduced_only_this", program=program.name),
        "claimable": [
            {"id": row.id, "partner": names.get(row.partner_id) or "…", "is_first": row.place_in_line == 1}
            for row in visit.claimable
        ],
        "imprints": imprints_of(of_programs.values() or [program], t.locale),
    }
    return shell.respond(
        _SHELL, "introduced.html", values, brand=brand_of(program), status=refusal.STATUS_CODE if refusal else 200
    )


def _details(row: Introduction, program: Program, partner: str, t: Texts) -> dict[str, object]:
    person = row.person
    assert person is not None, "what is erased is not shown"
    date = formats.day_in_full(program.calendar.day_of(row.created_at), t.locale)
    parts = [
        (t["join_name"], person.name),
        (t["join_email"], person.email),
        (t["intro_phone"], person.phone),
        (t["intro_company"], person.company),
        (t["intro_role"], person.role),
        *(row.answers or {}).items(),
    ]
    return {
        "by": t("introduced_by", partner=partner, program=program.name, date=date),
        "parts": [(name, value) for name, value in parts if value],
        "why_title": t("introduced_why", partner=partner),
        "why": row.why or "",
    }
