"""Materials, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.materials.shapes import (
    MaterialBody,
    MaterialPublication,
    MaterialRead,
    MaterialsQuery,
    MaterialVersionView,
    MaterialView,
    NewMaterial,
    ReadersQuery,
    ReaderView,
    ReadView,
)

routes = Blueprint(__name__)


@routes.route("/v1/materials", methods=["GET"])
@endpoint(routes, scope="materials:read", query=MaterialsQuery, answer=Page[MaterialView])
def list_materials(call: Call[None, MaterialsQuery]) -> Page[MaterialView]:
    """List a program's materials in a state, newest first; or what applies to a partner, what they must read first."""
    # No start of the API waits for what only these routes need.
    from chalicelib.materials.view import list_materials

    return list_materials(call.query, at=call.at)


@routes.route("/v1/materials", methods=["POST"])
@endpoint(routes, scope="materials:write", body=NewMaterial, answer=MaterialView, status=201, tagged=True)
def create_material(call: Call[NewMaterial, NoQuery]) -> Tagged:
    """Make a material: a draft until it is published."""
    from chalicelib.materials.write import create

    material = create(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(MaterialView.of))
    return Tagged.of(MaterialView.of(material), material)


@routes.route("/v1/materials/{id}", methods=["GET"])
@endpoint(routes, scope="materials:read", answer=MaterialView, tagged=True)
def get_material(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show a material, with the words of its published version, or of its draft before there is any."""
    from chalicelib.materials.view import view_one

    return view_one(id)


@routes.route("/v1/materials/{id}/versions", methods=["GET"])
@endpoint(routes, scope="materials:read", answer=Page[MaterialVersionView])
def list_material_versions(call: Call[None, NoQuery], id: str) -> Page[MaterialVersionView]:
    """List the latest versions of a material, newest first; what was published is as it was then."""
    from chalicelib.materials.find import find, list_versions

    return Page([MaterialVersionView.of(one) for one in list_versions(find(id))], has_more=False, next_cursor=None)


@routes.route("/v1/materials/{id}/versions", methods=["POST"])
@endpoint(routes, scope="materials:write", body=MaterialBody, answer=MaterialVersionView, replays=False, tagged=True)
def write_material_version(call: Call[MaterialBody, NoQuery], id: str) -> Tagged:
    """Write a material's next version: a draft, in place of the one there was. The published one stays in force."""
    from chalicelib.materials.find import find_version
    from chalicelib.materials.write import write_version

    material = write_version(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(MaterialVersionView.of(find_version(material, material.draft or 0)), material)


@routes.route("/v1/materials/{id}/publish", methods=["POST"])
@endpoint(routes, scope="materials:write", body=MaterialPublication, answer=MaterialView, replays=False, tagged=True)
def publish_material(call: Call[MaterialPublication, NoQuery], id: str) -> Tagged:
    """Publish a draft: partners see it from now on, and are asked to have read it if they must."""
    from chalicelib.materials.write import publish

    material = publish(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(MaterialView.of(material), material)


@routes.route("/v1/materials/{id}/withdraw", methods=["POST"])
@endpoint(routes, scope="materials:write", answer=MaterialView, replays=False, tagged=True)
def withdraw_material(call: Call[None, NoQuery], id: str) -> Tagged:
    """Withdraw a material, or discard one that is a draft. Who has read it stays on record."""
    from chalicelib.materials.write import withdraw

    material = withdraw(id, if_match=call.if_match, actor=call.actor, at=call.at)
    return Tagged.of(MaterialView.of(material), material)


@routes.route("/v1/materials/{id}/readers", methods=["GET"])
@endpoint(routes, scope="materials:read", query=ReadersQuery, answer=Page[ReaderView])
def list_material_readers(call: Call[None, ReadersQuery], id: str) -> Page[ReaderView]:
    """List the partners that a material is for, and who of them has read a version of it."""
    from chalicelib.materials.readers import list_readers

    return list_readers(id, call.query, at=call.at)


@routes.route("/v1/materials/{id}/reads", methods=["POST"])
@endpoint(routes, scope="materials:write", body=MaterialRead, answer=ReadView, status=201)
def read_material(call: Call[MaterialRead, NoQuery], id: str) -> ReadView:
    """Store that a partner has read the published version; of an agreement, that they accept it."""
    from chalicelib.materials.mark_read import mark_read

    return ReadView.of(mark_read(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(ReadView.of)))
