"""Computes the return on a program's cost, from the counts of its reports and the costs that people entered."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from msgspec import structs

from chalicelib.introductions.thanks import done_between
from chalicelib.kit import instants
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reconciliation.promptness_report import emails_sent
from chalicelib.reports.count import Counting
from chalicelib.reports.limits import ReportTooLarge
from chalicelib.reports.query import resolve
from chalicelib.reports.shapes import MOST_ROWS, ReportQuery
from chalicelib.roi import lines, returns
from chalicelib.roi.costs import standing_costs
from chalicelib.roi.fractions import exact
from chalicelib.roi.lines import Line, Priced
from chalicelib.roi.returns import Direct
from chalicelib.roi.service import priced, prices, things
from chalicelib.roi.shapes import (
    Breakdown,
    PricesView,
    ResolvedRoiQuery,
    RoiQuery,
    RoiView,
    UnattributedRevenue,
    Warning_,
)
from chalicelib.roi.table import Cost
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import Span

Sums = Mapping[str | None, Counts]
# The warnings of reports that are warnings of a return.
_OF_REPORTS: tuple[Warning_, ...] = ("range_cut", "open_days_left_out", "still_open_days")


class Counted(NamedTuple):
    """What was counted in some days: of each name, of what no partner is credited with, and of all together."""

    by_name: Sums
    unattributed: Counts
    total: Counts
    counting: Counting


def roi(reference: str, query: RoiQuery, *, at: datetime) -> RoiView:
    """
    Compute what a program returned on its cost over local days, exactly.

    Reads: the report by partner, and by tier or channel where it is broken down by it; the costs of the months; and the
    thanks done and emails sent on the days. The number of reads does not depend on the number of clicks or conversions.
    """
    # Read anew: a margin that was just set counts.
    program = programs.read(programs.find(reference).program.id).program
    counted = count(program, query, at=at)
    counting, span = counted.counting, counted.counting.sums.span
    entered = standing_costs(program.id, span.first, span.last)
    own_lines = _lines(program, counted.total, entered, span, at=at)
    of_model, margin_bp = prices().currency, query.margin_bp or program.margin_bp
    cost = lines.cost_of(own_lines, currency=program.currency, currency_of_model=of_model)
    unattributed, everything = Direct.of(counted.unattributed), Direct.of(counted.total)
    net = everything.net - unattributed.net
    value = returns.value_of(net, margin_bp)
    rows = returns.rows_of(counted.by_name, counted.unattributed, margin_bp=margin_bp, cost=cost) if query.by else []
    if len(rows) > MOST_ROWS:
        raise ReportTooLarge(f"There are {len(rows)} rows; at most {MOST_ROWS} are answered.")
    on_cost = returns.return_on(value, cost)
    return RoiView(
        object="roi",
        program=program.id,
        currency=program.currency,
        query=_resolved(query, program, span),
        as_of=instants.text(counting.as_of),
        complete=counting.complete,
        warnings=list(_warnings(counting.warnings, own_lines, margin_bp, cost, program=program, span=span)),
        revenue=everything.revenue - unattributed.revenue,
        refunded=everything.refunded - unattributed.refunded,
        net_revenue=net,
        unattributed=UnattributedRevenue(
            unattributed.revenue, unattributed.refunded, unattributed.net, counted.unattributed.sales
        ),
        value=exact(value) if value is not None else None,
        lines=lines.view_lines(own_lines, currency=program.currency, currency_of_model=of_model),
        cost=exact(cost),
        roi=on_cost,
        customers=everything.customers,
        cost_per_customer=exact(cost / everything.customers) if everything.customers > 0 else None,
        goodword_cost_source="entered" if _service(own_lines).source == "entered" else "model",
        prices=PricesView(prices().currency, prices().region, prices().published, prices().source),
        rows=rows,
    )


def count(program: Program, query: RoiQuery, *, at: datetime) -> Counted:
    """
    Count what a return is made of: of each partner, or of what the query is broken down by.

    By tier, reports count no clicks, and closed days only: all else is counted of the same days, by partner.
    """
    counting = _count(program, query, by=query.by, at=at)
    whole = counting
    if query.by == "tier":
        span = counting.sums.span
        same_days = structs.replace(query, from_=span.first.isoformat(), to=span.last.isoformat())
        whole = _count(program, same_days, by=None, at=at)
    by_name: dict[str | None, Counts] = defaultdict(Counts)
    unattributed = Counts()
    for (partner, *names), counts in counting.sums.rows.items():
        if partner is None:
            unattributed.add(counts)
        else:
            by_name[names[0] if names else partner].add(counts)
    return Counted(by_name, unattributed, whole.sums.total, counting)


def _count(program: Program, query: RoiQuery, *, by: Breakdown | None, at: datetime) -> Counting:
    """Count by partner, since null is what no partner is credited with; and by a second dimension."""
    names = f"partner,{by}" if by not in (None, "partner") else "partner"
    report = ReportQuery(from_=query.from_, to=query.to, timezone=query.timezone, metrics="net_revenue", by=names)
    return Counting(resolve(report, program), program, at=at)


def _lines(program: Program, counts: Counts, entered: Sequence[Cost], span: Span, *, at: datetime) -> list[Line]:
    """Return all lines, in their order. What was entered of the service replaces the model, its emails included."""
    rewards = Direct.of(counts)
    of_people = lines.entered(entered, span.first, span.last)
    own_lines = [
        lines.counted("referrer_rewards", rewards.referrer_rewards),
        lines.counted("referee_rewards", rewards.referee_rewards),
        lines.counted("thanks", sum(row.cost for row in done_between(program.id, span.first, span.last))),
        *(line for name, line in of_people.items() if name != "service" or line.parts),
    ]
    if not of_people["service"].parts:
        days = _days_so_far(program, span, at=at)
        emails = {"emails": emails_sent(program.id, span)}
        own_lines.append(lines.modeled("service", _priced(things(counts, days=days))))
        own_lines.append(lines.modeled("emails", _priced(emails)))
    return lines.in_order(own_lines)


def _priced(numbers: Mapping[str, int]) -> Iterator[Priced]:
    return (Priced(*one) for one in priced(numbers))


def _days_so_far(program: Program, span: Span, *, at: datetime) -> int:
    """Return on how many of the days the program was there, up to today."""
    first, last = span.calendar.day_of(program.created_at), span.calendar.day_of(at)
    return max((min(span.last, last) - max(span.first, first) + timedelta(days=1)).days, 0)


def _service(own_lines: Sequence[Line]) -> Line:
    return next(line for line in own_lines if line.name == "service")


def _resolved(query: RoiQuery, program: Program, span: Span) -> ResolvedRoiQuery:
    margin_of = "query" if query.margin_bp is not None else "program" if program.margin_bp is not None else None
    return ResolvedRoiQuery(
        from_=span.first.isoformat(),
        to=span.last.isoformat(),
        timezone=span.zone,
        margin_bp=query.margin_bp if query.margin_bp is not None else program.margin_bp,
        margin_of=margin_of,  # type: ignore[arg-type]
        by=query.by,
    )


def _warnings(
    counting: Sequence[str],
    own_lines: Sequence[Line],
    margin_bp: int | None,
    cost: Fraction,
    *,
    program: Program,
    span: Span,
) -> Iterator[Warning_]:
    for name in _OF_REPORTS:
        if name in counting:
            yield name
    if margin_bp is None:
        yield "no_margin"
    if cost <= 0:
        yield "no_cost"
    by_name = {line.name: line for line in own_lines}
    if not by_name["running"].parts:
        yield "no_running_costs"
    if any(line.amount and not lines.counts(line, program.currency, prices().currency) for line in own_lines):
        yield "other_currency"
    if _is_partly_entered(by_name["service"], span.first, span.last):
        yield "service_partly_entered"


def _is_partly_entered(service: Line, first: date, last: date) -> bool:
    """Return whether the service's cost was entered of some months, and not of others."""
    months = {part.what for part in service.parts} if service.source == "entered" else set()
    return bool(months) and months != {*lines.months_between(first, last)}
