"""Sets, replaces and ends targets. Of a subject and a metric, one target is in force at a time."""

from datetime import date, datetime
from functools import partial
from typing import Any, get_args

from chalicelib.audit.actor import Actor
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, NotFound, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test, new_id
from chalicelib.kit.revisions import ANY, IfMatch, change, check_revision
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms, check_not_deleted
from chalicelib.programs.terms import Category
from chalicelib.targets.kinds import TargetPeriod
from chalicelib.targets.measure import PARTNER, PROGRAM
from chalicelib.targets.periods import first_day
from chalicelib.targets.shapes import NewTarget, TargetEnd, TargetReplacement
from chalicelib.targets.table import CLAIM, TARGET, Claim, Target, claim_key, targets_of

# A page and an answer have room for as many.
MOST_TARGETS = 100
_PAGE = 100


class TargetNotFound(NotFound):
    """There is no such target."""


class TargetOverlaps(Refused):
    """Another target of the same subject and metric is in force then: replace it, or end it first."""

    STATUS_CODE = 409


class TargetEnded(Refused):
    """The target was ended or replaced."""

    STATUS_CODE = 409


class TooManyTargets(Refused):
    """The program has as many targets as it may: end some first."""


def find(identifier: str) -> Target:
    """Return the target with that id."""
    target = rows.find(Target, identifier, TARGET) if identifier.startswith("tgt_") else None
    if target is None:
        raise TargetNotFound(f"There is no target {identifier!r}.")
    return target


