"""
The line behind a person: who comes first is first, and who is next moves up in the transaction in which the first ends.

An introduction is first only if it is first by all of its person's keys. But nothing proves that a phone number is the
person's, and a sale is known by its address alone. So two introductions with addresses of different mailboxes are of
different people, and the later one has no line by the phone number: a false number puts nobody behind a stranger.

Whoever joins a line counts up the row of the first one; whoever ends as first writes on the condition that this count
is as it was read: so nobody who joins in between is forgotten.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct

from chalicelib.audit.actor import decided
from chalicelib.introductions.find import each_waiting, find_all, find_line
from chalicelib.introductions.people import are_different, is_company_wide
from chalicelib.introductions.states import By, Reason
from chalicelib.introductions.steps import Change, changed
from chalicelib.introductions.table import (
    HEAD,
    FirstInLine,
    Introduction,
    WaitingInLine,
    line_key,
    lines_of,
    waiting_key,
)
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowCondition, Write
from chalicelib.kit.errors import Refused
from chalicelib.programs import find as programs
from chalicelib.programs import receiving

# So many of those who wait are read at once, and in all; the walk finds who is behind them.
_BATCH, _MOST_LOOKED_AT = 50, 1_000
# Of whom one phone number held up several move up together: as many as one transaction has room for.
_MOST_MOVED = 6


class AlreadyIntroduced(Refused):
    """The partner has already introduced this person to the program; the answer names the introduction."""

    STATUS_CODE = 409


class Place(Struct, frozen=True):
    """
    The place of a new introduction in its line, and what takes it; behind the first one, how long that is protected.

    *keys* are those of its lines. Behind one that was won, there is nothing to wait for.
    """

    number: int
    keys: list[str]
    writes: list[Write]
    first_since: datetime | None = None
    first_until: datetime | None = None
    is_won: bool = False


def enter(row: Introduction, keys: Sequence[Sequence[str]], *, own: Collection[str], at: datetime) -> Place:
    """
    Return the place an introduction gets: first, if nobody is by any key of its person; else behind them.

    *own* are all ids of its partner, who is not behind themselves.
    """
    firsts = find_line(row.program_id, keys).firsts
    holders = find_holders(firsts)
    keys = without_others(row, keys, holders)
    keys = _without_own(row, keys, firsts, own=own)
    lines = [[line_key(row.program_id, form) for form in forms] for forms in keys]
    firsts = {line: firsts[line] for forms in lines for line in forms if line in firsts}
    absent = [
        writes.check_absent(FirstInLine(line, HEAD))
        for forms in lines
        for line in (forms[1:] if not firsts else forms)
        if line not in firsts
    ]
    if not firsts:
        takes = [writes.insert(first_of(row, forms[0], at=at)) for forms in lines]
        return Place(1, [forms[0] for forms in keys], [*takes, *absent])
    joined = [_joins(head) for head in firsts.values()]
    waits = [writes.insert(waiting_of(row, forms[0], at)) for forms in lines]
    before = [holders[line] for line in firsts if line in holders]
    until = [one.protected_until for one in before if one.protected_until is not None]
    return Place(
        2 + max(head.joined for head in firsts.values()),
        [forms[0] for forms in keys],
        [*joined, *waits, *absent],
        first_since=min(head.since for head in firsts.values()),
        first_until=max(until, default=None),
        is_won=any(one.state == "won" for one in before),
    )


def without_others(
    row: Introduction, keys: Sequence[Sequence[str]], holders: Mapping[str, Introduction]
) -> list[Sequence[str]]:
    """
    Return keys, each in all its forms, but a phone number by which another person is first.

    *holders* are who is first, by line. If nothing were left, all keys count.
    """
    left = [
        forms
        for forms in keys
        if not any(
            _is_phone(form) and are_different(row.person, holder.person)
            for form in forms
            if (holder := holders.get(line_key(row.program_id, form))) is not None
        )
    ]
    return left or list(keys)


def _without_own(
    row: Introduction, keys: Sequence[Sequence[str]], firsts: Mapping[str, FirstInLine], *, own: Collection[str]
) -> list[Sequence[str]]:
    """Return the keys by which the partner is not first before; refuses one whom they introduced, not their company."""
    left, before = list[Sequence[str]](), ""
    for forms in keys:
        heads = [head for form in forms if (head := firsts.get(line_key(row.program_id, form))) is not None]
        ours = [head.introduction_id for head in heads if head.partner_id in own]
        if not ours:
            left.append(forms)
        elif is_company_wide(forms[0]):
            before = ours[0]
        else:
            raise _introduced_before(ours[0])
    if not left:
        raise _introduced_before(before)
    return left


def _introduced_before(identifier: str) -> AlreadyIntroduced:
    words = "This person was introduced by the same partner before."
    return AlreadyIntroduced(words, pointer="/person", details={"introduction": identifier})


def leave(row: Introduction) -> list[Write]:
    """Return the writes that take who waits out of all of its lines."""
    assert row.received_at is not None
    return [writes.delete(waiting_of(row, line, row.received_at)) for line in lines_of(row)]


def pass_on(
    rows_before: Sequence[Introduction], *, at: datetime, but: Iterable[str] = (), skip: Iterable[str] = ()
) -> list[Write]:
    """
    Return the writes with which introductions are first no more, and those who are next are first, each of them once.

    Lines in *but* go another way, and introductions in *skip* stay where they are.
    """
    ended = {row.id for row in rows_before}
    lines = {line for row in rows_before for line in lines_of(row)} - set(but)
    heads = {line: head for line, head in _heads(lines).items() if head.introduction_id in ended}
    taken, changes, holders = {*but}, list[Write](), dict[str, Introduction]()
    moved = 0
    for batch in _candidates(heads, {*ended, *skip}):
        others = _heads({line for one in batch for line in lines_of(one)} - set(heads))
        taken |= others.keys()
        holders = find_holders({line: head for line, head in others.items() if _is_phone(line)}) | holders
        for one in batch:
            keys = [key for [key] in without_others(one, [[key] for key in one.keys], holders)]
            theirs = [line_key(one.program_id, key) for key in keys]
            if moved < _MOST_MOVED and taken.isdisjoint(theirs) and not heads.keys().isdisjoint(lines_of(one)):
                changes += _moved_up(one, keys, heads, at=at)
                taken |= set(theirs)
                holders |= dict.fromkeys(theirs, one)
                moved += 1
        if taken >= heads.keys() or moved == _MOST_MOVED:
            break
    return [
        *changes,
        *(Write(head, _unchanged(head), deletes=True) for line, head in heads.items() if line not in taken),
    ]


def _moved_up(row: Introduction, keys: list[str], heads: Mapping[str, FirstInLine], *, at: datetime) -> list[Write]:
    """Return the writes with which one that waited is first by *keys*, with an audit entry of its own."""
    [stored, *more] = move_up(row, reason="moved_up", by="time", keys=keys, at=at).writes
    entered = decided(stored, action="introduction.moved_up", subject=row.id, part=row.partner_id, before=row)
    lines = [line_key(row.program_id, key) for key in keys]
    return [entered, *more, *leave(row), *(take(row, line, heads.get(line), at=at) for line in lines)]


def take_free(row: Introduction, *, at: datetime) -> list[Write]:
    """Return the writes that make an introduction first in those of its lines where nobody is."""
    held = _heads(set(lines_of(row)))
    return [writes.insert(first_of(row, line, at=at)) for line in lines_of(row) if line not in held]


def find_holders(heads: Mapping[str, FirstInLine]) -> dict[str, Introduction]:
    """Return the introductions that are first, by line: by one read."""
    stored = find_all(head.introduction_id for head in heads.values())
    return {line: stored[head.introduction_id] for line, head in heads.items() if head.introduction_id in stored}


def find_heads(row: Introduction) -> dict[str, FirstInLine]:
    """Return who is first in an introduction's lines, by line."""
    return _heads(set(lines_of(row)))


