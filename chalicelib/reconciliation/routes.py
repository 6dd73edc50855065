"""Reconciliation, over HTTP."""

from datetime import timedelta

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import NoQuery
from chalicelib.reconciliation.compare import Comparison, Progress
from chalicelib.reconciliation.findings import EVERY_REPAIR
from chalicelib.reconciliation.shapes import CompareQuery, ReconciliationView, Repair

routes = Blueprint(__name__)


@routes.route("/v1/reconciliation", methods=["GET"])
@endpoint(routes, scope="stats:read", query=CompareQuery, answer=ReconciliationView)
def compare_day(call: Call[None, CompareQuery]) -> ReconciliationView:
    """Compare a day's facts with all that should have followed; list every difference with its repair."""
    return _walk(call.query, call, repair=False)


@routes.route("/v1/reconciliation", methods=["POST"])
@endpoint(routes, scope="admin", body=Repair, answer=ReconciliationView, replays=False)
def repair_day(call: Call[Repair, NoQuery]) -> ReconciliationView:
    """Compare a day in the same way, and repair what can be repaired."""
    return _walk(call.body, call, repair=True)


def _walk(asked: CompareQuery | Repair, call: Call, *, repair: bool) -> ReconciliationView:  # type: ignore[type-arg]
    try:
        day = instants.parse(f"{asked.day}T00:00:00Z").date()
    except ValueError as error:
        raise InvalidValue("This is not a date.", pointer="/day") from error
    named = f"reconciliation {asked.day} {asked.grace_minutes} {repair}"
    seen = cursors.read(asked.cursor, of=named)
    progress = msgspec.convert(seen, Progress) if seen else Progress()
    walk = Comparison(
        day, progress, repairs=EVERY_REPAIR if repair else (), grace=timedelta(minutes=asked.grace_minutes), at=call.at
    )
    walk.go_on()
    rest = None if walk.done else msgspec.to_builtins(walk.progress)
    return ReconciliationView(
        object="reconciliation",
        day=asked.day,
        up_to=instants.text(walk.end),
        checked=walk.progress.checked,
        differences=walk.findings.differences,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of=named),
    )
