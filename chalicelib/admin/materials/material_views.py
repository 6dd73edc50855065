"""The pages of materials: they are listed, written, published and withdrawn, and it is shown who has read them."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.materials import material_pages
from chalicelib.admin.materials.material_words import audience_in
from chalicelib.admin.once import begin_once
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.revisions import PreconditionFailed, read_if_match
from chalicelib.materials.shapes import MaterialBody, MaterialPublication, NewMaterial
from chalicelib.materials.write import create, publish, withdraw, write_version
from chalicelib.programs import find as programs
from chalicelib.web.forms import takes

_BOXES = ("category_client", "category_partner", "category_influencer")
# Tiers are what a business calls them: their boxes are numbered, in their order.
_MOST_TIERS = 20
_TIERS = tuple(f"tier{number}" for number in range(_MOST_TIERS))
BODY = ("title", "words", "url", *_BOXES, *_TIERS, "must_read")
_STALE = "Someone else changed this material after you opened this page, so nothing was saved. Check it, and try again."
_MOST_DIGITS = 6


@signed_in
@needs("materials:read", "program")
def show_materials(visit: AdminVisit, id: str) -> Response:
    """Show a program's materials, and what was done."""
    return respond(visit, material_pages.list_page(id, done=done_before(visit, _materials_of(id))))


@signed_in
@needs("materials:write", "program")
def show_new(visit: AdminVisit, id: str) -> Response:
    """Show the form of a new material."""
    return respond(visit, material_pages.new_page(id, visit.query, at=visit.at))


@signed_in
@needs("materials:write", "program")
@takes("kind", "language", "channel", *BODY, "once")
def add_material(visit: AdminVisit, id: str) -> Response:
    """Make a material, once however often the form is sent."""
    form = visit.form
    try:
        program = programs.find(id).program
        channel = {"channel": form["channel"]} if form.get("channel") and form.get("kind") == "template" else {}
        fields = {"kind": form.get("kind", ""), "language": form.get("language", "")}
        new = bodies.typed({"program": program.id, **fields, **channel, **_body(form, id)}, NewMaterial, strict=True)
        begin = partial(create, new, actor=visit.actor, at=visit.at)
        made = begin_once(
            form,
            _materials_of(program.id),
            new,
            lambda receipt: begin(receipt=receipt),
            id_of=lambda material: material.id,
            actor=visit.actor,
            at=visit.at,
        )
    except Refused as refusal:
        again = material_pages.new_page(id, visit.query, typed=form, at=visit.at)
        return respond_again(visit, again, refusal, rest="title")
    return go_on(visit, _page_of(made), "The draft is saved. Look at it, then publish it.")


@signed_in
@needs("materials:read", "material")
def show_material(visit: AdminVisit, id: str) -> Response:
    """Show a material, and what was done."""
    done = done_before(visit, _page_of(id))
    return respond(visit, material_pages.show_page(id, visit.query, done=done, at=visit.at))


@signed_in
@needs("materials:write", "material")
@takes("action", *BODY, "version", "etag")
def change_material(visit: AdminVisit, id: str) -> Response:
    """Write the next version of a material, publish it, or withdraw the material."""
    saving = visit.form.get("action") == "save"
    try:
        done = _change(visit, id)
    except PreconditionFailed:
        typed = visit.form if saving else None
        page = material_pages.show_page(id, visit.query, typed=typed, at=visit.at)
        return respond_again(visit, page, PreconditionFailed(_STALE))
    except Refused as refusal:
        typed = visit.form if saving else None
        page = material_pages.show_page(id, visit.query, typed=typed, at=visit.at)
        return respond_again(visit, page, refusal, rest="title" if saving else "")
    return go_on(visit, _page_of(id), done)


@signed_in
@needs("materials:read", "material")
def show_readers(visit: AdminVisit, id: str) -> Response:
    """Show who has read a material, and who has not."""
    return respond(visit, material_pages.readers_page(id, visit.query, at=visit.at))


def _change(visit: AdminVisit, id: str) -> str:
    form, action = visit.form, visit.form.get("action")
    if_match = read_if_match(form.get("etag"))
    if action == "save":
        material = material_pages.material_of(id)
        body = bodies.typed(_body(form, material.program_id), MaterialBody, strict=True)
        write_version(id, body, if_match=if_match, actor=visit.actor, at=visit.at)
        return "The draft is saved. Look at it, then publish it."
    if action == "publish":
        written = form.get("version", "")
        number = int(written) if written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS else 0
        chosen = bodies.typed({"version": number}, MaterialPublication, strict=True)
        publish(id, chosen, if_match=if_match, actor=visit.actor, at=visit.at)
        return "It is published: partners see it now."
    if action == "withdraw":
        withdraw(id, if_match=if_match, actor=visit.actor, at=visit.at)
        return "It is withdrawn: partners no longer see it."
    raise InvalidValue("Choose what to do.", pointer="/action")


def _body(form: Mapping[str, str], program: str) -> dict[str, Any]:
    """Return what a form says of a version, as the API takes it: an empty field is left out."""
    content = {name: form[name].strip() for name in ("words", "url") if form.get(name, "").strip()}
    tiers = list(material_pages.tiers_of(program))
    return {
        "title": form.get("title", "").strip(),
        **content,
        "audience": audience_in(form, tiers),
        "must_read": "must_read" in form,
    }


def _materials_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/materials"


def _page_of(identifier: str) -> str:
    return f"/admin/materials/{quote(identifier, safe='')}"
