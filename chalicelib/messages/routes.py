"""Emails, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit.shapes import NoQuery
from chalicelib.messages import suppress
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.compose import preview
from chalicelib.messages.override import check, override, own_words, restore
from chalicelib.messages.shapes import (
    Draft,
    EmailsQuery,
    Lifted,
    NewWords,
    OwnWords,
    Preview,
    SuppressedAddress,
    WordsList,
    WordsView,
)
from chalicelib.messages.table import Override
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/emails", methods=["GET"])
@endpoint(routes, scope="admin", query=EmailsQuery, answer=WordsList)
def list_emails(call: Call[None, EmailsQuery], id: str) -> WordsList:
    """List every email in a language: its words, whose they are, and the names it may use."""
    language = call.query.language
    own = own_words(programs.find(id).program.id, language=language)
    return WordsList([_words(own.get(template), template, language) for template in KINDS])


@routes.route("/v1/programs/{id}/emails", methods=["POST"])
@endpoint(routes, scope="admin", body=NewWords, answer=WordsView, status=201, replays=False)
def create_words(call: Call[NewWords, NoQuery], id: str) -> WordsView:
    """Put a program's own words in the place of an email's, in a language; in effect within half a minute."""
    told = call.body
    return WordsView.of(override(id, told.template, told.language, subject=told.subject, text=told.text, at=call.at))


@routes.route("/v1/programs/{id}/emails/restore", methods=["POST"])
@endpoint(routes, scope="admin", body=OwnWords, answer=WordsView, replays=False)
def restore_words(call: Call[OwnWords, NoQuery], id: str) -> WordsView:
    """Take a program's own words away again."""
    restore(id, call.body.template, call.body.language)
    return WordsView.built_in(call.body.template, call.body.language)


@routes.route("/v1/programs/{id}/emails/preview", methods=["POST"])
@endpoint(routes, scope="admin", body=Draft, answer=Preview, replays=False)
def preview_email(call: Call[Draft, NoQuery], id: str) -> Preview:
    """Write an email with a sample's values, from its words or from a draft; nothing is stored or sent."""
    program, asked = programs.find(id).program, call.body
    own = own_words(program.id, language=asked.language)
    stands = _words(own.get(asked.template), asked.template, asked.language)
    subject, text = asked.subject or stands.subject, asked.text or stands.text
    check(asked.template, subject, text)
    draft = None if asked.subject is None and asked.text is None else f"{subject}\n\n{text}"
    email = preview(program, asked.template, asked.language, url=program.landing_url, draft=draft)
    return Preview("preview", asked.template, asked.language, email.subject, email.text, email.html)


@routes.route("/v1/suppressions/lift", methods=["POST"])
@endpoint(routes, scope="admin", body=SuppressedAddress, answer=Lifted, replays=False)
def lift_suppression(call: Call[SuppressedAddress, NoQuery]) -> Lifted:
    """Let emails go again to an address they came back from; messages that were skipped are sent by `retry`."""
    return Lifted("suppression", suppress.lift(call.body.email))


def _words(own: Override | None, template: str, language: str) -> WordsView:
    return WordsView.of(own) if own is not None else WordsView.built_in(template, language)
