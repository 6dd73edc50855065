"""Writes the join page, and understands what is sent from it."""

import re
from datetime import datetime
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.kit import config
from chalicelib.kit.shapes import Email, Name
from chalicelib.language.texts import Texts, texts
from chalicelib.links.first_link import ensure_first_link
from chalicelib.onboarding import invitations
from chalicelib.onboarding.applications import apply
from chalicelib.onboarding.join import Person, admit, join
from chalicelib.partners import join_tokens, share
from chalicelib.partners.find import PartnerNotFound
from chalicelib.partners.table import Invitation
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import TermsView
from chalicelib.web import shell

Form = dict[str, str]
_SHELL = shell.public(__file__)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
# No person sees this field. Whatever fills in each field it finds, fills in this one.
_TRAP = "website"


def show(promise: ProgramTerms, invited: str, *, language: str, at: datetime) -> Response:
    """Show what a program offers, and the form by which one joins; filled in for whoever was invited."""
    invitation = invitations.find(invited, promise.program.id)
    known = {"name": invitation.name or "", "email": invitation.email} if invitation else {}
    language = invitation.locale[:2] if invitation else language
    return _page(promise, invitation, invited, known, {}, language=language, at=at)


def send(promise: ProgramTerms, invited: str, form: Form, *, visitor: str, language: str, at: datetime) -> Response:
    """
    Let somebody join, and send them to their share page; or say what is missing.

    The same form sent twice, at once or in parallel, makes one partner and leads to the same page.
    Where too many come, by themselves or all together, they are asked to send it again later.
    """
    invitation = invitations.find(invited, promise.program.id)
    terms = promise.in_force(at)
    partner_id = join_tokens.read_form(form.get("form", ""), promise.program.id, invited, at)
    t = texts(language)
    wrong = _wrong(form, t)
    if partner_id is None or form.get("agree", str(terms.version)) != str(terms.version):
        wrong = {"form": t["wrong_form"]}
    if form.get(_TRAP):
        wrong = {"form": t["wrong_trap"]}
    # A form that was sent before may be of an invitation which that very form has used.
    again = invitation is not None and invitation.form_id == partner_id
    way = "open" if again else _way(promise, invitation)
    if way == "closed" or wrong or partner_id is None:
        return _page(promise, invitation, invited, form, wrong, language=language, at=at)
    locale = invitation.locale if invitation else language
    person = Person(_CONTROLS.sub(" ", form["name"]), form["email"], locale)
    try:
        if invitation is None:
            admit(promise.program.id, visitor, at=at)
        if way == "approval":
            apply(person, promise, terms, partner_id=partner_id, at=at)
            return _notice(promise, "applied", language)
        row = join(person, promise, terms, partner_id=partner_id, invitation=invitation, at=at)
    except TooManyRequests as refusal:
        return _later(promise, invited, form, refusal, language=language, at=at)
    except PartnerNotFound:
        return _notice(promise, "used", language, status=410)
    # Should this not come to pass, their page has a button for it.
    ensure_first_link(row, at=at)
    return shell.redirect(_SHELL, share.make_url(row))


def _later(
    promise: ProgramTerms, invited: str, form: Form, refusal: TooManyRequests, *, language: str, at: datetime
) -> Response:
    """Show the form once more, as it was filled in, and say when to send it."""
    t = texts(language)
    sentence = t("later_hint", number=-(-refusal.seconds // 60))
    page = _page(promise, None, invited, form, {"form": sentence}, heading="later", language=language, at=at)
    page.status_code = refusal.STATUS_CODE
    page.headers.update(refusal.headers)
    return page


def _way(promise: ProgramTerms, invitation: Invitation | None) -> str:
    """Say how somebody may come in: an invitation opens any program, once."""
    if invitation is not None and invitation.accepted_at is None:
        return "open"
    return "used" if invitation and promise.program.joining == "closed" else promise.program.joining


def _wrong(form: Form, t: Texts) -> Form:
    found = {}
    if not _is(form.get("name", ""), Name):
        found["name"] = t["wrong_name"]
    if not _is(form.get("email", ""), Email):
        found["email"] = t["wrong_email"]
    if "agree" not in form:
        found["agree"] = t["wrong_agree"]
    return found


def _is(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _page(
    promise: ProgramTerms,
    invitation: Invitation | None,
    invited: str,
    known: Form,
    wrong: Form,
    *,
    heading: str = "wrong",
    language: str,
    at: datetime,
) -> Response:
    way = _way(promise, invitation)
    if way in ("closed", "used"):
        return _notice(promise, way, language, status=410 if way == "used" else 200)
    t = texts(language)
    terms = promise.in_force(at)
    values = {
        "t": t,
        "program": promise.program.name,
        "title": t("join_title", program=promise.program.name),
        "invited": invitation is not None,
        "used": invitation is not None and invitation.accepted_at is not None,
        "portal": f"{config.public_url()}/portal",
        "you": sentences.summary(terms.rules, "referrer", t),
        "friend": sentences.summary(terms.rules, "referee", t),
        "terms_url": TermsView.of(terms).url + f"?lang={t.language}",
        "terms_name": t("join_terms", version=str(terms.version)),
        "version": terms.version,
        "form": join_tokens.new_form(promise.program.id, invited, at),
        "name": known.get("name", "")[:100],
        "email": known.get("email", "")[:254],
        "button": t["apply_button" if way == "approval" else "join_button"],
        "promise": t["apply_time" if way == "approval" else "join_time"],
        "agreed": known.get("agree") == str(terms.version),
        "trap": _TRAP,
        "wrong": wrong,
        "wrong_heading": t[heading],
    }
    return shell.respond(_SHELL, "join.html", values, status=422 if wrong else 200)


def _notice(promise: ProgramTerms, what: str, language: str, *, status: int = 200) -> Response:
    t = texts(language)
    heading = {"closed": "join_closed", "used": "join_used", "applied": "applied"}[what]
    program = promise.program.name
    title = t("join_title", program=program)
    values = {"t": t, "title": title, "program": program, "heading": t[heading], "text": t[f"{heading}_hint"]}
    # Whoever takes part already finds their page by way of the portal.
    return shell.respond(_SHELL, "notice.html", {**values, "portal": f"{config.public_url()}/portal"}, status=status)
