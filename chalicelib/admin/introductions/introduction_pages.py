"""Shows one introduction: who, by whom, how it stands, its course, and the forms for all that can be done with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from chalicelib.admin import introduction_words as words
from chalicelib.admin.english import day, minute, money
from chalicelib.admin.introductions.introduction_list import last_day, names_of, view
from chalicelib.admin.page import AdminPage
from chalicelib.introductions.find import find, list_steps
from chalicelib.introductions.states import OPEN, PROTECTED, STAGES, DeclineReason, LossReason, allowed_from
from chalicelib.introductions.table import Introduction, Step
from chalicelib.kit.ids import mode_of
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import in_language, receiving_of
from chalicelib.programs.table import Program
from chalicelib.users import find as users
from chalicelib.users.roles import Rights

_FORMS = ("accept", "ask", "decline", "move", "say", "extend", "lose")


def page_of(
    identifier: str, rights: Rights, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime
) -> AdminPage:
    """Show an introduction; after a form that was refused, with what was *typed*."""
    row = find(identifier)
    program = programs.find(row.program_id).program
    names, steps = names_of([row]), list_steps(row.id)
    summary = view(row, names, program, at=at)
    may_act = rights.may("introductions:write", [program.id])
    values = {
        "one": summary,
        "program": program,
        "part": "introductions",
        "details": _details(row, program),
        "customer": row.customer_id,
        "conversion": row.conversion_id,
        "facts": _facts(row, program),
        "course": _course(steps, program, names),
        "forms": _forms(row) if may_act else dict.fromkeys(_FORMS),
        "may_win": row.state in PROTECTED and rights.may("conversions:write", [program.id]),
        "currency": program.currency,
        "zone": program.calendar.zone_at(at),
        "turn": row.turn,
        "typed": typed or {},
        "done": done,
        "mode": mode_of(row.id),
    }
    return AdminPage("introduction", "programs", f"Introduction of {summary['person']}", values)


def _forms(row: Introduction) -> dict[str, Any]:
    """Return what can be done now: of each form, what there is to choose."""
    allowed = set(allowed_from(row.state))  # type: ignore[arg-type]
    stages = [one for one in STAGES if one in allowed]
    return {
        "accept": "accepted" in allowed,
        "ask": "needs_more" in allowed,
        "decline": _reasons(DeclineReason) if "declined" in allowed else [],
        "move": [(one, words.STATES[one]) for one in stages],
        "say": row.state in OPEN and row.state != "offered",
        "extend": row.state in PROTECTED and row.extended_at is None,
        "lose": _reasons(LossReason) if "lost" in allowed else [],
    }


def _reasons(kind: Any) -> list[tuple[str, str]]:
    return [(code, words.reason_of(code)) for code in get_args(kind)]


def _details(row: Introduction, program: Program) -> Sequence[tuple[str, str]]:
    """Return what the partner wrote of the person; nothing of it once it is erased."""
    person = row.person
    questions = {one.key: in_language(one.words, "en") or one.key for one in receiving_of(program).questions}
    expected = row.expected_amount
    parts = [
        *(
            [
                ("Email", person.email),
                ("Phone", person.phone),
                ("Company", person.company),
                ("Role", person.role),
                ("Country", person.country),
            ]
            if person is not None
            else []
        ),
        ("Why", row.why),
        ("How the partner knows them", words.CLOSENESS[row.closeness]),
        ("Who writes to them first", words.SENT_BY[row.sent_by]),
        ("Consent", f"On {minute(row.consent.at)} UTC" if row.consent is not None else None),
        ("Expected", money(expected.amount, expected.currency) if expected is not None else None),
        *((questions.get(key, key), answer) for key, answer in (row.answers or {}).items()),
    ]
    return [(name, value) for name, value in parts if value]


def _facts(row: Introduction, program: Program) -> Sequence[tuple[str, str]]:
    owner = receiving_of(program).owner or row.owner
    facts = [
        ("Reason", words.reason_of(row.reason)),
        ("Received", day(program.calendar.day_of(row.received_at)) if row.received_at else ""),
        (
            "Protected until",
            last_day(row.protected_until, program) if row.protected_until and row.state in OPEN else "",
        ),
        ("Place in line", str(row.place_in_line) if row.place_in_line and row.place_in_line > 1 else ""),
        ("Who answers", owner or ""),
        ("Details erased", day(program.calendar.day_of(row.erased_at)) if row.erased_at else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _course(steps: Sequence[Step], program: Program, names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the steps, the latest first: what changed, why, by whom, and what the partner read of it."""
    people = users.find_names(step.actor for step in steps if step.actor)
    return [
        {
            "at": _minute(step.at, program),
            "from": words.STATES[step.from_state] if step.from_state else "",  # type: ignore[index]
            "to": words.STATES[step.to_state],  # type: ignore[index]
            "reason": words.reason_of(step.reason),
            "by": words.BY[step.by],  # type: ignore[index]
            "who": people.get(step.actor or "", names.get(step.actor or "", _other(step))),
            "words": step.words or "",
        }
        for step in reversed(steps)
    ]


def _other(step: Step) -> str:
    """Return who made a step that is no person's: who sent it by an API key."""
    return "with an API key" if (step.actor or "").startswith("key_") else ""


def _minute(at: datetime, program: Program) -> str:
    return minute(at.astimezone(ZoneInfo(program.calendar.zone_at(at))))
