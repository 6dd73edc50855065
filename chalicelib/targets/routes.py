"""Single targets, and action items, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery
from chalicelib.targets.item_shapes import ActionItemsQuery, ActionItemView, Assignment, ItemDismissal, ItemDone
from chalicelib.targets.shapes import TargetEnd, TargetReplacement, TargetView

routes = Blueprint(__name__)


@routes.route("/v1/targets/{id}", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=TargetView, tagged=True)
def get_target(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show a target, and how far it is."""
    # No start of the API waits for what only these routes need.
    from chalicelib.targets.set_target import find
    from chalicelib.targets.view import view_target

    target = find(id)
    return Tagged.of(view_target(target, at=call.at), target)


@routes.route("/v1/targets/{id}/end", methods=["POST"])
@endpoint(routes, scope="partners:write", body=TargetEnd, answer=TargetView, replays=False, tagged=True)
def end_target(call: Call[TargetEnd, NoQuery], id: str) -> Tagged:
    """End a target from the first day of a period on, by default the current one; its history stays."""
    from chalicelib.targets import set_target
    from chalicelib.targets.view import view_target

    target = set_target.end_target(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(view_target(target, at=call.at), target)


@routes.route("/v1/targets/{id}/replace", methods=["POST"])
@endpoint(routes, scope="partners:write", body=TargetReplacement, answer=TargetView, status=201, tagged=True)
def replace_target(call: Call[TargetReplacement, NoQuery], id: str) -> Tagged:
    """End a target and set another value in its place, from the first day of a period on; answers with the new one."""
    from chalicelib.targets import set_target
    from chalicelib.targets.view import view_new

    receipt = call.receipt_of(view_new)
    target = set_target.replace_target(
        id, call.body, if_match=call.if_match, actor=call.actor, at=call.at, receipt=receipt
    )
    return Tagged.of(view_new(target), target)


@routes.route("/v1/action-items", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ActionItemsQuery, answer=ListPage[ActionItemView])
def list_action_items(call: Call[None, ActionItemsQuery]) -> ListPage[ActionItemView]:
    """List action items, newest first: by default the open ones."""
    from chalicelib.targets.find import find_items, view_items

    return find_items(call.query, view_items)


@routes.route("/v1/action-items/{id}", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=ActionItemView, tagged=True)
def get_action_item(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show an action item."""
    from chalicelib.targets.find import find, view_items

    item = find(id)
    return Tagged.of(view_items([item])[0], item)


@routes.route("/v1/action-items/{id}/assign", methods=["POST"])
@endpoint(routes, scope="partners:write", body=Assignment, answer=ActionItemView, replays=False, tagged=True)
def assign_action_item(call: Call[Assignment, NoQuery], id: str) -> Tagged:
    """Say who should do it, and by when."""
    from chalicelib.targets.change import assign
    from chalicelib.targets.find import view_items

    item = assign(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(view_items([item])[0], item)


@routes.route("/v1/action-items/{id}/done", methods=["POST"])
@endpoint(routes, scope="partners:write", body=ItemDone, answer=ActionItemView, replays=False, tagged=True)
def finish_action_item(call: Call[ItemDone, NoQuery], id: str) -> Tagged:
    """Say that it is done; while its rule holds, no other item is opened."""
    from chalicelib.targets.change import mark_done
    from chalicelib.targets.find import view_items

    item = mark_done(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(view_items([item])[0], item)


@routes.route("/v1/action-items/{id}/dismiss", methods=["POST"])
@endpoint(routes, scope="partners:write", body=ItemDismissal, answer=ActionItemView, replays=False, tagged=True)
def dismiss_action_item(call: Call[ItemDismissal, NoQuery], id: str) -> Tagged:
    """Say that nothing is to be done, and why; while its rule holds, no other item is opened."""
    from chalicelib.targets.change import dismiss
    from chalicelib.targets.find import view_items

    item = dismiss(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(view_items([item])[0], item)
