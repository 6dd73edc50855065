"""Sends partners what their month came to: on a schedule, as often as one likes."""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.kit import rows
from chalicelib.ledger.statement import statement
from chalicelib.messages.table import Message, Month
from chalicelib.messages.thank import message_of, put
from chalicelib.partners import find as partners
from chalicelib.partners.table import Partner, Progress
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.shapes import PartnerStatsQuery
from chalicelib.stats.sum_up import of_one_partner

log = logging.getLogger(__name__)

MONTHLY = "monthly"
_MOST_SECONDS = 200
_PAGE = 25
# A month is over everywhere on Earth this long after it is over in UTC.
_OVER_EVERYWHERE = timedelta(hours=14)


def send_monthly(*, at: datetime) -> int:
    """
    Put a letter for each partner and programme in which something happened last month; return how many.

    A month's letter has one key, so run twice, late, in parallel or after a crash nobody is told
    twice; who had nothing, or has no address, is not written to. What cannot be done in its time the
    next run goes on with; once a month was walked through, there is nothing to do until the next.
    """
    until = time.monotonic() + _MOST_SECONDS
    month = _last_month(at)
    progress = rows.find(Progress, MONTHLY, "progress")
    known = json.loads(progress.position) if progress else {}
    if known.get("month") == month and known["done"]:
        return 0
    position = known["position"] if known.get("month") == month else None
    told = 0
    while True:
        page, position = partners.page(limit=_PAGE, position=position)
        letters = [letter for partner in page if partner.email for letter in _letters(partner, month, at=at)]
        put(letters)
        told += len(letters)
        reached = {"month": month, "position": position, "done": position is None}
        Progress(MONTHLY, "progress", position=json.dumps(reached)).save()
        if position is None or time.monotonic() > until:
            log.info("%s letters about %s", told, month)
            return told


def _last_month(at: datetime) -> str:
    first = (at - _OVER_EVERYWHERE).astimezone(UTC).replace(day=1)
    return f"{first - timedelta(days=1):%Y-%m}"


def _letters(partner: Partner, month: str, *, at: datetime) -> list[Message]:
    found = []
    for enrolment in partners.find(partner.id).enrolments:
        program = programs.find(enrolment.program_id).program
        letter = _letter(partner, program, month, at=at)
        if letter is not None:
            found.append(letter)
    return found


def _letter(partner: Partner, program: Program, month: str, *, at: datetime) -> Message | None:
    """Return what to tell of a month by the programme's calendar, or None if nothing happened."""
    zone = ZoneInfo(program.timezone)
    begin = datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone)
    end = (begin + timedelta(days=31)).replace(day=1)
    last = (end - timedelta(days=1)).date().isoformat()
    asked = PartnerStatsQuery(from_=f"{month}-01", to=last, timezone=program.timezone, program=program.id)
    totals = of_one_partner(partner.id, asked, at=at).totals
    account = statement(partner.id, program.currency, begin=begin, end=end, limit=1, position=None)
    figures = Month(
        month=month,
        clicks=totals.clicks.human,
        signups=totals.leads,
        sales=totals.sales,
        due=account.closing["due"],
        paid=account.closing["paid"] - account.opening["paid"],
    )
    earned = totals.referrer_rewards.net
    if not any((figures.clicks, figures.signups, figures.sales, earned)):
        return None
    message = message_of(MONTHLY, f"{program.id}#{month}", partner.id, program.id, at=at)
    message.amount, message.currency, message.figures = earned, program.currency, figures
    return message
