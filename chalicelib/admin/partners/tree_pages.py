"""Shows whom a partner brought to a program, and whom these brought, drawn and as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.admin.english import day, money, number
from chalicelib.admin.names import names_of, touch_of
from chalicelib.admin.page import AdminPage
from chalicelib.graph.drawing import Line, draw
from chalicelib.graph.shapes import MOST_DEPTH, TreeQuery, TreeRow
from chalicelib.graph.tree import read_tree
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs

_A_PAGE = 40


def page(profile: PartnerProfile, visible: Sequence[str], fields: Mapping[str, str]) -> AdminPage:
    """Show a page of a partner's tree in one of the programs that a person may see."""
    own = [one.program_id for one in profile.enrollments if one.program_id in visible]
    chosen = fields.get("program", "") or next(iter(own), "")
    if chosen not in own:
        raise NotFound("The partner is in no such program.")
    program, partner = programs.find(chosen).program, profile.partner
    cursor = fields.get("cursor", "")
    typed = {"limit": str(_A_PAGE), "depth": str(MOST_DEPTH)} | ({"cursor": cursor} if cursor else {})
    view = read_tree(partner.id, program, bodies.typed(typed, TreeQuery, strict=False))
    edges = [one.edge for one in view.data if one.edge is not None]
    named = {one.partner for one in view.data} | {one for edge in edges for one in (edge.customer, edge.partner)}
    names = names_of(named)
    values = {
        "partner": partner,
        "within": program,
        "programs": [(one, row.name) for one, row in programs.find_rows(own).items()],
        "view": view,
        "drawing": draw([_line(one, view.currency, names) for one in view.data]),
        "rows": [_row(one, view.currency, names) for one in view.data],
        "begun": bool(cursor),
    }
    return AdminPage("tree", "partners", f"Whom {partner.name} brought", values)


def _line(one: TreeRow, currency: str, names: Mapping[str, str]) -> Line:
    words = f"{money(one.through, currency)}, {number(one.customers)} customer{'s' if one.customers != 1 else ''}"
    return Line(one.depth, names.get(one.partner, one.partner), words, one.through, open=one.cut)


def _row(one: TreeRow, currency: str, names: Mapping[str, str]) -> dict[str, Any]:
    edge = one.edge
    return {
        "id": one.partner,
        "name": names.get(one.partner, one.partner),
        "cut": one.cut,
        "by": (edge.partner, names.get(edge.partner, edge.partner)) if edge is not None else None,
        "since": day(edge.bound_at) if edge is not None else "–",
        "touch": touch_of(edge) if edge is not None else "–",
        "conversion": edge.conversion if edge is not None else None,
        "through": money(one.through, currency),
        "direct": money(one.direct, currency),
        "own": money(one.own, currency),
        "customers": number(one.customers),
        "below": number(one.below),
    }
