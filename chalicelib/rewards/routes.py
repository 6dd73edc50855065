"""Rewards and what is owed, over HTTP."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import NoQuery
from chalicelib.notes.note import view_note, view_notes
from chalicelib.notes.table import Note, new_note
from chalicelib.rewards.find import RewardState, find, list_held
from chalicelib.rewards.liability import Liability, sum_liability
from chalicelib.rewards.shapes import (
    FulfillmentReport,
    HeldQuery,
    LiabilityQuery,
    LiabilityView,
    Review,
    RewardView,
)
from chalicelib.rewards.table import REVIEW

routes = Blueprint(__name__)


@routes.route("/v1/rewards", methods=["GET"])
@endpoint(routes, scope="stats:read", query=HeldQuery, answer=Page[RewardView])
def list_held_rewards(call: Call[None, HeldQuery]) -> Page[RewardView]:
    """List held rewards: those for review, or those that are due on a day."""
    until = call.query.due_on or REVIEW
    list_name = f"rewards held {until}"
    rewards, rest = list_held(until, limit=call.query.limit, position=cursors.read(call.query.cursor, of=list_name))
    now = instants.text(call.at)
    views = [
        RewardView.of(RewardState(one, one.state, for_review=until == REVIEW), note=note, now=now)
        for one, note in zip(rewards, view_notes(rewards), strict=True)
    ]
    return Page(views, rest is not None, cursors.write(rest, of=list_name))


@routes.route("/v1/rewards/{id}", methods=["GET"])
@endpoint(routes, scope="stats:read", answer=RewardView)
def get_reward(call: Call[None, NoQuery], id: str) -> RewardView:
    """Show a reward and its state."""
    return _view_at(call.at)(find(id))


def _view_at(at: datetime, *, new: Note | None = None) -> Callable[[RewardState], RewardView]:
    now = instants.text(at)
    return lambda state: RewardView.of(state, note=view_note(state.reward, new=new), now=now)


@routes.route("/v1/rewards/{id}/hold", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=Review, answer=RewardView)
def hold_reward(call: Call[Review, NoQuery], id: str) -> RewardView:
    """Hold a reward until an admin releases or refuses it."""
    # Rare calls: no start of the API waits for what they alone need.
    from chalicelib.rewards import review

    note = new_note(call.body.note, at=call.at)
    view = _view_at(call.at, new=note)
    return view(review.hold(id, note, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/rewards/{id}/release", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=Review, answer=RewardView)
def release_reward(call: Call[Review, NoQuery], id: str) -> RewardView:
    """Make a held reward due now."""
    from chalicelib.rewards import review

    note = new_note(call.body.note, at=call.at)
    view = _view_at(call.at, new=note)
    return view(review.release(id, note, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/rewards/{id}/refuse", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=Review, answer=RewardView)
def refuse_reward(call: Call[Review, NoQuery], id: str) -> RewardView:
    """Refuse what is left of a reward that was not paid yet, for good."""
    from chalicelib.rewards import review

    note = new_note(call.body.note, at=call.at)
    view = _view_at(call.at, new=note)
    return view(review.refuse(id, note, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/rewards/{id}/fulfill", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=FulfillmentReport, answer=RewardView)
def fulfill_reward(call: Call[FulfillmentReport, NoQuery], id: str) -> RewardView:
    """Mark a benefit as given by hand."""
    from chalicelib.rewards.fulfill import fulfill

    view = _view_at(call.at)
    return view(fulfill(id, call.body.reference, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/liability", methods=["GET"])
@endpoint(routes, scope="stats:read", query=LiabilityQuery, answer=LiabilityView)
def get_liability(call: Call[None, LiabilityQuery]) -> LiabilityView:
    """Add up what is owed in a currency: due, frozen, and held by the day it will be due."""
    currency = call.query.currency
    cursor = cursors.read(call.query.cursor, of=f"liability {currency}")
    liability = sum_liability(msgspec.convert(cursor, Liability) if cursor else Liability(), currency, at=call.at)
    rest = None if liability.done else msgspec.to_builtins(liability)
    return LiabilityView.of(liability, currency=currency, cursor=cursors.write(rest, of=f"liability {currency}"))
