"""What answers the portal's addresses of introductions: introduce someone, or several, and see what becomes of them."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.emails.introduction_readers import is_of_former
from chalicelib.introductions import sentences
from chalicelib.introductions.line import AlreadyIntroduced
from chalicelib.introductions.move import withdraw
from chalicelib.introductions.receive import answer_questions, receive
from chalicelib.introductions.shapes import MoreAnswers
from chalicelib.introductions.steps import MoveRefused
from chalicelib.introductions.table import Introduction
from chalicelib.kit import bodies, ids
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.portal import introduction_file as several
from chalicelib.portal import introduction_form as form_of
from chalicelib.portal import introduction_pages as pages
from chalicelib.portal.introduction_pages import PATH
from chalicelib.portal.page import SHELL, PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.session import LASTING, signed_in
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.web import cookies, shell
from chalicelib.web.forms import takes


@signed_in
def show_introductions(visit: PortalVisit) -> Response:
    """Show how to introduce someone, and a partner's introductions."""
    return respond(visit, pages.list_page(visit.profile, visit.t, visit.query.get("cursor"), at=visit.at))


@signed_in
def show_form(visit: PortalVisit) -> Response:
    """Show the form that introduces a person, of the profile that takes part in the program."""
    identifier = visit.query.get("program", "")
    program = _program(visit, identifier)
    if program is None:
        for other in visit.profiles:
            if identifier in {one.id for one in pages.programs_open(other, at=visit.at)}:
                return _switch(other.partner.id, f"/portal/introduce?program={identifier}")
        return shell.redirect(SHELL, PATH)
    return respond(visit, pages.form_page(program, visit.t, at=visit.at))


def _switch(profile: str, path: str) -> Response:
    """Send a browser to a page of another profile of the same person."""
    return shell.redirect(SHELL, path, cookie=cookies.keep(cookies.PROFILE, profile, lasting=LASTING))


