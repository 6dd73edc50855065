"""Reconciliation, over HTTP."""

from datetime import date, datetime, timedelta

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import NoQuery
from chalicelib.reconciliation.findings import EVERY_REPAIR, ComparisonProgress
from chalicelib.reconciliation.shapes import CompareQuery, ReconciliationView, Repair, RootQuery, RootVerificationView

routes = Blueprint(__name__)


@routes.route("/v1/roots/verify", methods=["GET"])
@endpoint(routes, scope="audit:read", query=RootQuery, answer=RootVerificationView)
def verify_root(call: Call[None, RootQuery]) -> RootVerificationView:
    """Compare all chains with the last daily root, some seconds a call; reports the first that is not as it was."""
    # Only who asks for it waits for what walks.
    from chalicelib.reconciliation.compare_root import RootProgress, compare_root

    cursor = cursors.read(call.query.cursor, of="verify root")
    progress = msgspec.convert(cursor, RootProgress) if cursor else RootProgress()
    compared = compare_root(progress, at=call.at)
    rest = None if compared.done or compared.bad else msgspec.to_builtins(progress)
    return RootVerificationView(
        object="root_verification",
        day=compared.root.day if compared.root else None,
        root=compared.root.hash if compared.root else None,
        chains=progress.compared,
        bad=compared.bad,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of="verify root"),
    )


@routes.route("/v1/reconciliation", methods=["GET"])
@endpoint(routes, scope="audit:read", query=CompareQuery, answer=ReconciliationView)
def compare_day(call: Call[None, CompareQuery]) -> ReconciliationView:
    """Compare a day's facts with their effects; list every difference with its repair."""
    return _compare(call.query, call, repair=False)


@routes.route("/v1/reconciliation", methods=["POST"])
@endpoint(routes, scope="admin", body=Repair, answer=ReconciliationView, replays=False)
def repair_day(call: Call[Repair, NoQuery]) -> ReconciliationView:
    """Compare a day in the same way, and repair what can be repaired."""
    return _compare(call.body, call, repair=True)


def _compare(request: CompareQuery | Repair, call: Call, *, repair: bool) -> ReconciliationView:  # type: ignore[type-arg]
    # It needs most rooms; only a call for a comparison waits for them.
    from chalicelib.reconciliation.compare import Comparison

    day = _day(request.day, at=call.at)
    list_name = f"reconciliation {request.day} {request.grace_minutes} {repair}"
    cursor = cursors.read(request.cursor, of=list_name)
    if repair and cursor is None:
        # Each repair is a write of its own, which reactions of the same facts would have made.
        call.actor.commit(action="day.repaired", subject=day.isoformat(), at=call.at)
    progress = msgspec.convert(cursor, ComparisonProgress) if cursor else ComparisonProgress()
    comparison = Comparison(
        day,
        progress,
        repairs=EVERY_REPAIR if repair else (),
        grace=timedelta(minutes=request.grace_minutes),
        at=call.at,
    )
    comparison.run()
    rest = None if comparison.done else msgspec.to_builtins(comparison.progress)
    return ReconciliationView(
        object="reconciliation",
        day=day.isoformat(),
        up_to=instants.text(comparison.end),
        checked=comparison.progress.checked,
        differences=comparison.findings.differences,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of=list_name),
    )


def _day(text: str | None, *, at: datetime) -> date:
    """Return the day to compare. Refuses a day in the future."""
    if text is None:
        return at.date()
    try:
        day = instants.parse(f"{text}T00:00:00Z").date()
    except ValueError as error:
        raise InvalidValue("This is not a date.", pointer="/day") from error
    if day > at.date():
        raise InvalidValue(f"This day has not begun: today is {at.date()} (UTC).", pointer="/day")
    return day
