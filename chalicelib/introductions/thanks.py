"""Finds thanks, lists them, and stores what became of them: they were given, or left out for a reason."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from chalicelib.audit.entries import Action
from chalicelib.introductions.find import IntroductionNotFound
from chalicelib.introductions.thanks_shapes import SettledThanks
from chalicelib.introductions.thanks_table import BY_HAND, Thanks, key_of, list_of
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.notes.table import new_note
from chalicelib.programs import find as programs

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

_END = "~"
# What a note and a call cost is nothing anybody enters; what these cost counts for taxes.
PAID = ("gift", "donation")


class ThanksSettled(Refused):
    """These thanks were settled otherwise before: what was done, or skipped, stays."""

    STATUS_CODE = 409


def find_thanks(thanks_id: str) -> Thanks:
    """Return the thanks with that id, as they are stored now."""
    key = key_of(thanks_id)
    row = rows.find(Thanks, *key) if key is not None else None
    if row is None:
        raise IntroductionNotFound(f"There are no thanks {thanks_id!r}.")
    return row


def settle(thanks_id: str, settled: SettledThanks, *, actor: "Actor", at: datetime) -> Thanks:
    """
    Store that a partner was thanked, how and at which cost; or that they are not thanked, and why. Idempotent.

    Refused: another cost or reason than was stored before.
    """
    thanks = find_thanks(thanks_id)
    check(settled, thanks)
    program = programs.find(thanks.program_id).program
    cost = settled.cost.amount if settled.cost is not None else 0
    means = settled.kind or thanks.means
    day = program.calendar.day_of(at).isoformat()
    for _ in writes.attempts():
        if thanks.state != "due":
            if (thanks.state, thanks.means, thanks.cost, thanks.reason) != (settled.state, means, cost, settled.reason):
                raise ThanksSettled(f"These thanks are {thanks.state} since {thanks.thanks_day}.")
            return thanks
        note = [new_note(settled.words, at=at)] if settled.words is not None else []
        values: dict[str, Any] = {
            "state": settled.state,
            "means": means,
            "cost": cost,
            "thanks_in": list_of(settled.state, thanks.program_id),
            "thanks_day": day,
            "settled_at": at,
            "settled_by": actor.id,
            **({"reason": settled.reason} if settled.reason is not None else {}),
            **({"note": note[0].id} if note else {}),
        }
        actions = [getattr(Thanks, name).set(value) for name, value in values.items()]
        change = writes.update_if(thanks, *actions, condition=Thanks.state == "due")
        parts = [change, *(writes.insert(one) for one in note)]
        action: Action = "thanks.done" if settled.state == "done" else "thanks.skipped"
        part = thanks.partner_id if thanks.thanks_for == BY_HAND else thanks.thanks_for
        if not actor.commit(*parts, action=action, subject=thanks.id, part=part, at=at):
            return find_thanks(thanks_id)
        thanks = find_thanks(thanks_id)
    raise Busy("These thanks are changing; send the same call again.")


def check(settled: SettledThanks, thanks: Thanks) -> None:
    """
    Refuse what contradicts itself, and what the record would lack.

    What is skipped has a reason, which the note says if it is another one; it has neither cost nor kind. What is done
    has no reason, and a gift or a donation has its cost.
    """
    if settled.cost is not None and settled.cost.currency != thanks.currency:
        raise InvalidValue(f"The program's costs are in {thanks.currency}.", pointer="/cost/currency")
    if settled.state == "skipped" and settled.cost is not None:
        raise InvalidValue("Thanks that are skipped cost nothing.", pointer="/cost")
    if settled.state == "skipped" and settled.kind is not None:
        raise InvalidValue("Only thanks that are done have a kind.", pointer="/kind")
    if settled.state == "skipped" and settled.reason is None:
        raise InvalidValue("Say why the partner is not thanked.", pointer="/reason")
    if settled.state == "done" and settled.reason is not None:
        raise InvalidValue("Only thanks that are skipped have a reason.", pointer="/reason")
    if settled.reason == "other" and settled.words is None:
        raise InvalidValue("Say in the note why the partner is not thanked.", pointer="/words")
    if settled.state == "done" and (settled.kind or thanks.means) in PAID and settled.cost is None:
        raise InvalidValue("Enter what it cost, 0 if nothing.", pointer="/cost")


@walk.full
def list_page(
    program_id: str, state: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Thanks], dict[str, Any] | None]:
    """Return one page of a program's thanks in a state: due ones the soonest first, others the latest first."""
    page = Thanks.in_state.query(
        list_of(state, program_id), scan_index_forward=state == "due", limit=limit, last_evaluated_key=position
    )
    return list(page), page.last_evaluated_key


def list_of_partner(
    partner_ids: Sequence[str], *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Thanks], dict[str, Any] | None]:
    """Return one page of the thanks to a partner, by all their ids, the latest day first: one read for each id."""
    last = position or {}
    lists = [
        Thanks.of_partner.query(one, scan_index_forward=False, limit=limit + 1, last_evaluated_key=last.get(one))
        for one in partner_ids
    ]
    # Each list stays in its own order, so that what was taken of it is what comes before the last one taken.
    latest = list(islice(merge(*lists, key=lambda row: str(row.thanks_day), reverse=True), limit + 1))
    page = latest[:limit]
    following = last | {row.partner_id: _place(row) for row in page}
    return page, following if len(latest) > limit else None


def _place(row: Thanks) -> dict[str, dict[str, str]]:
    """Return where a row is in the list of its partner, as DynamoDB spells it."""
    key = {"pk": row.id, "sk": row.sort, "thanks_of": row.thanks_of, "thanks_day": row.thanks_day}
    return {name: {"S": str(value)} for name, value in key.items()}


def due_first(program_id: str, *, most: int) -> Sequence[Thanks]:
    """Return the thanks of a program that are due, the soonest first, as many as *most*: one read."""
    return list(Thanks.in_state.query(list_of("due", program_id), limit=most))


def done_between(program_id: str, first: date, last: date) -> Iterable[Thanks]:
    """Return the thanks that were done on some of a program's days, both included, oldest first, as they are read."""
    between = Thanks.thanks_day.between(first.isoformat(), last.isoformat() + _END)
    return Thanks.in_state.query(list_of("done", program_id), between)
