"""
Walks each program every night: who brought whom, and what flows through each partner. Scheduled; idempotent.

A walk reads a program's partners and their edges into sheets, some at a time, and goes on in the next run where it
ended. Then it adds up what was counted of the closed days, builds the forest in memory, and stores it in the slot that
nobody reads. Memory is bounded by the number of partners that it takes.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from chalicelib.graph.bought import bought_by, count_bought
from chalicelib.graph.edges import read_people
from chalicelib.graph.forest import Forest, Node, Person, build
from chalicelib.graph.read import find_nodes
from chalicelib.graph.table import (
    GRAPH,
    NODES_A_SHEET,
    SOURCES_A_SHEET,
    WALK,
    Graph,
    GraphWalk,
    NodeSheet,
    PeopleSheet,
    PlaceSheet,
    SourceSheet,
    Sums,
    bucket_of,
    find_graph,
    graph_key,
    nodes_key,
    people_key,
    places_key,
    put,
    sheet_key,
    sources_key,
)
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.program_counts import ProgramCounts, read_program_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery
from chalicelib.stats.table import StatsRow

T = TypeVar("T")
log = logging.getLogger(__name__)

# Less than the function's own time-out.
_MOST_SECONDS = 240
# By then, what was received on a day is in the index, and its outcomes are counted.
SETTLED = timedelta(hours=1)
# Partners of a program who have a place in its graph, and those that are read together.
MOST_PARTNERS, _TOGETHER = 250_000, 500
MOST_CYCLES = 100
# A walk that finds no time to add up everything tries again, so often.
_MOST_TRIES = 3
_ANY_DAYS = 400_000
# A run that is storing a graph has ended by then.
_LEASE = timedelta(minutes=10)


def trace_sources(*, at: datetime, most_seconds: float = _MOST_SECONDS) -> None:
    """
    Walk every program whose graph is not of last midnight (UTC), as far as there is time.

    Idempotent: safe to run late, twice or concurrently. A program takes at most half of the remaining time.
    """
    deadline = Deadline(most_seconds)
    as_of = midnight((at - SETTLED).date())
    bought = count_bought(as_of, deadline=deadline.half())
    failures: list[Exception] = []
    for program in walk.each(partial(programs.walk_every_mode, limit=100), deadline=deadline):
        if program.is_deleted:
            continue
        try:
            trace(program, as_of=as_of, bought=bought, deadline=deadline.half(), at=at)
        except Exception as failure:
            # One program's failure does not stop the others; the run fails in the end.
            log.exception("%s could not be walked", program.id)
            failures.append(failure)
    if failures:
        raise ExceptionGroup("programs that could not be walked", failures)


def trace(
    program: Program,
    *,
    as_of: datetime,
    bought: bool,
    deadline: Deadline,
    at: datetime,
    most_partners: int = MOST_PARTNERS,
) -> bool:
    """Go on with a program's walk; a walk that was begun ends as of its own midnight. Returns whether it has ended."""
    before = find_graph(program.id)
    stored = rows.find(GraphWalk, graph_key(program.id), WALK)
    under_way = stored if stored is not None and (before is None or before.as_of < stored.as_of) else None
    if under_way is None and (as_of <= program.created_at or (before is not None and before.as_of >= as_of)):
        return True
    row = under_way or GraphWalk(graph_key(program.id), WALK, as_of=as_of)
    if not row.all_read and not _read_all(program, row, before, deadline, most_sheets=most_partners // _TOGETHER):
        return False
    if deadline.passed:
        return False
    counts = read_program_counts(program, _span(program, row.as_of, at=at), deadline=deadline.half(), at=at)
    people = [person for sheet in _sheets(program.id, row) for person in sheet]
    partner_of = _partner_of(people)
    own, own_is_whole = bought_by(program.id, partner_of, as_of=row.as_of, deadline=deadline)
    if not (counts.complete and own_is_whole and bought) and row.tries < _MOST_TRIES:
        row.tries += 1
        put(row)
        return False
    complete = counts.complete and own_is_whole and bought and row.position is None
    forest = build(people, direct=_net(counts), customers=_customers(counts), own=own)
    number = sum(person.merged_into is None for person in people)
    return _store(program.id, forest, row, partners_=number, complete=complete, at=at)


def _span(program: Program, as_of: datetime, *, at: datetime) -> Span:
    """Return the UTC days of a program from its beginning up to before a midnight."""
    last = (as_of - timedelta(days=1)).date()
    first = min(program.created_at.date(), last)
    days = StatsQuery(from_=first.isoformat(), to=last.isoformat(), timezone="UTC")
    return Span(days, program, at=at, most_days=_ANY_DAYS)


def _read_all(program: Program, row: GraphWalk, before: Graph | None, deadline: Deadline, *, most_sheets: int) -> bool:
    """Read a program's partners into sheets, up to the end or the deadline; returns whether that was the end."""
    read = partial(partners.walk_enrolled, program.id, limit=_TOGETHER)
    for page, following in walk.steps(read, position=row.place):
        several = partners.find_rows([one.id for one in page])
        people = read_people([several[one.id] for one in page if one.id in several], program.id)
        erased = [one.id for one in several.values() if one.erased_at is not None]
        people = _with_earlier(people, erased, before, program.id)
        put(PeopleSheet(people_key(program.id), sheet_key("", row.sheets), people=people))
        row.sheets, row.position = row.sheets + 1, json.dumps(following) if following is not None else None
        row.all_read = following is None or row.sheets >= most_sheets
        put(row)
        if row.all_read or deadline.passed:
            break
    return row.all_read


def _with_earlier(people: list[Person], erased: Sequence[str], before: Graph | None, program_id: str) -> list[Person]:
    """Return people in whose place erased ones stay: their external id is gone, so their edge is that of before."""
    if before is None or not erased:
        return people
    nodes = {node.partner: node for node in find_nodes(before, program_id, erased)}
    return [
        Person(one.partner, one.merged_into, one.customers, nodes[one.partner].edge)
        if one.edge is None and one.partner in nodes
        else one
        for one in people
    ]


def _sheets(program_id: str, row: GraphWalk) -> Iterator[list[Person]]:
    keys = [(people_key(program_id), sheet_key("", number)) for number in range(row.sheets)]
    for begin in range(0, len(keys), 10):
        for sheet in rows.find_all(PeopleSheet, keys[begin : begin + 10]).values():
            yield sheet.people


def _partner_of(people: Sequence[Person]) -> dict[str, str]:
    """Return whom each customer is: if two partners have the same one, the first of them."""
    partner_of: dict[str, str] = {}
    for person in people:
        for customer in person.customers:
            partner_of.setdefault(customer, person.partner)
    return partner_of


def _net(counts: ProgramCounts) -> Mapping[str, int]:
    """Return the revenue that each partner is credited with, net of refunds."""
    return {partner: one.revenue - one.refunded for partner, one in counts.partners.items()}


def _customers(counts: ProgramCounts) -> Mapping[str, int]:
    return {partner: one.first_sales for partner, one in counts.partners.items()}


def _store(
    program_id: str,
    forest: Forest,
    walked: GraphWalk,
    *,
    partners_: int,
    complete: bool,
    at: datetime,
) -> bool:
    """
    Store a graph in the slot that is not read; the last row makes it the one that is.

    One run at a time: returns False if another one is storing it.
    """
    free = GraphWalk.storing_at.does_not_exist() | (GraphWalk.storing_at < at - _LEASE)
    if writes.commit(writes.update_if(walked, GraphWalk.storing_at.set(at), condition=free)):
        return False
    before = find_graph(program_id)
    if before is not None and before.as_of >= walked.as_of:
        return True
    slot = "b" if before is not None and before.slot == "a" else "a"
    buckets = max(1, -(-len(forest.nodes) // NODES_A_SHEET))
    places: list[dict[str, int]] = [{} for _ in range(buckets)]
    for place, node in enumerate(forest.nodes):
        places[bucket_of(node.partner, buckets)][node.partner] = place
    _put_sheets(
        forest.nodes, NODES_A_SHEET, lambda key, nodes: NodeSheet(nodes_key(program_id), key, nodes=nodes), slot
    )
    _put_sheets(
        forest.sources,
        SOURCES_A_SHEET,
        lambda key, sources: SourceSheet(sources_key(program_id), key, sources=sources),
        slot,
    )
    for number, some in enumerate(places):
        put(PlaceSheet(places_key(program_id), sheet_key(slot, number), places=some))
    graph = Graph(
        graph_key(program_id),
        GRAPH,
        slot=slot,
        as_of=walked.as_of,
        walked_at=at,
        complete=complete,
        partners=partners_,
        nodes=len(forest.nodes),
        buckets=buckets,
        sources=len(forest.sources),
        sums=_sums(forest.nodes),
        cycles=forest.cycles[:MOST_CYCLES],
        cycle_count=len(forest.cycles),
    )
    put(graph)
    return True


def _put_sheets(several: Sequence[T], size: int, make: Callable[[str, Sequence[T]], StatsRow], slot: str) -> None:
    """Write things into sheets of a size, each under its number."""
    for number, begin in enumerate(range(0, len(several), size)):
        put(make(sheet_key(slot, number), several[begin : begin + size]))


def _sums(nodes: Sequence[Node]) -> Sums:
    return Sums(sum(node.own for node in nodes), sum(node.direct for node in nodes))
