"""Whom a partner brought, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.graph.shapes import TreeQuery, TreeView

routes = Blueprint(__name__)


@routes.route("/v1/partners/{id}/tree", methods=["GET"])
@endpoint(routes, scope="stats:read", query=TreeQuery, answer=TreeView)
def get_tree(call: Call[None, TreeQuery], id: str) -> TreeView:
    """Show whom a partner brought to a program, and whom these brought, with what flows through each; by page."""
    # Loaded late: most calls need none of it.
    from chalicelib.graph.tree import show_tree

    return show_tree(id, call.query)
