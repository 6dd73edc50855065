"""Shows a conversion: what it is, what of it counts now, what it earned, and all that happened from click to email."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.admin import codes
from chalicelib.admin.codes import name_of_conversion
from chalicelib.admin.english import day, minute, moment, money
from chalicelib.admin.money import evidence
from chalicelib.admin.orders import timeline
from chalicelib.admin.orders.conversion_course import Course, follow
from chalicelib.admin.orders.corrections import TITLES, offered
from chalicelib.admin.page import AdminPage
from chalicelib.conversions.find import find
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Conversion, CorrectedCredit, Correction
from chalicelib.programs import find as programs
from chalicelib.rewards.find import RewardState

# Of what was taken back, more than this is in the timeline alone.
_MOST_ROWS = 10


def conversion(identifier: str, *, done: str = "", at: datetime) -> AdminPage:
    """Show a conversion, and what was just done to it."""
    reported = find(identifier, ConversionQuery())
    course = follow(reported, at=at)
    program = programs.find(reported.program_id).program
    zone = ZoneInfo(program.calendar.zone_at(at))
    credit, now = course.evidence.conversion, course.evidence.decisions.get(course.evidence.conversion.decided_as)
    values: dict[str, Any] = {
        "one": reported,
        "what": name_of_conversion(reported.type),
        "in_program": {"id": program.id, "name": program.name},
        "customer": {"id": reported.customer_id, "name": course.name(reported.customer_id)},
        "partner": {"id": credit.partner_id, "name": course.name(credit.partner_id)} if credit.partner_id else None,
        "credited_by": codes.name_of(credit.attribution),
        "amounts": _amounts(reported),
        "voided": _moment(reported.voided_at, zone) if reported.voided_at else "",
        "why": _why(course, credit, zone),
        "rewards": _rewards(course),
        "decided": now is not None,
        "conditions": evidence.conditions(now, credit, course.evidence.terms) if now is not None else [],
        "terms_version": credit.terms_version,
        "steps": [timeline.view(one, _moment(one.at, zone)) for one in timeline.steps(course)],
        "has_more": course.evidence.has_more_changes,
        "corrections": [(one, TITLES[one]) for one in offered(reported, course.evidence.changes)],
        "done": done,
    }
    return AdminPage("conversion", "conversions", title_of(reported), values)


def _why(course: Course, credit: Conversion, zone: ZoneInfo) -> str:
    """Return why it is credited so; if an admin decided that, who did, when, and with which reason."""
    for change in course.evidence.changes:
        is_it = isinstance(credit, CorrectedCredit) and change.change_id == credit.correction_id
        if isinstance(change, Correction) and is_it:
            who, reason = course.name(change.by), codes.name_of(change.reason)
            return f"{who} decided so on {moment(change.received_at, zone)}: {reason}."
    return evidence.with_days(course.evidence.view().why, zone)


def title_of(reported: Conversion) -> str:
    """Return what a conversion is called where its number says which it is."""
    return f"{name_of_conversion(reported.type).capitalize()} {reported.external_id}"


def _amounts(reported: Conversion) -> list[tuple[str, str]]:
    """Return what a conversion comes to: as it was reported, what changed that, and what counts now."""
    if not reported.priced:
        return []
    state, currency = reported.state, reported.currency
    lines = [("Reported", money(reported.amount, currency))]
    if reported.amended is not None:
        lines.append(("Changed to", money(state.total, currency)))
    if state.refunded:
        lines.append(("Refunded", money(state.refunded, currency)))
    counts = 0 if reported.voided_at is not None else state.left
    return [*lines, ("Counts now", money(counts, currency))]


def _rewards(course: Course) -> list[dict[str, Any]]:
    """Return the rewards that stand, and of those that were taken back some."""
    states = list(course.rewards.values())
    standing = [one for one in states if one.state != "reversed"]
    listed = [*standing, *[one for one in states if one.state == "reversed"][: max(0, _MOST_ROWS - len(standing))]]
    return [_reward(course, one) for one in listed]


def _reward(course: Course, state: RewardState) -> dict[str, Any]:
    reward = state.reward
    until = "for review" if state.for_review else f"until {day(reward.due_at)}"
    return {
        "id": reward.pk,
        "owner": course.name(reward.owner_id),
        "to": codes.name_of(reward.to),
        "rule": codes.name_of_rule(reward.rule),
        "granted": reward.benefit.spelled if reward.benefit else money(reward.granted, reward.currency),
        "left": "" if reward.benefit else money(reward.remaining, reward.currency),
        "state": codes.name_of(state.state),
        "until": until if state.state == "held" else "",
    }


def _moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{minute(local)} {local:%Z}"
