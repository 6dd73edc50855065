"""Sets how a program receives introductions, and opens it for them once it is ready."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.introductions.readiness import NotReady, ReadinessCheck, check_readiness, unmet
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.kit.errors import refuse_invalid
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.receiving import Receiving, find_objections, receiving_of
from chalicelib.programs.settings import change_program, set_all

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


def set_receiving(
    reference: str, new: Receiving, *, if_match: IfMatch = ANY, actor: "Actor", at: datetime
) -> ProgramTerms:
    """
    Set all of how a program receives introductions; in effect within half a minute.

    Opening one that is not ready is refused, with what is missing. So is a change of an open one by which a check fails
    that was met before; what fails by time, such as a test that is too old, closes nothing.
    """
    refuse_invalid(find_objections(new))
    stored = programs.read(programs.find(reference).program.id)
    if new.open:
        before = receiving_of(stored.program)
        missing = unmet(check_readiness(stored, new, at=at))
        if before.open:
            failed_before = {check.name for check in unmet(check_readiness(stored, before, at=at))}
            missing = [check for check in missing if check.name not in failed_before]
        if missing:
            raise _not_ready(missing)

    def decide(current: ProgramTerms) -> Sequence[RowAction]:
        return set_all(current.program, receiving=new)

    return change_program(reference, decide, action="program.receiving_changed", if_match=if_match, actor=actor, at=at)


def _not_ready(missing: Sequence[ReadinessCheck]) -> NotReady:
    names = ", ".join(check.name for check in missing)
    return NotReady(
        f"The program is not ready to receive introductions: {names}.",
        details={"checks": [{"name": one.name, "missing": one.missing, "page": one.page} for one in missing]},
    )
