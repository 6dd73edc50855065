"""Thanks, over HTTP: made by hand, listed, settled, and summed up for taxes."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.introductions.thanks_shapes import (
    NewThanks,
    SettledThanks,
    ThanksQuery,
    ThanksSumsQuery,
    ThanksSumsView,
    ThanksView,
)
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery

if TYPE_CHECKING:
    from chalicelib.introductions.thanks_table import Thanks

routes = Blueprint(__name__)


def _view(row: "Thanks") -> ThanksView:
    from chalicelib.introductions.thanks_list import view_thanks

    return view_thanks([row])[0]


def _show(identifier: str) -> ThanksView:
    from chalicelib.introductions.thanks import find_thanks

    return _view(find_thanks(identifier))


@routes.route("/v1/thanks", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=NewThanks, answer=ThanksView, status=201, again=_show)
def create_thanks(call: Call[NewThanks, NoQuery]) -> ThanksView:
    """Make thanks to a partner due by hand: how, and until when."""
    from chalicelib.introductions.thanks_by_hand import thank

    return _view(thank(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(_view)))


@routes.route("/v1/thanks", methods=["GET"])
@endpoint(routes, scope="introductions:read", query=ThanksQuery, answer=Page[ThanksView])
def list_thanks(call: Call[None, ThanksQuery]) -> Page[ThanksView]:
    """List a program's thanks in a state, due ones the soonest first; or all those to a partner."""
    # No start of the API waits for what only these routes need.
    from chalicelib.introductions.thanks_list import list_thanks as listed

    return listed(call.query)


@routes.route("/v1/thanks/sums", methods=["GET"])
@endpoint(routes, scope="introductions:read", query=ThanksSumsQuery, answer=ThanksSumsView)
def sum_thanks(call: Call[None, ThanksSumsQuery]) -> ThanksSumsView:
    """Sum up what each partner of a program was thanked with in a year, for taxes, with their duplicates."""
    from chalicelib.introductions.thanks_sums import sum_thanks as summed

    return summed(call.query)


@routes.route("/v1/thanks/{id}", methods=["GET"])
@endpoint(routes, scope="introductions:read", answer=ThanksView)
def get_thanks(call: Call[None, NoQuery], id: str) -> ThanksView:
    """Show thanks: how, until when, and what became of them."""
    return _show(id)


@routes.route("/v1/thanks/{id}/settle", methods=["POST"])
@endpoint(routes, scope="introductions:write", body=SettledThanks, answer=ThanksView, replays=False)
def settle_thanks(call: Call[SettledThanks, NoQuery], id: str) -> ThanksView:
    """Store that a partner was thanked, how and at which cost; or that they are not, and why. Idempotent."""
    from chalicelib.introductions.thanks import settle

    return _view(settle(id, call.body, actor=call.actor, at=call.at))
