"""The daily walk: checks every partner and every target, and opens or resolves action items. Scheduled; idempotent."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.ids import mode_of
from chalicelib.kit.walk import Deadline
from chalicelib.onboarding.partner_facts import Checked, HeldRewards, gather, held_for_review
from chalicelib.partners import find as partners
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import Program
from chalicelib.targets.derive import Subject, derive, find_checks, find_current
from chalicelib.targets.kinds import Figures, PeriodSums, RuleName
from chalicelib.targets.measure import METRICS, PARTNER, in_force, measure
from chalicelib.targets.progress import round_half_up
from chalicelib.targets.rules import rules_that_hold, urgency
from chalicelib.targets.set_target import list_all
from chalicelib.targets.shapes import TargetProgress
from chalicelib.targets.table import (
    SUMMARY,
    ActionItem,
    Check,
    Summary,
    Target,
    check_ins_of,
    check_key,
    summary_key,
    walk_key,
)

log = logging.getLogger(__name__)

_MOST_SECONDS = 240.0
_PAGE = 25
_PAGE_OF_ROWS = 100
# Of a program's open items, how many the pages have at hand in their order.
MOST_FIRST = 50


def check_partners(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> int:
    """
    Check all partners and targets of every program, once a local day; returns how many partners were checked.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes. A program takes at most
    half of the remaining time, so that a large program does not delay the others.
    """
    deadline, number = Deadline(most_seconds), 0
    held: dict[str, HeldRewards] = {}
    failures: list[Exception] = []
    for program in walk.each(partial(programs.walk_every_mode, limit=_PAGE_OF_ROWS)):
        today = program.calendar.day_of(at)
        if program.is_deleted or _is_checked(program, today):
            continue
        mode = mode_of(program.id)
        held[mode] = held[mode] if mode in held else held_for_review(mode, at=at)
        try:
            number += _check_program(program, held[mode], today=today, at=at, deadline=deadline.half())
        except Exception as failure:
            # One program's failure does not stop the others; the run fails in the end.
            log.exception("%s could not be checked", program.id)
            failures.append(failure)
        if deadline.passed:
            break
    if failures:
        raise ExceptionGroup("programs that could not be checked", failures)
    return number


def _is_checked(program: Program, today: date) -> bool:
    summary = rows.find(Summary, summary_key(program.id), SUMMARY)
    return summary is not None and summary.day >= today.isoformat()


def _check_program(program: Program, held: HeldRewards, *, today: date, at: datetime, deadline: Deadline) -> int:
    terms, number = programs.read(program.id), 0
    read = partial(partners.walk_enrolled, program.id, limit=_PAGE)
    day = today.isoformat()
    for page in walk.resume("targets", walk_key(program.id), read, deadline=deadline, once=day):
        _check_page(terms, page, held, today=today, at=at)
        number += len(page)
    if not deadline.passed:
        _finish(program, today=today, at=at, deadline=deadline)
    return number


def _check_page(
    terms: ProgramTerms, page: Sequence[Enrollment], held: HeldRewards, *, today: date, at: datetime
) -> None:
    program_id = terms.program.id
    checked = gather(terms, page, held, at=at)
    subjects = {one: Subject(program_id, one, worth=checked[one].worth) for one in checked}
    before = find_checks(subjects.values())
    items = find_current(before.values())
    for partner_id, one in checked.items():
        subject = subjects[partner_id]
        row = _row_of(before.get(subject.key) or Check(*subject.key), one, program_id, today=today, at=at)
        holding = rules_that_hold(one.facts) if one.facts is not None else {}
        derive(subject, row, holding, items, today=today, at=at)


def _row_of(before: Check, checked: Checked, program_id: str, *, today: date, at: datetime) -> Check:
    """Return what was found out now, with the version and the current items of before."""
    concern = checked.concern
    return Check(
        before.id,
        before.sort,
        object=check_ins_of(program_id) if concern is not None else None,
        program_id=program_id,
        current=before.current,
        version=before.version,
        day=today.isoformat(),
        step=checked.step,
        why=concern.why if concern is not None else None,
        since=concern.since if concern is not None else None,
        category=checked.category,
        tier=checked.tier,
        sums=checked.sums,
        checked_at=at,
    )


def _finish(program: Program, *, today: date, at: datetime, deadline: Deadline) -> None:
    """Once all partners were checked: sum up categories and tiers, check the targets, and order what is to do."""
    groups: dict[str, PeriodSums] = {}
    open_items: list[ActionItem] = []
    concerns = 0
    for page in walk.pages(partial(partners.walk_enrolled, program.id, limit=_PAGE_OF_ROWS)):
        if deadline.passed:
            # The next run begins with this again.
            return
        checks = list(rows.find_all(Check, [(one.id, check_key(program.id)) for one in page]).values())
        concerns += sum(one.object is not None for one in checks)
        for check in checks:
            _add(groups, check)
        open_items += _open(checks)
    summary = Summary(summary_key(program.id), SUMMARY, day=today.isoformat(), groups=groups, checked_at=at)
    open_items += _open(_check_targets(program, summary, today=today, at=at))
    open_items.sort(key=lambda one: urgency(one.rule, one.worth, one.id))
    counts: dict[str, int] = defaultdict(int)
    for item in open_items:
        counts[item.rule] += 1
    summary.first = [(one.id, one.partner_id or "") for one in open_items[:MOST_FIRST]]
    summary.counts, summary.concerns = counts, concerns
    writes.commit(writes.put_if(summary, Summary.day.does_not_exist() | (Summary.day <= summary.day)))


def _open(checks: Iterable[Check]) -> Iterator[ActionItem]:
    return (item for item in find_current(checks).values() if item.state == "open")


def _add(groups: dict[str, PeriodSums], check: Check) -> None:
    """Add a partner's numbers to those of their category and their tier."""
    for name in (f"category:{check.category}", f"tier:{check.tier}"):
        sums = groups.setdefault(name, {})
        for period, (first, values) in check.sums.items():
            begun, before = sums.get(period, (first, [0] * len(METRICS)))
            if begun == first:
                sums[period] = first, [one + other for one, other in zip(before, values, strict=True)]


