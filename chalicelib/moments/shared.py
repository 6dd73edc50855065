"""Finds who, of those who joined when they were asked, has shared their link: once somebody came by it. Scheduled."""

import logging
from datetime import datetime, timedelta
from functools import partial

from chalicelib.kit import walk
from chalicelib.kit.dynamo import writes
from chalicelib.kit.revisions import change
from chalicelib.kit.walk import Deadline
from chalicelib.moments.find import moments_in
from chalicelib.moments.move import moved
from chalicelib.moments.states import moves_on
from chalicelib.moments.table import JOINED_LISTS, Moment
from chalicelib.partners import find as partners
from chalicelib.stats.report import partner_totals
from chalicelib.stats.shapes import MOST_DAYS, PartnerStatsQuery

log = logging.getLogger(__name__)

_MOST_SECONDS = 60.0
_PAGE = 50
# Who has not shared by then is looked after no longer.
_LOOKED_AFTER = timedelta(days=120)
# As far back as statistics are asked for at once.
_COUNTED = timedelta(days=MOST_DAYS - 2)


def find_shared(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> int:
    """
    Move on the moments of those by whose links somebody came since they were asked; return how many.

    Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run does the rest, oldest first.
    """
    number, deadline = 0, Deadline(most_seconds)
    for name in JOINED_LISTS:
        for moment in walk.each(partial(moments_in, name, limit=_PAGE), deadline=deadline):
            number += _look(moment, at=at)
    return number


def _look(moment: Moment, *, at: datetime) -> bool:
    since = moment.asked_at or moment.created_at
    if not moves_on(moment.state, "shared") or at - since > _LOOKED_AFTER:
        writes.commit(change(moment, Moment.object.remove()))
        return False
    return _has_shared(moment, since, at=at) and not writes.commit(*moved(moment, "shared"))


def _has_shared(moment: Moment, since: datetime, *, at: datetime) -> bool:
    profile = partners.find_all([moment.partner_id or ""]).get(moment.partner_id or "")
    if profile is None:
        return False
    since = max(since, at - _COUNTED)
    days = {"from_": since.date().isoformat(), "to": at.date().isoformat()}
    totals = partner_totals(profile, PartnerStatsQuery(**days, program=moment.program_id), at=at)
    return any((totals.human, totals.leads, totals.sales))
