"""
The scope each admin page and form needs, declared beside its view, and the only place where it is checked.

A view without a declaration needs `admin` in all programs.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar

from chalice.app import Response

from chalicelib.access.api_keys import Forbidden
from chalicelib.conversions import find as conversions
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.introductions.find import find as find_introduction
from chalicelib.links import find as links
from chalicelib.materials import find as materials
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.rewards.find import reward_of
from chalicelib.targets.find import find as find_action_item
from chalicelib.targets.set_target import find as find_target
from chalicelib.users.roles import Rights
from chalicelib.webhooks.endpoints import find_endpoint

View = TypeVar("View", bound=Callable[..., Response])

# Which programs count: those of the object in the path; or all programs; or any, for a list.
Of = Literal[
    "program",
    "partner",
    "link",
    "conversion",
    "reward",
    "endpoint",
    "action item",
    "target",
    "introduction",
    "material",
    "all programs",
    "any program",
]


class Need(NamedTuple):
    """The scope that a view needs, and in which programs."""

    scope: str
    of: Of


_STRICTEST = Need("admin", "all programs")
_PROGRAMS_OF: dict[str, Callable[[str], list[str]]] = {
    "program": lambda reference: [programs.find(reference).program.id],
    # A duplicate's id leads to the partner it was merged into.
    "partner": lambda reference: [
        one.program_id
        for profile in (partners.find(reference), partners.find_survivor(reference))
        for one in profile.enrollments
    ],
    "link": lambda reference: [links.find(reference).program_id],
    "conversion": lambda identifier: [conversions.find(identifier, ConversionQuery()).program_id],
    "reward": lambda identifier: [reward_of(identifier).program_id],
    "action item": lambda identifier: [find_action_item(identifier).program_id],
    "target": lambda identifier: [find_target(identifier).program_id],
    "introduction": lambda identifier: [find_introduction(identifier).program_id],
    "material": lambda identifier: [materials.find(identifier).program_id],
    # One of the whole deployment is of no program.
    "endpoint": lambda identifier: [program.id] if (program := find_endpoint(identifier)[0]) is not None else [],
}


def needs(scope: str, of: Of = "all programs") -> Callable[[View], View]:
    """Declare which scope a view needs, and in which programs."""

    def declare(view: View) -> View:
        view.needs = Need(scope, of)  # type: ignore[attr-defined]
        return view

    return declare


def need_of(view: Callable[..., Response]) -> Need:
    """Return what a view needs."""
    need: Need = getattr(view, "needs", _STRICTEST)
    return need


def check(rights: Rights, need: Need, path: dict[str, str]) -> frozenset[str] | None:
    """
    Return the programs that a view covers; None for all of them. Refuses a person without the right it needs there.

    For a person whose roles are in all programs, this reads nothing from the database.
    """
    if need.of == "any program":
        allowed, of = rights.may_somewhere(need.scope), None
    else:
        by_program = rights.is_by_program and need.of in _PROGRAMS_OF
        of = frozenset(_PROGRAMS_OF[need.of](path["id"])) if by_program else None
        allowed = rights.may(need.scope, of)
    if not allowed:
        where = "for all programs" if need.of == "all programs" else "here"
        raise Forbidden(f"Your role does not allow this {where}. Ask an owner to change your role.")
    return of
