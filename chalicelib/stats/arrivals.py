"""How customers came who sign up: by a click of their own, or in another way; or before their steps were counted."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from chalicelib.clicks import click_ids
from chalicelib.clicks import table as clicks
from chalicelib.clicks.click_ids import ClickId
from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import items, rows
from chalicelib.referrals.table import Referral, referral_key
from chalicelib.stats.journey_table import Arrival, Journey, arrivals_key, journeys_key
from chalicelib.stats.table import program_subject


class Origins(Struct, frozen=True):
    """
    By which click of their own customers came, and new arrivals; and when those were referred who were *early*.

    Early is who was referred before customers were followed. A click is somebody's own if it was a person's, is
    counted, and brought nobody before them: so there are never more customers with a click than clicks.
    """

    early: dict[str, datetime]
    clicks: dict[str, str]
    new: list[Arrival]


def find_origins(
    program_id: str,
    beginnings: Mapping[str, datetime],
    *,
    followed_since: date,
    forget: Callable[[Journey], None],
) -> Origins:
    """
    Return how customers came of whom nothing is counted yet, by when they did something first.

    *forget* takes out of the journey of somebody else what is going to be counted anew: then their click is free.
    """
    keys = [(customer, referral_key(program_id)) for customer in beginnings]
    referrals = {customer: row for (customer, _), row in rows.find_all(Referral, keys).items()}
    early = {one: row.bound_at for one, row in referrals.items() if row.bound_at.date() < followed_since}
    own = _find_clicks({one: row for one, row in referrals.items() if one not in early})
    brought = _find_brought(program_id, {click.sort for click in own.values()}, forget)
    by_click: dict[str, str] = {}
    new = []
    for customer, click in sorted(own.items(), key=lambda one: (beginnings[one[0]], one[0])):
        if click.at <= beginnings[customer] and click.sort not in brought:
            brought.add(click.sort)
            by_click[customer] = click.sort
            new.append(Arrival(arrivals_key(program_subject(program_id)), click.sort, customer_id=customer))
    return Origins(early, by_click, new)


def _find_brought(program_id: str, sorts: set[str], forget: Callable[[Journey], None]) -> set[str]:
    """Return those clicks that have brought somebody who is counted."""
    subject = program_subject(program_id)
    arrivals = rows.find_all(Arrival, [(arrivals_key(subject), sort) for sort in sorted(sorts)])
    several = sorted({row.customer_id for row in arrivals.values()})
    journeys = rows.find_all(Journey, [(journeys_key(subject), customer) for customer in several])
    for journey in journeys.values():
        forget(journey)
    by_click = {sort: journeys.get((journeys_key(subject), row.customer_id)) for (_, sort), row in arrivals.items()}
    return {sort for sort, journey in by_click.items() if journey is not None and journey.click == sort}


def _find_clicks(referrals: Mapping[str, Referral]) -> dict[str, ClickId]:
    """Return the click of a person that each customer was referred by, if there is one that is stored."""
    keys = [(row.conversion_id, "conversion") for row in referrals.values() if row.conversion_id is not None]
    conversions = {identifier: row for (identifier, _), row in rows.find_all(Conversion, keys).items()}
    own = {}
    for customer, referral in referrals.items():
        conversion = conversions.get(referral.conversion_id or "")
        click = _winning_click(conversion) if conversion is not None else None
        if click is not None and click.kind == "human" and click.shard is not None:
            own[customer] = click
    there = items.present(clicks.TABLE, map(_key_of, own.values()))
    return {customer: click for customer, click in own.items() if _key_of(click) in there}


def _winning_click(conversion: Conversion) -> ClickId | None:
    won = next((touch for touch in conversion.considered if touch.won and touch.by == "click"), None)
    return click_ids.stored(won.token) if won is not None else None


def _key_of(click: ClickId) -> tuple[str, str]:
    return clicks.partition_of(click.code_key, f"{click.at:%Y-%m-%dT%H}", click.shard or 0), click.sort
