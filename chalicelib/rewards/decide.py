"""Decides what conversions and refunds earn, and enters it in the ledger; once each, both or neither."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.conversions.table import Conversion, ConversionRow, Refund
from chalicelib.kit import rows, writes
from chalicelib.ledger.append import append
from chalicelib.programs import find as programs
from chalicelib.rewards import plan
from chalicelib.rewards.find import decision_of
from chalicelib.rewards.plan import Plan
from chalicelib.rewards.table import DECISION, Decision

log = logging.getLogger(__name__)

_TRIES = 10


def decide(reported: Iterable[ConversionRow], *, at: datetime) -> None:
    """
    Decide every conversion and refund that is not decided yet.

    Streams deliver at least once and in any order between items: what was decided before stays, and
    a refund that comes before its sale decides the sale first.
    """
    known = list(reported)
    conversions = [row for row in known if isinstance(row, Conversion)]
    refunds = [row for row in known if isinstance(row, Refund)]
    _settle([_plan(one, at=at) for one in _undecided(conversions)], at=at)
    # One at a time: two refunds of one sale in one transaction would be one cause with two effects.
    for refund in refunds:
        if decision_of(refund.refund_id) is None:
            _settle([_reversal(refund, at=at)], at=at)


def _undecided(conversions: list[Conversion]) -> list[Conversion]:
    decided = rows.find_all(Decision, [(one.id, DECISION) for one in conversions]) if conversions else {}
    return list({one.id: one for one in conversions if (one.id, DECISION) not in decided}.values())


def _plan(conversion: Conversion, *, at: datetime) -> Plan:
    promise = programs.with_version(conversion.program_id, conversion.terms_version)
    return plan.for_conversion(conversion, promise.version(conversion.terms_version), at=at)


def _reversal(refund: Refund, *, at: datetime) -> Plan:
    sale = rows.find(Conversion, refund.id, "conversion")
    if sale is None:
        raise ValueError(f"refund {refund.refund_id} has no sale")
    decided = decision_of(sale.id)
    if decided is None:
        _settle([_plan(sale, at=at)], at=at)
        decided = decision_of(sale.id)
    assert decided is not None, "a sale just decided has no decision"
    promise = programs.with_version(sale.program_id, sale.terms_version)
    return plan.for_refund(refund, sale, decided, promise.version(sale.terms_version), at=at)


def _settle(plans: list[Plan], *, at: datetime) -> None:
    """Write plans, many a transaction; where a condition fails, one by one."""
    for together in _fitting(plans):
        if len(together) > 1 and _written(together, at=at):
            continue
        for one in together:
            _settle_alone(one, at=at)


def _settle_alone(one: Plan, *, at: datetime) -> None:
    for attempt in range(_TRIES):
        if _written([one], at=at):
            return
        if decision_of(one.decision.pk) is not None:
            log.info("%s: decided before", one.decision.pk)
            return
        writes.pause(attempt)
    raise RuntimeError(f"{one.decision.pk}: its accounts are too busy")


def _written(plans: list[Plan], *, at: datetime) -> bool:
    decided = [writes.put_new(row) for one in plans for row in (one.decision, one.outcome)]
    moved = append((movement for one in plans for movement in one.movements), at=at)
    return not writes.commit(*decided, *moved)


def _fitting(plans: list[Plan]) -> Iterator[list[Plan]]:
    """Cut plans into lots of at most a hundred items, the most one transaction takes."""
    lot: list[Plan] = []
    items = 0
    for one in plans:
        size = 2 + 2 * len(one.movements)
        if items + size > writes.MOST_WRITES:
            yield lot
            lot, items = [], 0
        lot.append(one)
        items += size
    if lot:
        yield lot