@signed_in
@takes(*form_of.FIELDS)
def introduce(visit: PortalVisit) -> Response:
    """Introduce a person, once for each form, and show the message that is ready to send, or what comes next."""
    program = form_of.check_program(_program(visit, visit.form.get("program", "")))
    words, once = pages.consent_words(program, visit.t), visit.form.get("once", "")
    try:
        new = form_of.read_new(visit.form, program, visit.profile, consent_words=words, at=visit.at)
        identifier = form_of.introduce_once(new, once, visit.profile, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        renamed, answers = form_of.in_form(refusal, program)
        page = pages.form_page(program, visit.t, at=visit.at, once=once or None)
        values = page.values | {"earlier": _earlier(refusal)}
        return respond(visit, page._replace(invalid=answers, values=values), refusal=renamed)
    introduction = pages.find_own(visit.profile, identifier)
    return go_on(visit, f"{PATH}/{identifier}", _taken(introduction, program, visit))


@signed_in
def show_introduction(visit: PortalVisit, id: str) -> Response:
    """Show an introduction, and the message for the person."""
    introduction = pages.find_own(visit.profile, id)
    return respond(visit, pages.page_of(introduction, visit.profile, visit.t, at=visit.at))


@signed_in
@takes("action", "words")
def change_introduction(visit: PortalVisit, id: str) -> Response:
    """Confirm that the message was sent, answer what the business asked for, or take an introduction back."""
    introduction = pages.find_own(visit.profile, id)
    try:
        done = _change(visit, introduction)
    except MoveRefused as refusal:
        page = pages.page_of(pages.find_own(visit.profile, id), visit.profile, visit.t, at=visit.at)
        return respond(visit, page, refusal=refusal)
    except Refused as refusal:
        page = pages.page_of(introduction, visit.profile, visit.t, at=visit.at)
        return respond(visit, page._replace(values=page.values | {"earlier": _earlier(refusal)}), refusal=refusal)
    return go_on(visit, f"{PATH}/{introduction.id}", done)


def _earlier(refusal: Refused) -> str:
    """Return the id of the introduction for which one is refused as the second of the same person; empty without."""
    return str(refusal.details["introduction"]) if isinstance(refusal, AlreadyIntroduced) else ""


def _change(visit: PortalVisit, introduction: Introduction) -> str:
    program, action = programs.find(introduction.program_id).program, visit.form.get("action")
    if is_of_former(introduction, visit.profile.partner):
        raise MoveRefused("A former holder of this account made this introduction.", details={"allowed": []})
    if action == "sent":
        row = receive(introduction.id, actor=visit.actor, by="partner", at=visit.at)
        return _taken(row, program, visit)
    if action == "withdraw":
        withdraw(introduction.id, actor=visit.actor, at=visit.at)
        return visit.t["intro_withdrawn"]
    if action == "answer":
        words = {"words": visit.form.get("words", "").replace("\r\n", "\n")}
        new = bodies.typed(words, MoreAnswers, strict=True)
        row = answer_questions(introduction.id, new.words, None, actor=visit.actor, by="partner", at=visit.at)
        date = sentences.last_day(row.respond_by, program, visit.t) if row.respond_by else "–"
        return visit.t("intro_answered", program=program.name, date=date)
    raise InvalidValue("Choose what to do.", pointer="/action")


def _taken(introduction: Introduction, program: Program, visit: PortalVisit) -> str:
    """Return what a partner reads right after an introduction was made or received."""
    t = visit.t
    if introduction.state == "offered":
        return t["intro_saved"]
    if introduction.state == "second_in_line":
        return t["intro_given_second"]
    return sentences.state_sentence(introduction, program, t, at=visit.at)


@signed_in
def show_several(visit: PortalVisit) -> Response:
    """Show the form that introduces several people; with a token, the results of those that were introduced by it."""
    program, once = _program(visit, visit.query.get("program", "")), visit.query.get("result", "")
    if program is None:
        return shell.redirect(SHELL, PATH)
    results = several.find_results(once, actor=visit.actor, at=visit.at, t=visit.t) if once else []
    return respond(visit, _several_page(visit, program, results=results, once=once))


@signed_in
@takes("program", "once", "action", "csv", "file")
def introduce_several(visit: PortalVisit) -> Response:
    """Check lines, or introduce their people, once however often the form is sent."""
    program = form_of.check_program(_program(visit, visit.form.get("program", "")))
    once, lines = visit.form.get("once", ""), []
    try:
        lines = several.read_lines(visit.form)
        if visit.form.get("action") == "do":
            several.introduce_lines(lines, program, visit.profile, visit.t, once=once, actor=visit.actor, at=visit.at)
            return shell.redirect(SHELL, f"/portal/introduce-several?program={program.id}&result={quote(once)}")
        results = several.check_lines(lines, program, visit.profile, visit.t, at=visit.at)
    except Refused as refusal:
        return respond(visit, _several_page(visit, program, once=once), refusal=refusal)
    page = _several_page(visit, program, results=results, lines=lines, once=once)
    return respond(visit, page)


@signed_in
def save_results(visit: PortalVisit) -> Response:
    """Save the results of several introductions as CSV."""
    results = several.find_results(visit.query.get("result", ""), actor=visit.actor, at=visit.at, t=visit.t)
    return shell.save_as(SHELL, several.as_csv(results, visit.profile, visit.t), "introductions.csv")


def _several_page(
    visit: PortalVisit,
    program: Program,
    *,
    results: list[several.LineResult] | None = None,
    lines: list[several.Line] | None = None,
    once: str = "",
) -> PortalPage:
    saved = bool(results) and lines is None
    values = {
        "here": "introductions",
        "program": {"id": program.id, "name": program.name},
        "once": once or ids.ulid(visit.at),
        "hint": visit.t("intro_several_hint", columns=", ".join(several.COLUMNS)),
        "results": several.show_results(results or [], lines or [], visit.profile, visit.t),
        "saved": saved,
        "good": any(one.result == "good" for one in results or []),
        "csv": several.text_of_lines(lines) if lines else visit.form.get("csv", ""),
    }
    return PortalPage("introduce_several", values, "/portal/introduce-several", "intro_several")


def _program(visit: PortalVisit, identifier: str) -> Program | None:
    """Return the program that a partner chose, or the only one there is; None if it takes no introductions."""
    taken = pages.programs_open(visit.profile, at=visit.at)
    chosen = [program for program in taken if program.id == identifier]
    return next(iter(chosen or (taken if not identifier else [])), None)
