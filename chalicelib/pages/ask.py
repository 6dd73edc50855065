"""The page of an ask: what a customer gets for a friend, and a form that is filled in already, to join with one tap."""

from datetime import datetime

from chalice.app import Request, Response

from chalicelib.kit import config
from chalicelib.language.texts import texts
from chalicelib.links.first_link import ensure_first_link
from chalicelib.moments.answer import MomentNotAsked, open_link
from chalicelib.moments.links import AskLinkRefused, find_by_token
from chalicelib.moments.states import moves_on
from chalicelib.moments.table import Moment
from chalicelib.moments.view import own_words
from chalicelib.onboarding.join_by_ask import take_form
from chalicelib.onboarding.join_form import TRAP
from chalicelib.pages import offer
from chalicelib.pages.join import notice
from chalicelib.partners import tokens
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import imprints_of
from chalicelib.programs.shapes import TermsView
from chalicelib.referrals.find import find_account
from chalicelib.referrals.table import Customer
from chalicelib.web import shell
from chalicelib.web.actors import actor_of_page
from chalicelib.web.brand import brand_of
from chalicelib.web.forms import locale_of
from chalicelib.web.not_now import answer_unknown

Form = dict[str, str]
_SHELL = shell.public(__file__)
# What is wrong with the form as a whole: not with a field of its name.
_OF_THE_FORM = ("form", "trap")


def show(request: Request, token: str, *, at: datetime) -> Response:
    """Show the form, filled in; that it was opened is noted once."""
    ask = _find(token, at=at)
    if ask is None:
        return answer_unknown(request)
    moment, program_terms, customer = ask
    locale = locale_of(request, customer.locale or "")
    if not program_terms.program.takes_touch(at):
        return notice(program_terms, "join_ended", locale, status=410)
    if not moves_on(moment.state, "joined"):
        return notice(program_terms, "join_used", locale, status=410)
    try:
        open_link(moment, actor=actor_of_page("ask", request), at=at)
    except MomentNotAsked:
        return answer_unknown(request)
    fields = {"name": customer.display_name or "", "email": customer.email_for_news or ""}
    return _page(token, moment, program_terms, fields, {}, locale=locale, at=at)


def send(request: Request, token: str, form: Form, *, at: datetime) -> Response:
    """Enroll the customer, and redirect them to their share page; or show what is missing."""
    ask = _find(token, at=at)
    if ask is None:
        return answer_unknown(request)
    moment, program_terms, customer = ask
    locale = locale_of(request, customer.locale or "")
    if not program_terms.program.takes_touch(at):
        return notice(program_terms, "join_ended", locale, status=410)
    actor = actor_of_page("ask", request)
    joined = take_form(program_terms, token, moment, customer, form, locale=locale, actor=actor, at=at)
    if joined.faults:
        t = texts(locale)
        wrong: Form = {("form" if one in _OF_THE_FORM else one): t[f"wrong_{one}"] for one in joined.faults}
        return _page(token, moment, program_terms, form, wrong, locale=locale, at=at)
    if joined.enrollment is None:
        return notice(program_terms, "join_used", locale, status=410)
    # If this fails, their page has a button for it.
    ensure_first_link(joined.enrollment, actor=actor, at=at)
    return shell.redirect(_SHELL, joined.page or f"{config.public_url()}/portal")


def _find(token: str, *, at: datetime) -> tuple[Moment, ProgramTerms, Customer] | None:
    """Return an ask, its program, and the customer as they are now; None if there is nobody to ask by it any more."""
    try:
        moment = find_by_token(token, at=at)
    except AskLinkRefused:
        return None
    profile = find_account(moment.customer_id)
    if profile is None or profile.customer.erased_at is not None:
        return None
    return moment, programs.find(moment.program_id), profile.customer


def _page(
    token: str, moment: Moment, program_terms: ProgramTerms, fields: Form, wrong: Form, *, locale: str, at: datetime
) -> Response:
    t, program, terms = texts(locale), program_terms.program, program_terms.in_force(at)
    values = {
        "t": t,
        "program": program.name,
        "title": t("join_title", program=program.name),
        # What both get is shown apart.
        "words": own_words(moment, program, t) or t("ask_words", program=program.name),
        "you": sentences.summary(terms.rules, "referrer", program.currency, t),
        "friend": sentences.summary(terms.rules, "referee", program.currency, t),
        "steps": offer.steps(terms.rules, "open", t),
        "questions": offer.questions(terms, program.currency, t),
        "terms_url": TermsView.of(terms).url + f"?lang={t.locale}",
        "terms_name": t("join_terms", version=str(terms.version)),
        "privacy_url": program.privacy_url,
        "imprints": imprints_of([program], t.locale),
        "version": terms.version,
        "form": tokens.new_form(program.id, token, at),
        "name": fields.get("name", "")[:100],
        "email": fields.get("email", "")[:254],
        "trap": TRAP,
        "wrong": wrong,
        "wrong_heading": t["wrong"],
    }
    return shell.respond(_SHELL, "ask.html", values, brand=brand_of(program), status=422 if wrong else 200)
