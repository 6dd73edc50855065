"""What the admin pages change about a program's emails: templates, their tests, the sender; and suppressions."""

from html import escape
from urllib.parse import quote, urlencode

from chalice.app import Response

from chalicelib.admin import english
from chalicelib.admin.messages import email_pages
from chalicelib.admin.messages.email_pages import SENDER
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.emails.markup import Email
from chalicelib.emails.render import render_preview
from chalicelib.emails.send_test import request_test
from chalicelib.emails.shapes import NewCustomTemplate, SuppressedAddress
from chalicelib.emails.suppressions import lift
from chalicelib.emails.templates import check, check_name, customize, restore
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.language.texts import texts
from chalicelib.programs import find as programs
from chalicelib.programs.sender_shapes import NewSender
from chalicelib.programs.settings import set_sender
from chalicelib.web import shell
from chalicelib.web.forms import takes
from chalicelib.web.refusals import explain

_DARK = "@media (prefers-color-scheme:dark)"
_EDITED = ("template", "language", "subject", "text")


@signed_in
@needs("admin", "program")
def show_emails(visit: AdminVisit, id: str) -> Response:
    """Show every email of a program in a language, and its sender."""
    language = visit.query.get("language", "en")
    return respond(visit, email_pages.emails(id, language, done=done_before(visit, _emails_of(id))))


@signed_in
@needs("admin", "program")
@takes(*SENDER)
def save_sender(visit: AdminVisit, id: str) -> Response:
    """Set the sender of a program's emails; empty fields mean the deployment's own."""
    form = visit.form
    fields = {"email": form.get("sender_email"), "name": form.get("sender_name"), "reply_to": form.get("reply_to")}
    try:
        set_sender(id, bodies.typed(fields, NewSender, strict=True), actor=visit.actor, at=visit.at)
    except Refused as refusal:
        page = email_pages.emails(id, "en", typed={one: form.get(one, "") for one in SENDER})
        return respond_again(visit, page, _named(refusal))
    return go_on(visit, _emails_of(id), "The sender is saved, in effect within half a minute.")


@signed_in
@needs("admin", "program")
def show_email(visit: AdminVisit, id: str) -> Response:
    """Show an email to edit, with a preview."""
    template, language = visit.query.get("template", ""), visit.query.get("language", "en")
    done = done_before(visit, _email_of(id, template, language))
    page = email_pages.email(id, template, language, tester=visit.administrator.email, done=done, at=visit.at)
    return respond(visit, page)


@signed_in
@needs("admin", "program")
@takes(*_EDITED, "replaces", "action", "once")
def save_email(visit: AdminVisit, id: str) -> Response:
    """Save a custom template, return to the built-in one, or send a test of what is stored."""
    form, actor, at = visit.form, visit.actor, visit.at
    template, language = form.get("template", ""), form.get("language", "en")
    try:
        if form.get("action") == "restore":
            restore(id, template, language, actor=actor, at=at)
            done = "The built-in email is used again."
        elif form.get("action") == "test":
            if not (address := visit.administrator.email):
                raise InvalidValue("Sign in with your email address to get a test.", pointer="/once")
            user = visit.token.holder_id
            request_test(id, template, language, user, once=form.get("once", ""), actor=actor, at=at)
            done = f"A test is on its way to {address}."
        else:
            new = _draft_of(form)
            customize(
                id, new.template, new.language, subject=new.subject, text=new.text,
                replaces=form.get("replaces", ""), actor=actor, at=at,
            )  # fmt: skip
            done = "Saved, in effect within half a minute."
    except Refused as refusal:
        page = email_pages.email(id, template, language, tester=visit.administrator.email, typed=form, at=at)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _email_of(id, template, language), done)


@signed_in
@needs("admin", "program")
def show_preview(visit: AdminVisit, id: str) -> Response:
    """Show an email as it is stored, in a frame and in light mode."""
    template, language = visit.query.get("template", ""), visit.query.get("language", "en")
    check_name(template)
    program = programs.find(id).program
    return _framed(render_preview(program, template, language, url=program.landing_url), "light")


@signed_in
@needs("admin", "program")
@takes(*_EDITED, "replaces", "mode")
def preview_email(visit: AdminVisit, id: str) -> Response:
    """Show what was typed as the email it would be, in a frame and in light or dark mode. Stores nothing."""
    try:
        new = _draft_of(visit.form)
        check(new.template, new.subject, new.text)
    except Refused as refusal:
        return shell.framed_email(f"<!doctype html><p>{escape(explain(refusal, texts(english.LOCALE)))}</p>")
    program, draft = programs.find(id).program, f"{new.subject}\n\n{new.text}"
    email = render_preview(program, new.template, new.language, url=program.landing_url, draft=draft)
    return _framed(email, visit.form.get("mode", "light"))


def _framed(email: Email, mode: str) -> Response:
    return shell.framed_email(email.html.replace(_DARK, "@media all" if mode == "dark" else "@media not all"))


@signed_in
@needs("admin")
def show_suppression(visit: AdminVisit) -> Response:
    """Show a form to look up whether an address is suppressed."""
    return respond(visit, email_pages.suppression(done=done_before(visit, "/admin/suppressions")))


@signed_in
@needs("admin")
@takes("email", "action")
def lift_suppression(visit: AdminVisit) -> Response:
    """Show why an address is suppressed, or let emails go to it again. The address is never in a URL."""
    try:
        address = bodies.typed({"email": visit.form.get("email", "")}, SuppressedAddress, strict=True).email
        if visit.form.get("action") != "lift":
            return respond(visit, email_pages.suppression(address))
        was = lift(address, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond_again(visit, email_pages.suppression(visit.form.get("email", "")), refusal)
    done = "Emails go to this address again." if was else "This address was not suppressed."
    return go_on(visit, "/admin/suppressions", done)


def _draft_of(form: dict[str, str]) -> NewCustomTemplate:
    # Browsers end lines with CR and LF.
    fields = {name: form.get(name, "").replace("\r\n", "\n") for name in _EDITED}
    return bodies.typed(fields, NewCustomTemplate, strict=True)


def _named(refusal: Refused) -> Refused:
    """Return a refusal of a sender that points to the form's field."""
    names = {"/email": "/sender_email", "/name": "/sender_name"}
    refusal.pointer = names.get(refusal.pointer or "", refusal.pointer)
    return refusal


def _emails_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/emails"


def _email_of(program: str, template: str, language: str) -> str:
    query = urlencode({"template": template, "language": language})
    return f"/admin/programs/{quote(program, safe='')}/email?{query}"
