"""Shows a partner who came to a program by them, and who came by these: names only of those who chose one to show."""

from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.graph.drawing import Line, draw
from chalicelib.graph.shapes import MOST_DEPTH, TreeQuery, TreeRow
from chalicelib.graph.tree import read_tree
from chalicelib.kit import bodies
from chalicelib.kit.errors import NotFound
from chalicelib.language import formats
from chalicelib.language.texts import Texts
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.portal.page import PortalPage, PortalVisit, respond
from chalicelib.portal.session import signed_in
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

_A_PAGE = 40


@signed_in
def show_tree(visit: PortalVisit) -> Response:
    """Show who came by a partner, in one of their programs."""
    return respond(visit, tree(visit.profile, visit.t, visit.query))


def tree(profile: PartnerProfile, t: Texts, query: dict[str, str]) -> PortalPage:
    """Return what the page of a partner's tree takes; there is none of a program that they are not in."""
    several = [programs.find(one.program_id).program for one in profile.enrollments if one.left_at is None]
    program = next((one for one in several if one.id == query.get("program", one.id)), None)
    if program is None:
        raise NotFound("You take part in no such program.")
    cursor = query.get("cursor", "")
    typed = {"limit": str(_A_PAGE), "depth": str(MOST_DEPTH)} | ({"cursor": cursor} if cursor else {})
    view = read_tree(profile.partner.id, program, bodies.typed(typed, TreeQuery, strict=False))
    names = _names([one.partner for one in view.data], profile.partner.id, program, t)
    as_of = datetime.fromisoformat(view.as_of) if view.as_of is not None else None
    rows = [_row(one, names, t) for one in view.data]
    values = {
        "program": program,
        "programs": [(one.id, one.name) for one in several],
        "rows": rows,
        "drawing": draw(
            [
                Line(one.depth, row["name"], row["brought"], one.customers)
                for one, row in zip(view.data, rows, strict=True)
            ]
        ),
        "sentence": t("tree_below", number=view.data[0].below) if view.data and not cursor else "",
        "as_of": t("tree_as_of", date=formats.day(as_of, t.locale)) if as_of is not None else "",
        "hidden": t("tree_hidden", number=view.hidden) if view.hidden else "",
        "following": view.next_cursor,
    }
    return PortalPage("tree", values)


def _names(listed: list[str], own: str, program: Program, t: Texts) -> dict[str, str]:
    """Return what to call partners: where the program shows names, those who chose one by it; others are a friend."""
    names = dict.fromkeys(listed, t["a_friend"])
    if program.leaderboard is not None and program.leaderboard.shows == "names":
        chosen = partners.find_rows(one for one in listed if one != own)
        names |= {one: row.display_name for one, row in chosen.items() if row.display_name is not None}
    return names | {own: t["you"]}


def _row(one: TreeRow, names: dict[str, str], t: Texts) -> dict[str, Any]:
    edge = one.edge if one.depth else None
    return {
        "name": names[one.partner],
        "by": names.get(one.parent or "", t["a_friend"]) if edge is not None else "–",
        "since": formats.day(datetime.fromisoformat(edge.bound_at), t.locale) if edge is not None else "–",
        "brought": t("tree_customers", number=one.customers),
    }
