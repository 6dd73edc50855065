"""Rewards and what is owed, over HTTP."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery
from chalicelib.notes.note import view_note
from chalicelib.notes.table import Note, new_note
from chalicelib.rewards.find import RewardState, find
from chalicelib.rewards.liability import Liability, sum_liability
from chalicelib.rewards.shapes import (
    FulfillmentReport,
    LiabilityQuery,
    LiabilityView,
    Review,
    RewardsQuery,
    RewardView,
)

routes = Blueprint(__name__)


@routes.route("/v1/rewards", methods=["GET"])
@endpoint(routes, scope="rewards:read", query=RewardsQuery, answer=ListPage[RewardView])
def list_rewards(call: Call[None, RewardsQuery]) -> ListPage[RewardView]:
    """List rewards as they are now, newest first, for 400 days; or those that wait."""
    from chalicelib.search import rewards

    return rewards.list_rewards(call.query, at=call.at)


@routes.route("/v1/rewards/{id}", methods=["GET"])
@endpoint(routes, scope="rewards:read", answer=RewardView)
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
    """Refuse the rest of a reward that was not paid yet, permanently."""
    from chalicelib.rewards import review

    note = new_note(call.body.note, at=call.at)
    view = _view_at(call.at, new=note)
    return view(review.refuse(id, note, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/rewards/{id}/fulfill", methods=["POST"])
@endpoint(routes, scope="rewards:write", body=FulfillmentReport, answer=RewardView)
def fulfill_reward(call: Call[FulfillmentReport, NoQuery], id: str) -> RewardView:
    """Mark a benefit as given by hand, with the code that its owner needs, or with another one."""
    from chalicelib.rewards.codes import replace_code
    from chalicelib.rewards.fulfill import GivingReport, fulfill

    view = _view_at(call.at)
    body, receipt = call.body, call.receipt_of(view)
    if body.replaces and body.code is not None:
        return view(replace_code(id, body.code, body.instructions, actor=call.actor, at=call.at, receipt=receipt))
    report = GivingReport(body.reference, body.code, body.instructions)
    return view(fulfill(id, report, actor=call.actor, at=call.at, receipt=receipt))


@routes.route("/v1/liability", methods=["GET"])
@endpoint(routes, scope="stats:read", query=LiabilityQuery, answer=LiabilityView)
def get_liability(call: Call[None, LiabilityQuery]) -> LiabilityView:
    """Add up what is owed in a currency: due, frozen, and held by the day it will be due."""
    currency = call.query.currency
    cursor = cursors.read(call.query.cursor, of=f"liability {currency}")
    liability = sum_liability(msgspec.convert(cursor, Liability) if cursor else Liability(), currency, at=call.at)
    rest = None if liability.done else msgspec.to_builtins(liability)
    return LiabilityView.of(liability, currency=currency, cursor=cursors.write(rest, of=f"liability {currency}"))
