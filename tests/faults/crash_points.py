"""
Every call of every flow, with a fault at it: a crash before it, a crash after it, its answer lost, or a refusal.

A flow is set up without faults, counted once, and then run again for each of its calls and each
fault. Whoever called calls again; everything is delivered, and then delivered twice more. Where many
faults are tried, each goes on from the same beginning, in a copy of the process.
"""

import contextlib
import json
import random
from functools import partial
from unittest.mock import patch

from chalicelib.webhooks import call as webhook
from tests.faults import flows
from tests.faults.business import opened
from tests.faults.deliveries import CODES, REASONS, Deliveries
from tests.faults.forked import forked
from tests.faults.happened import check_events
from tests.faults.invariants import Watch
from tests.faults.line import CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.schedules import rest
from tests.faults.world import world

CRASHES = [("before", CrashBefore), ("after", CrashAfter), ("answer lost", Lost)]


def refusals_of(operation):
    """Return every way in which DynamoDB may refuse a call: makers of faults."""
    if operation in ("SendEmail", "POST"):
        return []
    made = [partial(Refused, code=code) for code in CODES]
    if operation == "TransactWriteItems":
        canceled = partial(Refused, code="TransactionCanceledException")
        made += [partial(canceled, reason=reason, position=position) for reason in REASONS for position in (0, 1)]
    return made


@contextlib.contextmanager
def prepared(flow, seed):
    """Open a business, and let be there what a flow needs before; yields what `go_on` takes."""
    chance = random.Random(seed)
    with world() as shop, patch.object(webhook, "post") as post:
        business = opened(shop, chance, hold_days=flow.hold_days)
        business.posted = []
        post.side_effect = lambda url, body, headers: _posted(business, body)
        business.deliveries = Deliveries(shop, chance, faults=False)
        flows.quiet(business)
        flow.before(business)
        watch = Watch(shop)
        watch.look()
        shop.line.calls.clear()
        yield business, watch


def go_on(flow, business, watch, fault):
    """
    Let a flow happen with a fault. Returns the calls it made, with everything that reacts to it.

    Raises AssertionError when anything is wrong afterwards.
    """
    shop, deliveries = business.shop, business.deliveries
    shop.line.fault = fault
    flow.act(business)
    watch.look()
    deliveries.drain()
    calls = list(shop.line.calls)
    watch.look()
    for _ in range(2):
        deliveries.again()
        deliveries.drain()
        watch.look()
    if flow.after is None:
        rest(business, deliveries, watch)
    else:
        flow.after(business)
        check_events(shop)
        assert shop.verified() is None
    return calls


def run(flow, fault, seed):
    """Run a flow with a fault, and return its calls. What is wrong is raised with all it takes to see it again."""
    with prepared(flow, seed) as (business, watch), _named(flow, fault, seed):
        return go_on(flow, business, watch, fault)


def run_each(flow, faults, seed):
    """Run a flow with each of these faults; returns how many of them came."""

    def ran_into(fault):
        with _named(flow, fault, seed):
            go_on(flow, business, watch, fault)
        return fault.hit

    with prepared(flow, seed) as (business, watch):
        return sum(forked(ran_into, fault) for fault in faults)


@contextlib.contextmanager
def _named(flow, fault, seed):
    try:
        yield
    except AssertionError as wrong:
        raise AssertionError(f"{flow.name}, seed {seed}, {type(fault).__name__} {vars(fault)}: {wrong}") from wrong


def _posted(business, body):
    event = json.loads(body)
    business.posted.append((event["type"], event["data"]["reward"]))
    line = business.shop.line
    n = len(line.calls)
    line.calls.append(("POST", ("webhook",)))
    line.fault.before(n, "POST", {})
    line.fault.after(n, "POST", {})
    return 200


def calls_of(flow, seed):
    """Return the operations of all calls a flow makes."""
    return [operation for operation, _ in run(flow, Fault(), seed)]
