"""Changes when a program asks its customers to tell a friend: by an admin, or by a key of the website's server."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo.writes import RowAction
from chalicelib.kit.errors import refuse_invalid
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.moments.heard import find_silent
from chalicelib.moments.shapes import AskingView, SilentRule
from chalicelib.programs.asking import Asking, find_objections
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.settings import change_program, set_all
from chalicelib.programs.table import Program


def set_asking(reference: str, asking: Asking, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> Program:
    """
    Replace a program's rules and limits; in effect within half a minute, also for moments that wait.

    A larger share held out adds customers to it. Refused: two rules of one name, and conditions that nothing can meet.
    """
    refuse_invalid(find_objections(asking))

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        return set_all(stored.program, asking=asking)

    return change_program(
        reference, decide, action="program.asking_changed", if_match=if_match, actor=actor, at=at
    ).program


def view_asking(program: Program, *, at: datetime) -> AskingView:
    """Return when a program asks, and which of its rules wait for an event that nobody reports."""
    asking = program.asking or Asking()
    silent = find_silent(program, asking, today=at.date())
    return AskingView.of(program, [SilentRule(one.rule, one.on, one.last) for one in silent])
