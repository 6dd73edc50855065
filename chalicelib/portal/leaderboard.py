"""Shows a partner their place among the partners of a program, where the program wants it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

from chalice.app import Response

from chalicelib.kit.errors import InvalidValue, NotFound
from chalicelib.language import formats
from chalicelib.language.texts import Texts
from chalicelib.partners.find import PartnerProfile
from chalicelib.portal.page import PortalPage, PortalVisit, respond
from chalicelib.portal.session import signed_in
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.leaderboard_shapes import Period
from chalicelib.reports.own_place import MOST_PARTNERS, OwnPlace, SeenPlace, find_own_place

PERIODS: tuple[Period, ...] = get_args(Period)


@signed_in
def show_leaderboard(visit: PortalVisit) -> Response:
    """Show a partner's place in a program and a period; and the first ones, if the program shows names."""
    return respond(visit, leaderboard(visit.profile, visit.t, visit.query, at=visit.at))


def leaderboard(profile: PartnerProfile, t: Texts, query: dict[str, str], *, at: datetime) -> PortalPage:
    """Return what the page of a leaderboard takes; there is none of a program that shows none, or that was left."""
    several = _with_leaderboard(profile)
    program = next((one for one in several if one.id == query.get("program", one.id)), None)
    if program is None:
        raise NotFound("You take part in no program with a leaderboard at this address.")
    period = next((one for one in PERIODS if one == query.get("period", "month")), None)
    if period is None:
        raise InvalidValue("There is no such period.", pointer="/period")
    own = find_own_place(program, profile.partner.id, period, at=at)
    values = {
        "program": program,
        "programs": [(one.id, one.name) for one in several],
        "period": period,
        "periods": [(one, t[f"leaderboard_{one}"]) for one in PERIODS],
        "display_name": profile.partner.display_name,
        "shows_names": program.leaderboard is not None and program.leaderboard.shows == "names",
        "own": _own(own, t) if own is not None else None,
    }
    return PortalPage("leaderboard", values)


def _with_leaderboard(profile: PartnerProfile) -> list[Program]:
    taken = [programs.find(one.program_id).program for one in profile.enrollments if one.left_at is None]
    return [one for one in taken if one.leaderboard is not None and one.leaderboard.shows != "off"]


def _own(own: OwnPlace, t: Texts) -> dict[str, Any]:
    counted = f"ranked_{own.by}"
    listed = [_row(one, counted, t) for one in own.first]
    if own.first and own.rank is not None and not any(one.is_own for one in own.first):
        listed.append(_row(SeenPlace(own.rank, None, own.value, is_own=True), counted, t))
    return {
        "days": t(
            "leaderboard_days",
            first=formats.day(own.first_day, t.locale),
            last=formats.day(own.last_day, t.locale),
        ),
        "complete": own.complete,
        "sentences": list(_sentences(own, counted, t)),
        "rows": listed,
    }


def _sentences(own: OwnPlace, counted: str, t: Texts) -> Iterator[str]:
    """Yield where a partner is, and how far from the next place."""
    what = t(counted, number=own.value)
    if own.rank is not None:
        yield t("own_place", rank=own.rank, ranked=own.ranked, what=what)
    else:
        yield t("own_place_far", most=MOST_PARTNERS, what=what) if own.value else t["own_place_none"]
    if own.behind is not None:
        yield t("behind_next", what=t(counted, number=own.behind))


def _row(place: SeenPlace, counted: str, t: Texts) -> dict[str, Any]:
    return {
        "rank": formats.number(place.rank, t.locale),
        "name": t["you"] if place.is_own else place.name or t["a_partner"],
        "is_named": place.is_own or place.name is not None,
        "is_own": place.is_own,
        "value": t(counted, number=place.value),
    }
