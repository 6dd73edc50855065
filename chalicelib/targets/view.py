"""Targets as the API gives them, with how far each is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.targets.measure import PARTNER, in_force, measure
from chalicelib.targets.set_target import list_all, list_page
from chalicelib.targets.shapes import TargetProgress, TargetsQuery, TargetView
from chalicelib.targets.table import Target


def list_targets(reference: str, query: TargetsQuery, *, at: datetime) -> Page[TargetView]:
    """Return those in force now, with how far each is; or one page of all that there were, newest first."""
    program = programs.find(reference).program
    if query.period == "current":
        return Page(view_current(program, at=at), False, None)
    named = f"targets of {program.id}"
    page, position = list_page(program.id, limit=query.limit, position=cursors.read(query.cursor, of=named))
    return Page(view_targets(program, page, {}), position is not None, cursors.write(position, of=named))


def view_current(program: Program, *, at: datetime) -> list[TargetView]:
    """Return the targets that are in force now, by subject and metric, with how far each is."""
    today = program.calendar.day_of(at)
    current = [one for one in list_all(program.id) if in_force(one, today)]
    current.sort(key=lambda one: (one.subject.partition(":")[0] != "program", one.subject, one.metric))
    return view_targets(program, current, measure(program, current, at=at))


def view_target(target: Target, *, at: datetime) -> TargetView:
    """Return a target; with how far it is, while it is in force."""
    program = programs.find(target.program_id).program
    progress = measure(program, [target], at=at) if in_force(target, program.calendar.day_of(at)) else {}
    return view_targets(program, [target], progress)[0]


def view_new(target: Target) -> TargetView:
    """Return a target that was set just now, without how far it is: the answer that is kept for a repeated call."""
    return view_targets(programs.find(target.program_id).program, [target], {})[0]


def view_targets(
    program: Program, targets: Sequence[Target], progress: Mapping[str, TargetProgress]
) -> list[TargetView]:
    names = partners.find_rows(
        {one.subject.removeprefix(PARTNER) for one in targets if one.subject.startswith(PARTNER)}
    )
    return [
        TargetView(
            id=one.id,
            object="target",
            program=one.program_id,
            for_=one.subject,
            name=row.name if (row := names.get(one.subject.removeprefix(PARTNER))) is not None else None,
            metric=one.metric,  # type: ignore[arg-type]
            currency=program.currency if one.metric == "net_revenue" else None,
            period=one.period,  # type: ignore[arg-type]
            value=one.value,
            from_=one.begins,
            until=one.until,
            replaced_by=one.replaced_by,
            created_at=instants.text(one.created_at),
            ended_at=instants.text(one.ended_at) if one.ended_at is not None else None,
            progress=progress.get(one.id),
        )
        for one in targets
    ]
