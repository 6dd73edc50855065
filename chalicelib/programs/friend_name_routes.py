"""The question "Who sent you?" over HTTP: a website's page asks whom a visitor names."""

from chalice.app import Blueprint, Response

from chalicelib.access.api_keys import LEADS
from chalicelib.access.endpoint import Call, endpoint
from chalicelib.access.rate_limit import find_visitor
from chalicelib.conversions.cross_origin import check_origin, cross_origin, preflight
from chalicelib.kit.errors import NotFound
from chalicelib.kit.shapes import NoQuery
from chalicelib.partners.friend_name_shapes import FriendName, FriendNameView
from chalicelib.programs import find

routes = Blueprint(__name__)


@routes.route("/v1/programs/{id}/friend-name", methods=["OPTIONS"])
def ask_about_friend_names(id: str) -> Response:
    """Tell a browser whether a page may look a name up."""
    return preflight(routes.current_request, id)


@routes.route("/v1/programs/{id}/friend-name", methods=["POST"])
@cross_origin(routes)
@endpoint(routes, scope=LEADS, body=FriendName, answer=FriendNameView, replays=False)
def check_friend_name(call: Call[FriendName, NoQuery], id: str) -> FriendNameView:
    """Check the friend a visitor names, with a publishable key: one, several or nobody, but never who it is."""
    # Only who asks for it waits for what reads it.
    from chalicelib.partners.friend_names import look_up

    program = find.find(id).program
    if call.program_id != program.id:
        raise NotFound("This key belongs to another program.")
    check_origin(routes.current_request, program.origins)
    return look_up(call.body, program, visitor=find_visitor(routes.current_request), at=call.at)
