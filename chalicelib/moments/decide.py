"""
Decides which moments there are: each event is compared with each rule of its program, once.

Idempotent: redelivered, late or in parallel, an event and a rule lead to the same row. What takes part in the
comparison is stored before, so that a run that stops anywhere does the same when it begins again.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import writes
from chalicelib.moments import heard, history
from chalicelib.moments.arms import is_held_out
from chalicelib.moments.counts import counted
from chalicelib.moments.facts import Fact
from chalicelib.moments.table import MOMENT, Moment, moment_id
from chalicelib.programs import find as programs
from chalicelib.programs.asking import ANNIVERSARY, ANNIVERSARY_DAYS, FRIEND_THANKED, AskRule, fits
from chalicelib.programs.find import ProgramNotFound
from chalicelib.programs.table import Program
from chalicelib.referrals.find import find_rows

log = logging.getLogger(__name__)

# For how long a moment can be asked once it is due; and for how long it is kept after that.
GOOD_FOR, KEPT_FOR = timedelta(days=30), timedelta(days=400)


def decide(facts: Sequence[Fact], reports: Mapping[str, Conversion]) -> list[Moment]:
    """
    Put the moments of facts that are not there yet. Returns all of them, also those that were there before.

    *reports* are the conversions that facts are about, by id.
    """
    facts = sorted(facts, key=lambda one: (one.written_at, one.id))
    heard.note(facts, reports)
    moments = []
    for fact in facts:
        program = programs.find(fact.program_id).program
        report = reports.get(fact.subject_id)
        number = history.note(fact, report)
        for rule in program.asking.active if program.asking is not None else ():
            moment = _moment(fact, report, rule, program, number=number)
            if moment is not None:
                moments.append(_put(moment))
    return moments


def asks(program_id: str) -> bool:
    """Return whether a program ever decided when to ask: of any other one, nothing is noted."""
    try:
        program = programs.find(program_id).program
    except ProgramNotFound:
        # A test program that was deleted meanwhile.
        return False
    return program.asking is not None and not program.is_deleted


def _moment(fact: Fact, report: Conversion | None, rule: AskRule, program: Program, *, number: int) -> Moment | None:
    begins = _when(fact, report, rule, number=number)
    if begins is None or fact.customer_id is None:
        return None
    due_at = begins + timedelta(hours=rule.wait_hours)
    if due_at + GOOD_FOR <= fact.written_at:
        # Reported long after it happened: nobody remembers.
        return None
    return Moment(
        moment_id(fact.id, rule.name, program.id, written_at=fact.written_at),
        MOMENT,
        program_id=program.id,
        program_list=program.id,
        customer_id=fact.customer_id,
        rule=rule.name,
        event_id=fact.id,
        subject_id=fact.subject_id,
        by=rule.by,
        state="due",
        held_out=is_held_out(program, [fact.customer_id], at=due_at),
        due_at=due_at,
        good_until=due_at + GOOD_FOR,
        created_at=fact.written_at,
        expires=due_at + KEPT_FOR,
    )


def _when(fact: Fact, report: Conversion | None, rule: AskRule, *, number: int) -> datetime | None:
    """Return from when on a rule's hours count; None if the fact is not one that it asks after."""
    if fact.type == "benefit.given":
        is_customers = fact.customer_id is not None and fact.what == fact.customer_id
        return fact.occurred_at if rule.on == FRIEND_THANKED and is_customers else None
    if fact.type != "conversion.recorded" or report is None:
        return None
    if rule.on == ANNIVERSARY:
        customer = find_rows([fact.customer_id or ""]).get(fact.customer_id or "")
        is_first = customer is not None and customer.first_conversion == fact.subject_id
        return report.occurred_at + timedelta(days=ANNIVERSARY_DAYS) if is_first else None
    if not fits(rule, report.type, number=number, amount=report.amount, metadata=report.metadata):
        return None
    return report.occurred_at


def _put(moment: Moment) -> Moment:
    arm = "held_out" if moment.held_out else "due"
    if writes.commit(writes.insert(moment), counted(moment, {arm: 1})):
        log.info("%s: decided before", moment.id)
    return moment
