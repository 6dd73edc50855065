"""Shows materials as the API gives them: one, a program's in a state, or what is for a partner."""

from datetime import datetime
from typing import Any

from chalicelib.access.endpoint import Tagged
from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.language.texts import texts
from chalicelib.materials import find as materials
from chalicelib.materials.find import for_all, list_in, list_starters
from chalicelib.materials.reading import Applied, list_for
from chalicelib.materials.shapes import MaterialsQuery, MaterialView
from chalicelib.materials.starters import find_starter
from chalicelib.materials.table import Material
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs


def view_one(identifier: str) -> Tagged:
    """Return a material, or one of the starter set, with its words."""
    if (starter := find_starter(identifier)) is not None:
        return Tagged(MaterialView.of_starter(starter), '"0"')
    material = materials.find(identifier)
    number = material.version or material.draft
    version = materials.find_version(material, number) if number else None
    return Tagged.of(MaterialView.of(material, version), material)


def list_materials(query: MaterialsQuery, *, at: datetime) -> Page[MaterialView]:
    """Return a page of a program's materials in a state; the starter set, and what is for a partner, is one page."""
    program_id = programs.find(query.program).program.id
    if query.partner is not None:
        profile = partners.find(query.partner)
        language = texts(profile.partner.locale).language
        applied = list_for(profile, program_id, language, at=at) if profile.takes_part(program_id) else []
        return _whole([_view_applied(one) for one in applied], query)
    if query.state == "starter":
        left = list_starters(program_id, for_all(list_in("published", program_id)))
        return _whole([MaterialView.of_starter(one) for one in left], query)
    named = f"materials {program_id} {query.state}"
    position: dict[str, Any] | None = cursors.read(query.cursor, of=named)
    page, following = materials.list_page(query.state, program_id, limit=query.limit, position=position)
    views = [view for one in page if _is_asked(view := MaterialView.of(one), query)]
    return Page(views, has_more=following is not None, next_cursor=cursors.write(following, of=named))


def _view_applied(applied: Applied) -> MaterialView:
    one = applied.material
    view = MaterialView.of(one) if isinstance(one, Material) else MaterialView.of_starter(one)
    view.read_at = instants.text(applied.read_at) if applied.read_at is not None else None
    return view


def _whole(views: list[MaterialView], query: MaterialsQuery) -> Page[MaterialView]:
    return Page([one for one in views if _is_asked(one, query)], has_more=False, next_cursor=None)


def _is_asked(view: MaterialView, query: MaterialsQuery) -> bool:
    return query.kind in (None, view.kind) and query.language in (None, view.language)
