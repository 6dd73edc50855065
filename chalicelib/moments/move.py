"""Moves a moment on, and counts that it did, in one transaction: of several that move it at once, one does."""

from collections.abc import Mapping

from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import NotFound
from chalicelib.kit.revisions import change
from chalicelib.moments.counts import counted
from chalicelib.moments.states import stages_to
from chalicelib.moments.table import MOMENT, Moment, joined_list


class MomentNotFound(NotFound):
    """There is no such moment."""


def find(identifier: str) -> Moment:
    """Return the moment with that id."""
    moment = find_or_none(identifier)
    if moment is None:
        raise MomentNotFound(f"There is no moment {identifier!r}.")
    return moment


def find_or_none(identifier: str) -> Moment | None:
    """Return the moment with that id, if there is one."""
    return rows.find(Moment, identifier, MOMENT) if identifier.startswith("mom_") else None


def moved(moment: Moment, to: str, *actions: RowAction, also: Mapping[str, int] | None = None) -> list[Write]:
    """
    Return the writes that move a moment into a state, as it was read, and count all that it comes past.

    *also* is counted, too. The first write is of the moment.
    """
    amounts = dict.fromkeys(stages_to(moment.state, to), 1) | dict(also or {})
    in_list = Moment.object.set(joined_list(moment.id)) if to == "joined" else Moment.object.remove()
    return [change(moment, Moment.state.set(to), in_list, *actions), counted(moment, amounts)]


def taken(moment: Moment, *actions: RowAction, counts: Mapping[str, int]) -> list[Write]:
    """Return the writes that change a moment, as it was read, and leave it in its state."""
    return [change(moment, *actions), counted(moment, counts)]


def skipped(moment: Moment, because: str, *actions: RowAction, also: Mapping[str, int] | None = None) -> list[Write]:
    """Return the writes that say for good why nobody is asked by a moment."""
    return moved(moment, "skipped", Moment.because.set(because), *actions, also=also)
