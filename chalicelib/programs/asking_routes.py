"""When a program asks its customers to tell a friend, and what that brought, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import NoQuery
from chalicelib.moments.shapes import AskingView, NumbersQuery, NumbersView
from chalicelib.programs import find
from chalicelib.programs.asking import Asking

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/asking", methods=["GET"])
@endpoint(routes, scope="moments:read", answer=AskingView, tagged=True)
def get_asking(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show when a program asks its customers, how often at most, and which rules wait for what nobody reports."""
    # No start of the API waits for what only these routes need.
    from chalicelib.moments.settings import view_asking

    program = find.read(find.find(id).program.id).program
    return Tagged.of(view_asking(program, at=call.at), program)


@routes.route("/v1/programs/{id}/asking", methods=["POST"])
@endpoint(routes, scope="moments:write", body=Asking, answer=AskingView, replays=False, tagged=True)
def set_asking(call: Call[Asking, NoQuery], id: str) -> Tagged:
    """Replace when a program asks its customers, and how often at most; what is left out is as it is by default."""
    from chalicelib.moments import settings

    program = settings.set_asking(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(settings.view_asking(program, at=call.at), program)


@routes.route("/v1/programs/{id}/asking/numbers", methods=["GET"])
@endpoint(routes, scope="moments:read", query=NumbersQuery, answer=NumbersView | Document)
def get_asking_numbers(call: Call[None, NumbersQuery], id: str) -> NumbersView | Document:
    """Count what asking brought, by rule, and compare it with those who were held out: JSON, or a whole CSV."""
    from chalicelib.moments.numbers import as_csv, numbers

    view = numbers(id, call.query, at=call.at)
    return as_csv(view) if call.query.format == "csv" else view
