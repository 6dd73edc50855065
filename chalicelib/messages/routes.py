"""Messages, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.messages import suppress
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.compose import preview
from chalicelib.messages.find import Place, page
from chalicelib.messages.override import check, override, own_words, restore
from chalicelib.messages.retry import retry
from chalicelib.messages.shapes import (
    Draft,
    LettersQuery,
    Lifted,
    MessagesQuery,
    MessageView,
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


@routes.route("/v1/messages", methods=["GET"])
@endpoint(routes, scope="admin", query=MessagesQuery, answer=Page[MessageView])
def list_messages(call: Call[None, MessagesQuery]) -> Page[MessageView]:
    """List letters and webhook calls of one status, by default those that failed; in the order of their ids."""
    named = f"messages {call.query.status}"
    seen = cursors.read(call.query.cursor, of=named)
    place = msgspec.convert(seen, Place) if seen else Place()
    found, following = page(call.query.status, limit=call.query.limit, place=place)
    rest = msgspec.to_builtins(following) if following else None
    return Page([MessageView.of(one) for one in found], rest is not None, cursors.write(rest, of=named))


@routes.route("/v1/messages/{id}/retry", methods=["POST"])
@endpoint(routes, scope="admin", answer=MessageView, replays=False)
def retry_message(call: Call[None, NoQuery], id: str) -> MessageView:
    """Send a message that failed or was skipped; one that is on its way stays as it is."""
    return MessageView.of(retry(id, at=call.at))


@routes.route("/v1/programs/{id}/letters", methods=["GET"])
@endpoint(routes, scope="admin", query=LettersQuery, answer=WordsList)
def list_letters(call: Call[None, LettersQuery], id: str) -> WordsList:
    """List every letter in a language: its words, whose they are, and the names it may use."""
    language = call.query.language
    own = own_words(programs.find(id).program.id, language=language)
    return WordsList([_words(own.get(letter), letter, language) for letter in KINDS])


@routes.route("/v1/programs/{id}/letters", methods=["POST"])
@endpoint(routes, scope="admin", body=NewWords, answer=WordsView, status=201, replays=False)
def create_words(call: Call[NewWords, NoQuery], id: str) -> WordsView:
    """Put a program's own words in the place of a letter's, in a language; in effect within half a minute."""
    told = call.body
    return WordsView.of(override(id, told.letter, told.language, subject=told.subject, text=told.text, at=call.at))


@routes.route("/v1/programs/{id}/letters/restore", methods=["POST"])
@endpoint(routes, scope="admin", body=OwnWords, answer=WordsView, replays=False)
def restore_words(call: Call[OwnWords, NoQuery], id: str) -> WordsView:
    """Take a program's own words away again."""
    restore(id, call.body.letter, call.body.language)
    return WordsView.built_in(call.body.letter, call.body.language)


@routes.route("/v1/programs/{id}/letters/preview", methods=["POST"])
@endpoint(routes, scope="admin", body=Draft, answer=Preview, replays=False)
def preview_letter(call: Call[Draft, NoQuery], id: str) -> Preview:
    """Write a letter with a sample's values, from its words or from a draft; nothing is stored or sent."""
    program, asked = programs.find(id).program, call.body
    own = own_words(program.id, language=asked.language)
    stands = _words(own.get(asked.letter), asked.letter, asked.language)
    subject, text = asked.subject or stands.subject, asked.text or stands.text
    check(asked.letter, subject, text)
    draft = None if asked.subject is None and asked.text is None else f"{subject}\n\n{text}"
    letter = preview(program, asked.letter, asked.language, url=program.landing_url, draft=draft)
    return Preview("preview", asked.letter, asked.language, letter.subject, letter.text, letter.html)


@routes.route("/v1/suppressions/lift", methods=["POST"])
@endpoint(routes, scope="admin", body=SuppressedAddress, answer=Lifted, replays=False)
def lift_suppression(call: Call[SuppressedAddress, NoQuery]) -> Lifted:
    """Let letters go again to an address they came back from; messages that were skipped are sent by `retry`."""
    return Lifted("suppression", suppress.lift(call.body.email))


def _words(own: Override | None, letter: str, language: str) -> WordsView:
    return WordsView.of(own) if own is not None else WordsView.built_in(letter, language)