def move_up(
    row: Introduction,
    *,
    reason: Reason,
    by: By,
    keys: list[str],
    at: datetime,
    actor: str | None = None,
    evidence: str | None = None,
) -> Change:
    """
    Return the change with which one that waited is received as the first; the promise of an answer begins anew.

    It is first by *keys*, and has no others from then on.
    """
    answer_by = receiving.respond_by(programs.find(row.program_id).program, at)
    return changed(
        row,
        "received",
        by=by,
        at=at,
        actor=actor,
        reason=reason,
        evidence=evidence,
        claimed_at=at if reason == "named_by_person" else None,
        keys=keys,
        place_in_line=1,
        first_since=None,
        first_until=None,
        respond_by=answer_by,
        protected_until=answer_by,
    )


def first_of(row: Introduction, line: str, *, at: datetime) -> FirstInLine:
    """Return the row that says an introduction is first in a line."""
    return FirstInLine(line, HEAD, introduction_id=row.id, partner_id=row.partner_id, since=at)


def waiting_of(row: Introduction, line: str, received_at: datetime) -> WaitingInLine:
    """Return the row that says an introduction waits in a line."""
    sort = waiting_key(received_at, row.id)
    return WaitingInLine(line, sort, introduction_id=row.id, partner_id=row.partner_id)


def take(row: Introduction, line: str, head: FirstInLine | None, *, at: datetime) -> Write:
    """Return the write that makes an introduction first in a line, in place of who is; nobody may join meanwhile."""
    first = first_of(row, line, at=at)
    return writes.insert(first) if head is None else writes.put_if(first, _unchanged(head))


def _is_phone(line_or_key: str) -> bool:
    return "phone#" in line_or_key


def _joins(head: FirstInLine) -> Write:
    same = FirstInLine.introduction_id == head.introduction_id
    return writes.update_if(head, FirstInLine.joined.add(1), condition=same)


def _unchanged(head: FirstInLine) -> RowCondition:
    condition: RowCondition = (FirstInLine.introduction_id == head.introduction_id) & (
        FirstInLine.joined == head.joined
    )
    return condition


def _heads(lines: set[str]) -> dict[str, FirstInLine]:
    stored = rows.find_all(FirstInLine, [(line, HEAD) for line in sorted(lines)])
    return {line: head for (line, _), head in stored.items()}


def _candidates(lines: Iterable[str], skip: Collection[str]) -> Iterator[list[Introduction]]:
    """Yield those who wait in lines as they were received, some at a time; no line is read further than it is used."""
    before, left = set(skip), islice(_waiting(lines), _MOST_LOOKED_AT)
    while batch := list(islice(left, _BATCH)):
        identifiers = [one for one in dict.fromkeys(row.introduction_id for row in batch) if one not in before]
        before |= set(identifiers)
        stored = find_all(identifiers)
        yield [stored[one] for one in identifiers if one in stored and stored[one].state == "second_in_line"]


def _waiting(lines: Iterable[str]) -> Iterator[WaitingInLine]:
    """Yield who waits in lines, the first received of all first."""
    reading = [each_waiting(line, page=_BATCH) for line in lines]
    ahead = {rest: row for rest in reading if (row := next(rest, None)) is not None}
    while ahead:
        rest = min(ahead, key=lambda one: str(ahead[one].sort))
        yield ahead.pop(rest)
        if (row := next(rest, None)) is not None:
            ahead[rest] = row
