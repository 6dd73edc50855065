"""The monthly report: enqueues each partner's figures of the month, and milestones. Scheduled; idempotent."""

import logging
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct, to_builtins

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.ledger.statement import statement
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import partner_totals
from chalicelib.stats.shapes import PartnerStatsQuery
from chalicelib.stats.totals import counts_of_partner

log = logging.getLogger(__name__)

MONTHLY, MILESTONE = "monthly", "milestone"
# Numbers of friends that are milestones; the first friend has an email when it earns something (see `triggers`).
MILESTONES = (5, 10, 25, 50, 100, 250, 500, 1000)
# It comes some days after the email about the month.
_NOT_THE_SAME_DAY = timedelta(days=3)
_MOST_SECONDS = 200
_PAGE = 25
# A month is over everywhere on Earth this long after it is over in UTC.
_OVER_EVERYWHERE = timedelta(hours=14)
_A_MINUTE = timedelta(minutes=1)


class MonthlyFigures(Struct, frozen=True):
    """A partner's figures of a month in a program; money in minor units of the message's currency."""

    month: str
    clicks: int
    signups: int
    sales: int
    due: int
    paid: int
    held: int = 0
    # What they can do: action items that are the partner's own.
    next_tier: str = ""
    missing_sales: int = 0
    missing_leads: int = 0
    missing_revenue: int = 0
    unused_links: int = 0


def enqueue_monthly(*, at: datetime) -> int:
    """
    Enqueue an email for each partner and program in which something happened last month; return how many.

    One more is scheduled if a partner's friends reached a milestone in it. A month's email has one key, so
    this is idempotent: safe to run late, twice or concurrently. Who had nothing, or has no address, is not
    written to. Bounded by time; the next run resumes, and once a month was walked through, there is
    nothing to do until the next.
    """
    month = _last_month(at)
    read = partial(partners.walk_page, limit=_PAGE)
    enqueued = 0
    for page in walk.resume("emails", "walk#monthly", read, deadline=Deadline(_MOST_SECONDS), once=month):
        emails = [email for partner in page if partner.email for email in _emails(partner, month, at=at)]
        enqueue(emails)
        enqueued += len(emails)
        log.info("%s emails about %s", enqueued, month)
    return enqueued


def _last_month(at: datetime) -> str:
    first = (at - _OVER_EVERYWHERE).astimezone(UTC).replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def _emails(partner: Partner, month: str, *, at: datetime) -> list[Message]:
    messages = []
    profile = partners.find(partner.id)
    for enrollment in profile.enrollments:
        messages += _report(profile, enrollment, programs.find(enrollment.program_id).program, month, at=at)
    return messages


def _report(
    profile: PartnerProfile, enrollment: Enrollment, program: Program, month: str, *, at: datetime
) -> list[Message]:
    """Return the emails about a month of the program's calendar; none if nothing happened."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    begin, end = program.calendar.midnight(first), program.calendar.midnight(following)
    last = following - timedelta(days=1)
    query = PartnerStatsQuery(from_=first.isoformat(), to=last.isoformat(), program=program.id)
    totals = partner_totals(profile, query, at=at)
    account = statement(enrollment.id, program.currency, begin=begin, end=end, limit=1, position=None)
    figures = MonthlyFigures(
        month=month,
        clicks=totals.human,
        signups=totals.leads,
        sales=totals.sales,
        due=account.closing["due"],
        held=account.closing["held"],
        # A payment of an earlier month may have come back in this one: then nothing was paid, and no less.
        paid=max(0, account.closing["paid"] - account.opening["paid"]),
        **_to_do(enrollment),
    )
    earned = totals.referrer_earned - totals.referrer_reversed
    # Reversals were emailed when they happened: a month with nothing else sends no summary.
    if not any((figures.clicks, figures.signups, figures.sales)) and earned <= 0:
        return []
    message = new_message(MONTHLY, f"{program.id}#{month}", enrollment.id, program.id, at=at)
    message.amount, message.currency, message.figures = earned, program.currency, to_builtins(figures)
    return [message, *_milestone(enrollment, program, totals, end=end, at=at)]


def _to_do(enrollment: Enrollment) -> dict[str, Any]:
    """Return what is open of a partner that they can do themselves."""
    # Only the schedule reads it: what sends emails needs the figures alone.
    from chalicelib.targets.for_partners import find_for_partner

    items = find_for_partner(enrollment.id, enrollment.program_id)
    almost = items["almost_next_tier"].figures if "almost_next_tier" in items else {}
    unused = items["links_unused"].figures if "links_unused" in items else {}
    return {
        "next_tier": almost.get("tier", ""),
        **{f"missing_{name}": almost.get(name, 0) for name in ("sales", "leads", "revenue")},
        "unused_links": unused.get("links", 0),
    }


def _milestone(
    enrollment: Enrollment, program: Program, month: Counts, *, end: datetime, at: datetime
) -> list[Message]:
    """Return the email about the highest milestone reached in a month, if one was; each has one key for ever."""
    if not (month.leads or month.first_sales):
        return []
    ever = counts_of_partner(
        enrollment.id, program.id, since=enrollment.enrolled_at - timedelta(days=1), until=end - _A_MINUTE
    )
    # A friend signs up, or buys for the first time: of what a website reports, what there is more of.
    before = max(ever.leads - month.leads, ever.first_sales - month.first_sales)
    reached = [milestone for milestone in MILESTONES if before < milestone <= max(ever.leads, ever.first_sales)]
    earned = ever.referrer_earned - ever.referrer_reversed
    if not reached or earned <= 0:
        return []
    subject = f"{program.id}#{reached[-1]}"
    message = new_message(MILESTONE, subject, enrollment.id, program.id, at=at, send_at=at + _NOT_THE_SAME_DAY)
    message.amount, message.currency = earned, program.currency
    return [message]
