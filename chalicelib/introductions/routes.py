"""Introductions over HTTP: made, listed, and moved by the business."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Replayed, endpoint
from chalicelib.conversions.change_shapes import NewWin
from chalicelib.conversions.shapes import ConversionView
from chalicelib.introductions.shapes import (
    Acceptance,
    Contact,
    Decline,
    ErasedPersonView,
    Extension,
    IntroducedPersonView,
    IntroductionsQuery,
    IntroductionView,
    Loss,
    MoreAnswers,
    MoreNeeded,
    Move,
    NewIntroduction,
    NewTalks,
    TalksView,
    Word,
)
from chalicelib.introductions.table import Introduction
from chalicelib.kit import instants
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery

routes = Blueprint(__name__)


def _show_again(identifier: str) -> IntroductionView:
    from chalicelib.introductions.find import find

    return _view(find(identifier))


def _view(row: Introduction) -> IntroductionView:
    from chalicelib.introductions.find import list_steps

    return IntroductionView.of(row, list_steps(row.id))


@routes.route("/v1/introductions", methods=["POST"])
@endpoint(
    routes, scope="introductions:write", body=NewIntroduction, answer=IntroductionView, status=201, again=_show_again
)
def create_introduction(call: Call[NewIntroduction, NoQuery]) -> IntroductionView:
    """Introduce a person for a partner: received at once, or as a draft."""
    from chalicelib.introductions.offer import offer
    from chalicelib.introductions.receive import introduce

    make = offer if call.body.draft else introduce
    return _view(make(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(IntroductionView.of)))


@routes.route("/v1/introductions", methods=["GET"])
@endpoint(routes, scope="introductions:read", query=IntroductionsQuery, answer=ListPage[IntroductionView])
def list_introductions(call: Call[None, IntroductionsQuery]) -> ListPage[IntroductionView]:
    """List introductions, of a program, a partner, a state or a customer, newest first."""
    from chalicelib.search.introductions import list_introductions as listed

    return listed(call.query)


@routes.route("/v1/introductions/{id}", methods=["GET"])
@endpoint(routes, scope="introductions:read", answer=IntroductionView)
def get_introduction(call: Call[None, NoQuery], id: str) -> IntroductionView:
    """Show an introduction with its history."""
    from chalicelib.introductions.find import find

    return _view(find(id))


@routes.route("/v1/introductions/{id}/receive", methods=["POST"])
@endpoint(routes, scope="introductions:write", answer=IntroductionView, replays=False)
def receive_introduction(call: Call[None, NoQuery], id: str) -> IntroductionView:
    """Receive an introduction that was offered: from now on it has its place in line."""
    from chalicelib.introductions.receive import receive

    return _view(receive(id, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/accept", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Acceptance, answer=IntroductionView, replays=False)
def accept_introduction(call: Call[Acceptance, NoQuery], id: str) -> IntroductionView:
    """Accept an introduction, which protects it."""
    from chalicelib.introductions.move import accept
    from chalicelib.introductions.promise import read_promise

    promised = read_promise(call.body.next_word_by, at=call.at)
    return _view(accept(id, words=call.body.words, next_word_by=promised, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/decline", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Decline, answer=IntroductionView, replays=False)
def decline_introduction(call: Call[Decline, NoQuery], id: str) -> IntroductionView:
    """Decline an introduction, for a reason that the partner hears; the next in line moves up."""
    from chalicelib.introductions.move import decline

    return _view(decline(id, call.body.reason, words=call.body.words, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/ask", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=MoreNeeded, answer=IntroductionView, replays=False)
def ask_about_introduction(call: Call[MoreNeeded, NoQuery], id: str) -> IntroductionView:
    """Ask the partner for what is missing before you decide."""
    from chalicelib.introductions.move import ask

    return _view(ask(id, call.body.words, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/answer", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=MoreAnswers, answer=IntroductionView, replays=False)
def answer_about_introduction(call: Call[MoreAnswers, NoQuery], id: str) -> IntroductionView:
    """Answer for the partner what was missing; the introduction stays first in line."""
    from chalicelib.introductions.receive import answer_questions

    body = call.body
    return _view(answer_questions(id, body.words, body.answers, actor=call.actor, by="business", at=call.at))


@routes.route("/v1/introductions/{id}/move", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Move, answer=IntroductionView, replays=False)
def move_introduction(call: Call[Move, NoQuery], id: str) -> IntroductionView:
    """Move an accepted introduction to another stage."""
    from chalicelib.introductions.move import move
    from chalicelib.introductions.promise import read_promise

    body, promised = call.body, read_promise(call.body.next_word_by, at=call.at)
    return _view(move(id, body.state, words=body.words, next_word_by=promised, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/word", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Word, answer=IntroductionView, replays=False)
def tell_about_introduction(call: Call[Word, NoQuery], id: str) -> IntroductionView:
    """Tell the partner something about an open introduction, whose state stays."""
    from chalicelib.introductions.move import say
    from chalicelib.introductions.promise import read_promise

    promised = read_promise(call.body.next_word_by, at=call.at)
    return _view(say(id, call.body.words, next_word_by=promised, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/extend", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Extension, answer=IntroductionView, replays=False)
def extend_introduction(call: Call[Extension, NoQuery], id: str) -> IntroductionView:
    """Extend the protection of an introduction, once."""
    from chalicelib.introductions.move import extend

    return _view(extend(id, words=call.body.words, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/won", methods=["POST"])
@endpoint(routes, scope="conversions:write", body=NewWin, answer=ConversionView, status=201)
def win_introduction(call: Call[NewWin, NoQuery], id: str) -> ConversionView | Replayed:
    """Report the sale by which an introduction is won: both, or neither."""
    from chalicelib.conversions.report_won import report_won

    receipt = call.receipt_of(ConversionView.of)
    accepted = report_won(id, call.body, actor=call.actor, at=call.at, receipt=receipt)
    answer = ConversionView.of(accepted.row)
    return answer if accepted.first else Replayed(answer)


@routes.route("/v1/introductions/{id}/lost", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=Loss, answer=IntroductionView, replays=False)
def lose_introduction(call: Call[Loss, NoQuery], id: str) -> IntroductionView:
    """Give an introduction up, for a reason that the partner hears; the next in line moves up."""
    from chalicelib.introductions.move import lose

    return _view(lose(id, call.body.reason, words=call.body.words, actor=call.actor, at=call.at))


@routes.route("/v1/introductions/{id}/withdraw", methods=["POST"])
@endpoint(routes, scope="introductions:write", answer=IntroductionView, replays=False)
def withdraw_introduction(call: Call[None, NoQuery], id: str) -> IntroductionView:
    """Take an introduction back for its partner; the next in line moves up."""
    from chalicelib.introductions.move import withdraw

    return _view(withdraw(id, actor=call.actor, at=call.at))


@routes.route("/v1/talks", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=NewTalks, answer=TalksView, replays=False)
def name_talks(call: Call[NewTalks, NoQuery]) -> TalksView:
    """Name a person whom you talk with already: introductions of them are declined for a while."""
    from chalicelib.introductions.move import name_talks as name
    from chalicelib.programs import find as programs

    until = name(call.body.program, email=call.body.email, phone=call.body.phone, actor=call.actor, at=call.at)
    return TalksView("talks", programs.find(call.body.program).program.id, instants.text(until))


@routes.route("/v1/introduced-people/find", methods=["POST"])
@endpoint(routes, scope="admin", body=Contact, answer=IntroducedPersonView, replays=False)
def find_introduced_person(call: Call[Contact, NoQuery]) -> IntroducedPersonView:
    """Return all that is kept of an introduced person, as they may ask you; no address is in the path."""
    from chalicelib.introductions.claims import list_of_contact

    introductions = list_of_contact(call.body.email, call.body.phone)
    return IntroducedPersonView("introduced_person", [_view(one) for one in introductions])


@routes.route("/v1/introduced-people/erase", methods=["POST"])
@endpoint(routes, scope="admin", body=Contact, answer=ErasedPersonView, replays=False)
def erase_introduced_person(call: Call[Contact, NoQuery]) -> ErasedPersonView:
    """Erase an introduced person; open introductions end, and no email about one goes to the address you name."""
    from chalicelib.privacy.introduced import erase_for_business

    erased = erase_for_business(call.body.email, call.body.phone, actor=call.actor, at=call.at)
    return ErasedPersonView("erased_person", erased)