@walk.full
def list_page(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Target], dict[str, Any] | None]:
    """Return one page of a program's targets, newest first, and where the next one begins."""
    name = targets_of(program_id)
    page = Target.listed.query(name, scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def list_all(program_id: str) -> list[Target]:
    """Return all targets that a program ever had, newest first."""
    return list(walk.each(partial(list_page, program_id, limit=_PAGE)))


def set_target(reference: str, body: NewTarget, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Target:
    """Set a target. Refused: one that overlaps another of its subject and metric, and one of what there is not."""
    terms = programs.find(reference)
    program = terms.program
    check_not_deleted(program)
    subject = resolve_subject(body.for_, terms)
    begins = _first_day(body.from_, body.period, terms, pointer="/from", at=at)
    today = program.calendar.day_of(at).isoformat()
    alive = [one for one in list_all(program.id) if one.until is None or one.until > today]
    if len(alive) >= MOST_TARGETS:
        raise TooManyTargets(f"A program has at most {MOST_TARGETS} targets.")
    row = _row(program.id, subject, body.metric, body.period, body.value, begins, at=at)
    for _ in writes.attempts():
        claim = _claim(row)
        check_overlap(claim, begins, body.metric)
        placed = _move(claim, {**claim.spans, row.id: (begins, None)})
        changes = [writes.insert(row), placed, *receipt(row)]
        if not actor.commit(*changes, action="target.set", subject=row.id, part=program.id, at=at):
            return row
    raise Busy("This target is being changed too often right now; send the same call again.")


def end_target(identifier: str, body: TargetEnd, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> Target:
    """End a target from the first day of a period on, by default the current one. Idempotent."""
    for _ in writes.attempts():
        target = find(identifier)
        until = _first_day(body.until, target.period, programs.find(target.program_id), pointer="/until", at=at)
        until = max(until, target.begins)
        if target.until == until and target.replaced_by is None:
            return target
        _check_alive(target, if_match)
        claim = _claim(target)
        actions = [Target.until.set(until), Target.ended_at.set(at)]
        changes = [change(target, *actions), _move(claim, _ended(claim, target, until))]
        if not actor.commit(*changes, action="target.ended", subject=target.id, part=target.program_id, at=at):
            return find(identifier)
    raise Busy("This target is being changed too often right now; send the same call again.")


def replace_target(
    identifier: str,
    body: TargetReplacement,
    *,
    if_match: IfMatch = ANY,
    actor: Actor,
    at: datetime,
    receipt: Receipt = no_receipt,
) -> Target:
    """End a target, and set another value in its place, from the first day of a period on; returns the new target."""
    for _ in writes.attempts():
        target = find(identifier)
        terms = programs.find(target.program_id)
        begins = max(_first_day(body.from_, target.period, terms, pointer="/from", at=at), target.begins)
        _check_alive(target, if_match)
        row = _row(target.program_id, target.subject, target.metric, target.period, body.value, begins, at=at)
        claim = _claim(target)
        actions = [Target.until.set(begins), Target.ended_at.set(at), Target.replaced_by.set(row.id)]
        placed = _move(claim, {**_ended(claim, target, begins), row.id: (begins, None)})
        changes = [change(target, *actions), writes.insert(row), placed, *receipt(row)]
        if not actor.commit(*changes, action="target.replaced", subject=target.id, part=target.program_id, at=at):
            return row
    raise Busy("This target is being changed too often right now; send the same call again.")


def resolve_subject(written: str, terms: ProgramTerms) -> str:
    """Return a target's subject with our own ids. Refuses what the program does not have."""
    kind, _, name = written.partition(":")
    if written == PROGRAM:
        return written
    if kind == "category" and name in get_args(Category):
        return written
    if kind == "tier" and any(tier.name == name for version in terms.versions for tier in version.tiers):
        return written
    if kind == "partner" and name:
        try:
            profile = partners.find_to_change(name)
        except partners.PartnerNotFound as error:
            raise partners.PartnerNotFound(error.detail, pointer="/for") from error
        if profile.enrollment(terms.program.id) is None:
            raise partners.PartnerNotEnrolled("This partner is not in the program.", pointer="/for")
        return f"{PARTNER}{profile.partner.id}"
    allowed = [PROGRAM, *(f"category:{one}" for one in get_args(Category))]
    allowed += dict.fromkeys(f"tier:{tier.name}" for version in terms.versions for tier in version.tiers)
    raise InvalidValue(f"A target is for one of {', '.join(allowed)}, or `partner:` and an id.", pointer="/for")


def check_overlap(claim: Claim, begins: str, metric: str) -> None:
    """Refuse a target without an end from a day on, if another one is in force then, or later."""
    for identifier, (_, until) in claim.spans.items():
        if until is None or until > begins:
            raise TargetOverlaps(
                f"{identifier} is already a target of {metric} for this; replace it, or end it first.",
                pointer="/from",
                details={"target": identifier},
            )


def _check_alive(target: Target, if_match: IfMatch) -> None:
    check_revision(target, if_match)
    if target.until is not None:
        raise TargetEnded(f"This target was ended: its last day is the one before {target.until}.")


def _first_day(written: str | None, period: str, terms: ProgramTerms, *, pointer: str, at: datetime) -> str:
    """Return the first day of a period, as it was sent, or of the current one."""
    kind: TargetPeriod = period  # type: ignore[assignment]
    if written is None:
        return first_day(kind, terms.program.calendar.day_of(at)).isoformat()
    try:
        day = date.fromisoformat(written)
    except ValueError as error:
        raise InvalidValue("There is no such day.", pointer=pointer) from error
    if day != (first := first_day(kind, day)):
        raise InvalidValue(f"A {period} begins on its first day, such as {first.isoformat()}.", pointer=pointer)
    return day.isoformat()


def _row(program_id: str, subject: str, metric: str, period: str, value: int, begins: str, *, at: datetime) -> Target:
    return Target(
        new_id("tgt", at, test=is_test(program_id)),
        TARGET,
        object=targets_of(program_id),
        program_id=program_id,
        subject=subject,
        metric=metric,
        period=period,
        value=value,
        begins=begins,
        created_at=at,
    )


def _claim(target: Target) -> Claim:
    key = claim_key(target.program_id, target.subject, target.metric)
    return rows.find(Claim, key, CLAIM) or Claim(key, CLAIM)


def _ended(claim: Claim, target: Target, until: str) -> dict[str, tuple[str, str | None]]:
    """Return what is in force, without a target from a day on."""
    spans = {one: span for one, span in claim.spans.items() if one != target.id}
    return spans if until <= target.begins else {**spans, target.id: (target.begins, until)}


def _move(claim: Claim, spans: dict[str, tuple[str, str | None]]) -> writes.Write:
    moved = Claim(claim.id, CLAIM, spans=spans, version=claim.version + 1)
    return writes.insert(moved) if claim.version == 0 else writes.put_if(moved, Claim.version == claim.version)
