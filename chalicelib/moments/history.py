"""What is known of a customer for asking: kept as it happens, whatever is delivered twice or out of order."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy
from chalicelib.kit.instants import parse
from chalicelib.moments.facts import Fact
from chalicelib.moments.reasons import EVER, YEAR, History
from chalicelib.moments.table import Ask, Asks, asks_key
from chalicelib.referrals.table import Customer

# More sales than any rule counts to.
_MOST_SALES = 12
_UNHAPPY_SCORE = 6
# As many as a year's limit allows, of a few ids that became one.
_MOST_ASKS = 40


def read(customer_id: str, program_id: str) -> Asks:
    """Return what is known of a customer in a program; an empty row if nothing is."""
    key = (customer_id, asks_key(program_id))
    return rows.find(Asks, *key) or Asks(*key, program_id=program_id)


def put(asks: Asks) -> Write:
    """Return the write of a row as it was changed, if nobody else changed it since it was read."""
    before = asks.version
    asks.version = before + 1
    return writes.put_if(asks, Asks.version == before) if before else writes.insert(asks)


def change(customer_id: str, program_id: str, apply: Callable[[Asks], bool]) -> Asks:
    """Change what is known by *apply*, which returns whether anything is new; return it as it is then."""
    for _ in writes.attempts():
        asks = read(customer_id, program_id)
        if not apply(asks) or not writes.commit(put(asks)):
            return asks
    raise Busy("Too many reports about this customer at once; send the same call again.")


def note(fact: Fact, report: Conversion | None) -> int:
    """
    Keep what a fact says of its customer: a sale, a low score, a refund or its end. Idempotent.

    Returns which of the customer's sales it is, the first being 1; 0 if it is none, or one of many.
    """
    if fact.customer_id is None:
        return 0
    notes = _notes(fact, report)
    if notes is None:
        return 0
    asks = change(fact.customer_id, fact.program_id, notes)
    return asks.sales.index(fact.subject_id) + 1 if fact.subject_id in asks.sales else 0


def _notes(fact: Fact, report: Conversion | None) -> Callable[[Asks], bool] | None:
    if fact.type == "conversion.refunded":
        return partial(_later, "refunded_at", fact.occurred_at)
    if fact.type == "conversion.restored":
        return partial(_later, "restored_at", fact.occurred_at)
    if fact.type != "conversion.recorded" or report is None:
        return None
    if report.type == "sale":
        return partial(_sale, fact.subject_id) if report.counts else None
    score = report.metadata.get("score", "") if report.type == "score" else ""
    if score.isdecimal() and len(score) <= 2 and int(score) <= _UNHAPPY_SCORE:
        return partial(_later, "unhappy_at", report.occurred_at)
    return None


def _sale(conversion_id: str, asks: Asks) -> bool:
    if conversion_id in asks.sales or len(asks.sales) >= _MOST_SALES:
        return False
    asks.sales = [*asks.sales, conversion_id]
    return True


def _later(name: str, moment: datetime, asks: Asks) -> bool:
    before = getattr(asks, name)
    if before is not None and before >= moment:
        return False
    setattr(asks, name, moment)
    return True


def with_ask(asks: Asks, ask: Ask, *, at: datetime) -> Asks:
    """Return the row with one ask more; what is older than every limit goes."""
    lately = [one for one in asks.asks if parse(one.at) > at - 2 * YEAR]
    asks.asks = [*lately, ask][-_MOST_ASKS:]
    return asks


def history_of(customer: Customer, rows_of: Iterable[Asks], *, is_partner: bool, at: datetime) -> History:
    """Return what is known of a customer, put together from all ids that they have or had."""
    every: Sequence[Asks] = list(rows_of)
    return History(
        since=customer.created_at,
        purchases=sum(len(one.sales) for one in every),
        asks=[parse(ask.at) for one in every for ask in one.asks],
        unhappy_at=_last(one.unhappy_at for one in every),
        refunded_at=_last(one.refunded_at for one in every),
        restored_at=_last(one.restored_at for one in every),
        declined_for_ever=any(one.declined_until is not None and _lasts(one.declined_until, at=at) for one in every),
        is_partner=is_partner,
    )


def _lasts(until: str, *, at: datetime) -> bool:
    return until == EVER or parse(until) > at


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
