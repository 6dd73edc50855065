"""The first page: what waits for a person, oldest first, and the programs with what is new in them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.adjustments.find import list_waiting
from chalicelib.admin.english import day, minute, money
from chalicelib.admin.first_calls import first_calls
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import overview_pages
from chalicelib.admin.programs.listed import listed
from chalicelib.dead_letters import find as dead_letters
from chalicelib.introductions.shapes import IntroductionsQuery
from chalicelib.kit.dynamo import rows
from chalicelib.notes.note import find_all as find_notes
from chalicelib.onboarding import applications
from chalicelib.outbox.find import count_given_up
from chalicelib.payouts.approval import needs_approval, read_settings
from chalicelib.payouts.find import list_page as list_payouts
from chalicelib.payouts.table import PREPARED, PREPARING
from chalicelib.programs.imprint import has_imprint
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.table import Program
from chalicelib.reconciliation.table import REPORTS, DayReport
from chalicelib.rewards.find import RewardState, find_waiting, held_since
from chalicelib.rewards.table import GIVE, REVIEW
from chalicelib.search.introductions import find_introductions
from chalicelib.users.roles import Rights

# Each program costs one call; the others are on the page of programs.
_MOST_PROGRAMS = 4
_MOST_COUNTED = 99
_LATEST_PAYOUTS = 10
# A message that failed longer ago is in the list of messages only.
_RECENT = timedelta(days=7)
_A_DAY = timedelta(days=1)


class Task(NamedTuple):
    """Work for a person: the page where it is done, a sentence, and since when the oldest part of it waits."""

    path: str
    what: str
    since: datetime | None = None


def today(rights: Rights, last_visit: datetime | None, *, at: datetime) -> AdminPage:
    """Show what needs doing in the programs that *rights* include, oldest first, and the programs themselves."""
    page, more = listed(rights, most=_MOST_PROGRAMS)
    tasks = [task for program in page for task in (*_applications(program), *_introductions(program))]
    tasks += [
        *_rewards(rights),
        *_adjustments(rights),
        *_payouts(rights),
        *_failures(rights, at),
        *_differences(rights, at),
    ]
    values = {
        "tasks": [
            {"path": one.path, "what": one.what, "since": day(one.since) if one.since else ""}
            for one in sorted(tasks, key=lambda task: task.since or at)
        ],
        **first_calls(page),
        "programs": [{"id": one.id, "name": one.name, "is_new": not has_imprint(one)} for one in page],
        "more_programs": more,
        "last_visit": minute(last_visit) if last_visit else "",
        **overview_pages.of_today(page, at=at),
    }
    return AdminPage("today", "today", "Today", values)


def _applications(program: Program) -> Iterator[Task]:
    pending, more = applications.list_page(program.id, applications.PENDING, limit=_MOST_COUNTED, position=None)
    if pending:
        what = _count(len(pending) + (more is not None), "application")
        yield Task(f"/admin/programs/{program.id}/joining", f"{what} to {program.name}", pending[-1].created_at)


def _introductions(program: Program) -> Iterator[Task]:
    if not receiving_of(program).open:
        return
    query = IntroductionsQuery(program=program.id, state="received", limit=_MOST_COUNTED, order="oldest")
    waiting = find_introductions(query)
    if waiting.data:
        what = f"{_count(len(waiting.data) + waiting.has_more, 'introduction')} to answer in {program.name}"
        oldest = waiting.data[0]
        yield Task(f"/admin/programs/{program.id}/introductions", what, oldest.received_at or oldest.created_at)


def _rewards(rights: Rights) -> Iterator[Task]:
    if rights.may("stats:read"):
        for path, queue, what, thing in (
            ("/admin/rewards?waits=review", REVIEW, "to review", "reward"),
            ("/admin/benefits", GIVE, "to give", "benefit"),
        ):
            count, waiting = find_waiting(queue, most=_MOST_COUNTED)
            if count:
                yield Task(path, f"{_count(count, thing)} {what}", _oldest(waiting))


def _oldest(waiting: list[RewardState]) -> datetime | None:
    """Return since when the oldest of some rewards waits: a benefit since it is due, another since an admin held it."""
    notes = find_notes(one.reward for one in waiting)

    def since(state: RewardState) -> datetime:
        return state.fulfillment.created_at if state.fulfillment is not None else held_since(state.reward, notes)

    return min(map(since, waiting), default=None)


def _adjustments(rights: Rights) -> Iterator[Task]:
    if rights.may("rewards:write"):
        waiting, more = list_waiting(limit=_MOST_COUNTED, position=None)
        if waiting:
            what = f"{_count(len(waiting) + (more is not None), 'adjustment')} to approve"
            yield Task("/admin/adjustments", what, waiting[0].created_at)


def _payouts(rights: Rights) -> Iterator[Task]:
    if not rights.may("payouts:write"):
        return
    latest, _ = list_payouts(limit=_LATEST_PAYOUTS, position=None)
    above = read_settings().above if latest else {}
    for payout in latest:
        if payout.status == PREPARING:
            what = f"Payout in {payout.currency}: not prepared to its end"
        elif payout.status == PREPARED and payout.items:
            next_step = "a second person must approve it" if needs_approval(payout, above) else "payments to confirm"
            what = f"Payout of {money(payout.total, payout.currency)}: {next_step}"
        else:
            continue
        yield Task(f"/admin/payouts/{payout.id}", what, payout.created_at)


def _failures(rights: Rights, at: datetime) -> Iterator[Task]:
    if not rights.may("admin"):
        return
    if count := count_given_up(at - _RECENT, most=_MOST_COUNTED):
        yield Task("/admin/messages", f"{_count(count, 'email')} or webhook calls that failed this week")
    if count := dead_letters.count():
        yield Task("/admin/messages#dead-letters", f"{_count(count, 'dead letter')}: records failed to process")


def _differences(rights: Rights, at: datetime) -> Iterator[Task]:
    if not rights.may("admin"):
        return
    # A comparison that has stopped raises an alarm; it is not looked for here.
    report = rows.find(DayReport, REPORTS, (at - _A_DAY).astimezone(UTC).date().isoformat())
    if report is not None and report.left:
        what = f"{_count(report.left, 'difference')} between facts and their effects on {day(report.day)}"
        yield Task("/admin/reconciliation", what, report.begun_at)


def _count(count: int, thing: str) -> str:
    """Return how many there are, in words; a count beyond the limit as `more than`."""
    if count > _MOST_COUNTED:
        return f"More than {_MOST_COUNTED} {thing}s"
    return f"{count} {thing}{'' if count == 1 else 's'}"