def _check_targets(program: Program, summary: Summary, *, today: date, at: datetime) -> list[Check]:
    """Open an action item for each target that is behind, and resolve those that no longer are, or have ended."""
    targets = list_all(program.id)
    progress = measure(program, [one for one in targets if in_force(one, today)], summary=summary, at=at)
    subjects = {one.id: _subject(one) for one in targets}
    before = find_checks(subjects.values())
    items = find_current(before.values())
    checks = []
    for target in targets:
        subject, now = subjects[target.id], progress.get(target.id)
        row = before.get(subject.key) or Check(*subject.key, program_id=program.id)
        holding = _behind(target, now)
        unknown = now is not None and now.status is None
        idle = unknown or (not holding and not row.current)
        if idle or derive(subject, row, holding, items, today=today, at=at):
            checks.append(row)
    return checks


def _subject(target: Target) -> Subject:
    partner_id = target.subject.removeprefix(PARTNER) if target.subject.startswith(PARTNER) else None
    return Subject(target.program_id, partner_id, target.id)


def _behind(target: Target, now: TargetProgress | None) -> dict[RuleName, Figures]:
    """Return the rule that a target which is behind fulfills, with its numbers."""
    if now is None or now.status != "behind" or now.actual is None:
        return {}
    figures: Figures = {
        "for": target.subject,
        "metric": target.metric,
        "value": target.value,
        "actual": now.actual,
        "expected": round_half_up(Fraction(now.expected.numerator, now.expected.denominator)),
        "until": now.to,
    }
    return {"target_behind": figures}
