"""The join page: what a program offers, and the form to join it."""

from datetime import datetime

from chalice.app import Response

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.audit.actor import Actor
from chalicelib.kit import config
from chalicelib.language.formats import money
from chalicelib.language.texts import Texts, texts
from chalicelib.links.first_link import ensure_first_link
from chalicelib.onboarding import invitations
from chalicelib.onboarding.join_form import TRAP, JoinFault, take_form, way_in
from chalicelib.pages import offer
from chalicelib.partners import tokens
from chalicelib.partners.joining_table import Invitation
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import imprints_of
from chalicelib.programs.shapes import ProgramSummary, TermsView
from chalicelib.stats.earned import DAYS, earned_lately
from chalicelib.web import shell
from chalicelib.web.brand import brand_of
from chalicelib.web.link_preview import LinkPreview, preview_of
from chalicelib.web.refusals import explain

Form = dict[str, str]
_SHELL = shell.public(__file__)
# What is wrong with the form as a whole: not with a field of its name.
_OF_THE_FORM: tuple[JoinFault, ...] = ("form", "trap")


def show(program_terms: ProgramTerms, invited: str, *, locale: str, at: datetime) -> Response:
    """Show what a program offers, and the form; filled in for invited people."""
    invitation = invitations.find(invited, program_terms.program.id)
    fields = {"name": invitation.name or "", "email": invitation.email} if invitation else {}
    locale = _locale_for(invitation, locale)
    return _page(program_terms, invitation, invited, fields, {}, locale=locale, at=at)


def send(
    program_terms: ProgramTerms,
    invited: str,
    form: Form,
    *,
    visitor: str,
    locale: str,
    actor: Actor,
    at: datetime,
) -> Response:
    """
    Enroll a person, and redirect them to their share page; or show what is missing.

    Beyond the limits of a visitor or of all together, the page asks to send the form again later.
    """
    invitation = invitations.find(invited, program_terms.program.id)
    locale = _locale_for(invitation, locale)
    try:
        joined = take_form(program_terms, invited, invitation, form, visitor=visitor, locale=locale, actor=actor, at=at)
    except TooManyRequests as refusal:
        return _later(program_terms, invited, form, refusal, locale=locale, at=at)
    if joined.enrollment is not None:
        # If this fails, their page has a button for it.
        ensure_first_link(joined.enrollment, actor=actor, at=at)
        return shell.redirect(_SHELL, joined.page or "/portal")
    if joined.outcome == "faulty":
        t = texts(locale)
        wrong: Form = {"form" if fault in _OF_THE_FORM else fault: t[f"wrong_{fault}"] for fault in joined.faults}
        return _page(program_terms, invitation, invited, form, wrong, locale=locale, at=at)
    return _notice(program_terms, joined.outcome, locale)


def _locale_for(invitation: Invitation | None, locale: str) -> str:
    """Return the locale to write in: the language of an invitation, as in the visitor's region if they read it."""
    if invitation is None or locale.partition("-")[0] == invitation.locale:
        return locale
    return invitation.locale


def _later(
    program_terms: ProgramTerms, invited: str, form: Form, refusal: TooManyRequests, *, locale: str, at: datetime
) -> Response:
    """Show the form again, as it was filled in, and say when to send it."""
    sentence = explain(refusal, texts(locale))
    page = _page(program_terms, None, invited, form, {"form": sentence}, heading="later", locale=locale, at=at)
    page.status_code = refusal.STATUS_CODE
    page.headers.update(refusal.headers)
    return page


def _page(
    program_terms: ProgramTerms,
    invitation: Invitation | None,
    invited: str,
    fields: Form,
    wrong: Form,
    *,
    heading: str = "wrong",
    locale: str,
    at: datetime,
) -> Response:
    way = way_in(program_terms, invitation, at=at)
    if way in ("closed", "used", "ended"):
        return _notice(program_terms, way, locale)
    t = texts(locale)
    terms = program_terms.in_force(at)
    values = {
        "t": t,
        "program": program_terms.program.name,
        "title": t("join_title", program=program_terms.program.name),
        "invited": invitation is not None,
        "used": invitation is not None and invitation.accepted_at is not None,
        "portal": f"{config.public_url()}/portal",
        "you": sentences.summary(terms.rules, "referrer", program_terms.program.currency, t),
        "friend": sentences.summary(terms.rules, "referee", program_terms.program.currency, t),
        "steps": offer.steps(terms.rules, way, t),
        "earned": _earned(program_terms, t, at=at),
        "questions": offer.questions(terms, program_terms.program.currency, t),
        "terms_url": TermsView.of(terms).url + f"?lang={t.locale}",
        "terms_name": t("join_terms", version=str(terms.version)),
        "privacy_url": program_terms.program.privacy_url,
        "imprints": imprints_of([program_terms.program], t.locale),
        "version": terms.version,
        "form": tokens.new_form(program_terms.program.id, invited, at),
        "name": fields.get("name", "")[:100],
        "email": fields.get("email", "")[:254],
        "button": t["apply_button" if way == "approval" else "join_button"],
        "promise": t["apply_time" if way == "approval" else "join_time"],
        "agreed": fields.get("agree") == str(terms.version),
        "trap": TRAP,
        "wrong": wrong,
        "wrong_heading": t[heading],
    }
    brand, link_preview = brand_of(program_terms.program), preview(program_terms, t, at=at)
    return shell.respond(
        _SHELL, "join.html", values, brand=brand, link_preview=link_preview, status=422 if wrong else 200
    )


def preview(program_terms: ProgramTerms, t: Texts, *, at: datetime) -> LinkPreview:
    """Return what is shown where people share the address of a program's join page."""
    program, rules = program_terms.program, program_terms.in_force(at).rules
    offers = (sentences.summary(rules, side, program.currency, t) for side in ("referrer", "referee"))
    return preview_of(
        program,
        title=t("join_title", program=program.name),
        description=" ".join(filter(None, offers)) or t["join_time"],
        url=ProgramSummary.of(program).join_url,
    )


def _earned(program_terms: ProgramTerms, t: Texts, *, at: datetime) -> str:
    """Return what partners earned lately, if the program wants that to be read, and enough of them did."""
    program = program_terms.program
    amount = earned_lately(program, at=at).amount if program.sharing and program.sharing.show_earned else None
    return t("earned_lately", amount=money(amount, program.currency, t.locale), number=DAYS) if amount else ""


def _notice(program_terms: ProgramTerms, what: str, locale: str) -> Response:
    heading = {"closed": "join_closed", "used": "join_used", "ended": "join_ended", "applied": "applied"}[what]
    return notice(program_terms, heading, locale, status=410 if what in ("used", "ended") else 200)


def notice(program_terms: ProgramTerms, heading: str, locale: str, *, status: int) -> Response:
    """Return a page that says, in the place of a form to join, what became of it: a text's name and its `_hint`."""
    t = texts(locale)
    values = {
        "t": t,
        "title": t("join_title", program=program_terms.program.name),
        "program": program_terms.program.name,
        "heading": t[heading],
        "text": t[f"{heading}_hint"],
        # Existing partners find their page through the portal.
        "portal": f"{config.public_url()}/portal",
        "imprints": imprints_of([program_terms.program], t.locale),
    }
    return shell.respond(_SHELL, "notice.html", values, brand=brand_of(program_terms.program), status=status)
