"""Adjustments that wait for a second person, and from which amount on, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.adjustments.shapes import (
    AdjustmentRefusal,
    AdjustmentSettingsView,
    AdjustmentView,
    NewAdjustmentSettings,
    view_adjustments,
)
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import ListQuery, NoQuery

routes = Blueprint(__name__)
_WAITING = "adjustments that wait"


@routes.route("/v1/adjustments", methods=["GET"])
@endpoint(routes, scope="rewards:read", query=ListQuery, answer=Page[AdjustmentView])
def list_waiting_adjustments(call: Call[None, ListQuery]) -> Page[AdjustmentView]:
    """List the adjustments that wait for a second person, oldest first."""
    from chalicelib.adjustments.find import list_waiting

    position = cursors.read(call.query.cursor, of=_WAITING)
    page, position = list_waiting(limit=call.query.limit, position=position)
    return Page(view_adjustments(page), position is not None, cursors.write(position, of=_WAITING))


@routes.route("/v1/adjustments/{id}", methods=["GET"])
@endpoint(routes, scope="rewards:read", answer=AdjustmentView)
def get_adjustment(call: Call[None, NoQuery], id: str) -> AdjustmentView:
    """Show an adjustment."""
    from chalicelib.adjustments.find import find

    return AdjustmentView.of(find(id))


@routes.route("/v1/adjustments/{id}/approve", methods=["POST"])
@endpoint(routes, scope="rewards:write", answer=AdjustmentView, replays=False)
def approve_adjustment(call: Call[None, NoQuery], id: str) -> AdjustmentView:
    """Approve an adjustment that waits, as another person or key than the one that requested it; posts it."""
    from chalicelib.adjustments.decide import approve

    return AdjustmentView.of(approve(id, actor=call.actor, at=call.at))


@routes.route("/v1/adjustments/{id}/refuse", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=AdjustmentRefusal, answer=AdjustmentView, replays=False)
def refuse_adjustment(call: Call[AdjustmentRefusal, NoQuery], id: str) -> AdjustmentView:
    """Refuse an adjustment that waits, as another person or key than the one that requested it; moves no money."""
    from chalicelib.adjustments.decide import refuse

    return AdjustmentView.of(refuse(id, call.body.note, actor=call.actor, at=call.at))


@routes.route("/v1/adjustment-settings", methods=["GET"])
@endpoint(routes, scope="rewards:read", answer=AdjustmentSettingsView)
def get_adjustment_settings(call: Call[None, NoQuery]) -> AdjustmentSettingsView:
    """Show above which amounts an adjustment needs the approval of a second person."""
    from chalicelib.payouts.approval import read_settings

    return AdjustmentSettingsView.of(read_settings("adjustment_approval"))


@routes.route("/v1/adjustment-settings", methods=["POST"])
@endpoint(routes, scope="admin", body=NewAdjustmentSettings, answer=AdjustmentSettingsView, replays=False)
def set_adjustment_settings(call: Call[NewAdjustmentSettings, NoQuery]) -> AdjustmentSettingsView:
    """Set above which amounts an adjustment needs the approval of a second person; what is left out needs none."""
    from chalicelib.payouts.approval import set_amounts

    amounts = set_amounts(call.body.approval_above, of="adjustment_approval", actor=call.actor, at=call.at)
    return AdjustmentSettingsView.of(amounts)
