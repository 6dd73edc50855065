"""Looks at partners who may need somebody: those who are stuck, and those who have gone quiet."""

from datetime import datetime
from typing import Any

from chalicelib.onboarding.progress import Concern, concern
from chalicelib.onboarding.retrace import retrace
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs


def check_in(
    program: str,
    *,
    stuck_days: int,
    quiet_days: int,
    limit: int,
    position: dict[str, Any] | None,
    at: datetime,
) -> tuple[list[tuple[str, Concern]], dict[str, Any] | None]:
    """Look at the next *limit* partners of a program, oldest first; return those with a concern, and where to go on."""
    program_id = programs.find(program).program.id
    enrollments, position = partners.list_enrolled(program_id, limit=limit, position=position)
    members = partners.find_all(enrollment.id for enrollment in enrollments)
    found = []
    for enrollment in enrollments:
        member = members.get(enrollment.id)
        facts = retrace(member, enrollment) if member else None
        about = concern(facts, stuck_days=stuck_days, quiet_days=quiet_days, at=at) if facts else None
        if about is not None:
            found.append((enrollment.id, about))
    return found, position
