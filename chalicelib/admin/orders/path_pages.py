"""Shows how a customer came to each program: from who referred them up to the source, drawn and as a table."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.english import day
from chalicelib.admin.names import name_of_customer, names_of, touch_of
from chalicelib.admin.page import AdminPage
from chalicelib.graph.drawing import Line, draw
from chalicelib.graph.path import read_paths
from chalicelib.graph.shapes import PathView
from chalicelib.programs import find as programs
from chalicelib.referrals.find import find, find_account

# Each program's path takes some reads; the customer's page names the others.
_PROGRAMS = 2
_ENDS = {
    "source": "Nobody in this program brought {name}: they are the source.",
    "cycle": "The referral that would lead on closes a ring. It was made last, and does not count.",
    "cut": "The path is longer than this page reads.",
}


def page(reference: str) -> AdminPage:
    """Show the paths of a customer to their sources, in the two programs that they came to first."""
    profile = find(reference)
    account = find_account(profile.customer.merged_into) if profile.customer.merged_into else profile
    assert account is not None, "a guest's account is there"
    paths, more = read_paths(account, most_programs=_PROGRAMS)
    edges = [edge for path in paths for edge in path.edges]
    names = names_of({one for edge in edges for one in (edge.customer, edge.partner)})
    name = name_of_customer(account.customer)
    values = {
        "customer": account.customer,
        "more": more,
        "paths": [_path(one, name, names) for one in paths],
    }
    return AdminPage("path", "customers", f"How {name} came", values)


def _path(path: PathView, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    program = programs.find(path.program).program
    downward = [
        {
            "id": edge.partner,
            "name": names.get(edge.partner, edge.partner),
            "brought": name if number == 0 else names.get(edge.customer, edge.customer),
            "customer": edge.customer,
            "since": day(edge.bound_at),
            "touch": touch_of(edge),
            "conversion": edge.conversion,
        }
        for number, edge in reversed(list(enumerate(path.edges)))
    ]
    lines = [Line(depth, str(one["name"]), f"{one['since']}, {one['touch']}") for depth, one in enumerate(downward)]
    return {
        "program": program,
        "drawing": draw([*lines, Line(len(lines), name, open=True)]),
        "rows": downward,
        "end": _ENDS[path.ended].format(name=names.get(path.source, path.source)),
    }
