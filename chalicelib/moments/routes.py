"""Moments, over HTTP: what became of an ask, as the website's server or a page of it says; and lists."""

from chalice.app import Blueprint, Request

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.audit.actor import Actor
from chalicelib.conversions.cross_origin import cross_origin_by
from chalicelib.kit import clock
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery
from chalicelib.moments.shapes import AskAnswer, AskDeclined, AskWords, AskWordsQuery, MomentsQuery, MomentView

routes = Blueprint(__name__)


def _program_of(_request: Request, path: dict[str, str]) -> str | None:
    from chalicelib.moments.page import program_of

    return program_of(path["id"], at=clock.now())


@routes.route("/v1/moments", methods=["GET"])
@endpoint(routes, scope="moments:read", query=MomentsQuery, answer=ListPage[MomentView])
def list_moments(call: Call[None, MomentsQuery]) -> ListPage[MomentView]:
    """List moments of a program or a customer, newest first: who was asked, who was not and why, what became of it."""
    # No start of the API waits for what only these routes need.
    from chalicelib.moments.find import find_moments

    return find_moments(call.query, lambda moments: [MomentView.of(one) for one in moments])


@routes.route("/v1/moments/{id}", methods=["GET"])
@endpoint(routes, scope="moments:read", answer=MomentView)
def get_moment(call: Call[None, NoQuery], id: str) -> MomentView:
    """Show a moment: why a customer is asked or not, and what became of it."""
    from chalicelib.moments.move import find

    return MomentView.of(find(id))


@routes.route("/v1/moments/{id}/seen", methods=["POST"])
@endpoint(routes, scope="moments:write", answer=MomentView, replays=False)
def see_moment(call: Call[None, NoQuery], id: str) -> MomentView:
    """Note that a page showed an ask; a second time changes nothing."""
    from chalicelib.moments.answer import see

    return MomentView.of(see(id, actor=call.actor, at=call.at))


@routes.route("/v1/moments/{id}/declined", methods=["POST"])
@endpoint(routes, scope="moments:write", body=AskDeclined, answer=MomentView, replays=False)
def decline_moment(call: Call[AskDeclined, NoQuery], id: str) -> MomentView:
    """Note that a customer does not want to be asked, for now or ever again; a second time changes nothing."""
    from chalicelib.moments.answer import decline

    return MomentView.of(decline(id, call.body.for_, actor=call.actor, at=call.at))


@routes.route("/v1/asks/{id}", methods=["GET"])
@cross_origin_by(routes, _program_of)
@endpoint(routes, scope=None, query=AskWordsQuery, answer=AskWords)
def get_ask_words(call: Call[None, AskWordsQuery], id: str) -> AskWords:
    """Show a page in which words it asks, by the token that the website's server was given."""
    from chalicelib.moments.page import words_for

    return words_for(id, call.query.language, at=call.at)


@routes.route("/v1/asks/{id}/seen", methods=["POST"])
@cross_origin_by(routes, _program_of)
@endpoint(routes, scope=None, answer=AskAnswer, replays=False)
def see_ask(call: Call[None, NoQuery], id: str) -> AskAnswer:
    """Note that a page showed an ask, by its token; a second time changes nothing."""
    from chalicelib.moments.answer import see
    from chalicelib.moments.links import find_by_token

    return AskAnswer.of(see(find_by_token(id, at=call.at).id, actor=_page(call), at=call.at))


@routes.route("/v1/asks/{id}/declined", methods=["POST"])
@cross_origin_by(routes, _program_of)
@endpoint(routes, scope=None, answer=AskAnswer, replays=False)
def decline_ask(call: Call[None, NoQuery], id: str) -> AskAnswer:
    """Note that a customer does not want to be asked now, by the token of their page; a second time changes nothing."""
    from chalicelib.moments.answer import decline
    from chalicelib.moments.links import find_by_token

    return AskAnswer.of(decline(find_by_token(id, at=call.at).id, "now", actor=_page(call), at=call.at))


def _page(call: Call[None, NoQuery]) -> Actor:
    """Return the actor of a page of the website: its token is no key."""
    return Actor("page", "ask", call.actor.request_id)
