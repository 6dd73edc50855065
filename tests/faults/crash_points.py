"""
Every call of every flow, with a fault at it: a crash before it, a crash after it, its answer lost, or a refusal.

A flow is set up without faults, and happens. Whoever called calls again; everything is delivered, and
then delivered twice more. Where many faults are tried, the process is copied at each call and for each
fault of it: what came before that call happens once. Where a call has left all that is stored as it was, to
end after it is to end before it, and to ask again is what happens without a fault: that is compared, and not
run once more.
"""

import contextlib
import json
import random
from functools import partial
from unittest.mock import patch

import msgspec

from chalicelib.webhooks import call as webhook
from chalicelib.webhooks.post import Answered
from infra.local import templates
from tests.faults import flows
from tests.faults.business import opened
from tests.faults.deliveries import CODES, REASONS, Deliveries
from tests.faults.drawing import drawn_from
from tests.faults.forked import branch
from tests.faults.happened import check_events
from tests.faults.invariants import Watch
from tests.faults.line import STAGE, CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.reported import check_some_reports
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
    """Open a business, and let be there what a flow needs before; yields what `happen` takes."""
    chance = random.Random(seed)
    with drawn_from(seed), world() as shop, patch.object(webhook, "post_all") as post:
        business = opened(shop, chance, hold_days=flow.hold_days)
        business.posted = []
        post.side_effect = lambda requests: [_posted(business, request.body) for request in requests]
        business.deliveries = Deliveries(shop, chance, faults=False)
        flows.quiet(business)
        flow.before(business)
        watch = Watch(shop)
        watch.look()
        shop.line.calls.clear()
        yield business, watch


def happen(flow, business, watch, fault):
    """Let a flow happen with a fault. Returns the calls it made, with everything that reacts to it."""
    shop, deliveries = business.shop, business.deliveries
    shop.line.fault = fault
    flow.act(business)
    watch.look()
    deliveries.drain()
    watch.look()
    return list(shop.line.calls)


def conclude(flow, business, watch):
    """Deliver everything twice more, and check. Raises AssertionError when anything is wrong."""
    shop, deliveries = business.shop, business.deliveries
    for _ in range(2):
        deliveries.again()
        deliveries.drain()
        watch.look()
    if flow.after is None:
        rest(business, deliveries, watch, some=1)
    else:
        flow.after(business)
        check_events(shop)
        assert shop.verified() is None
        business.schedule("roll_up")
        check_some_reports(business, 1)


def run(flow, fault, seed):
    """Run a flow with a fault, and return its calls. What is wrong is raised with all it takes to see it again."""
    with prepared(flow, seed) as (business, watch), _named(flow, fault, seed):
        calls = happen(flow, business, watch, fault)
        conclude(flow, business, watch)
        return calls


class Branches(Fault):
    """
    No fault here; but at each call the process is copied for each fault of that call, and the copy has it.

    Used as a context, at whose end a copy ends. *faults_at* returns the faults of a call, by its number and
    operation; *stored* all that calls change. `outcomes` has of each fault whether it came, and what was wrong;
    `changeless` is how many came after a call that had changed nothing.
    """

    def __init__(self, faults_at, stored):
        self.faults_at, self.stored = faults_at, stored
        self.fault = Fault()
        self.outcomes, self.changeless = [], 0
        self._afterwards, self._before, self._end = [], None, None

    @property
    def hit(self):
        return self.fault.hit

    def __getattr__(self, name):
        return getattr(self.fault, name)

    def before(self, n, operation, parameters):
        faults = self.faults_at(n, operation)
        self._afterwards = [fault for fault in faults if isinstance(fault, CrashAfter | Lost)]
        # What is lost of others is not asked for again at once.
        self._before = self.stored() if self._afterwards and operation not in ("SendEmail", "POST") else None
        self._branch([fault for fault in faults if not isinstance(fault, CrashAfter | Lost)])
        self.fault.before(n, operation, parameters)

    def after(self, n, operation, parameters):
        if self._afterwards and self._before is not None and self._before == self.stored():
            self.changeless += len(self._afterwards)
        else:
            self._branch(self._afterwards)
        self.fault.after(n, operation, parameters)

    def _branch(self, faults):
        for fault in faults:
            outcome, self._end = branch()
            if self._end is not None:
                self.fault = fault
                self.close()
                return
            self.outcomes.append(outcome or (False, "it ended without a word"))

    def close(self):
        """Copy no more."""
        self.faults_at, self._afterwards = lambda n, operation: [], []

    def __enter__(self):
        return self

    def __exit__(self, _kind, failure, _trace):
        if self._end is not None:
            self._end((self.hit, failure and f"{type(failure).__name__}: {failure}"))


def run_each(flow, faults_at, seed):
    """
    Run a flow without a fault, and with each of those that *faults_at* returns for its calls.

    Returns how many calls there were, of each fault whether it came and what was wrong then, and how many more
    faults were at calls that changed nothing.
    """
    with prepared(flow, seed) as (business, watch):
        with Branches(faults_at, lambda: _stored(business.shop)) as branches, _named(flow, branches, seed):
            calls = happen(flow, business, watch, branches)
            branches.close()
            conclude(flow, business, watch)
        return len(calls), branches.outcomes, branches.changeless


def _stored(shop):
    """Return all that calls of DynamoDB may change, as something to compare."""
    engine = shop.engine
    names = [table["TableName"].removeprefix(engine.prefix) for table in templates.tables(stage=STAGE)]
    records = {name: len(stream.records) for name, stream in engine.streams.items()}
    return msgspec.json.encode([[engine.items(name) for name in names], records])


@contextlib.contextmanager
def _named(flow, fault, seed):
    try:
        yield
    except Exception as wrong:
        one = fault.fault if isinstance(fault, Branches) else fault
        raise AssertionError(f"{flow.name}, seed {seed}, {type(one).__name__} {vars(one)}: {wrong!r:.1500}") from wrong


def _posted(business, body):
    event = json.loads(body)
    business.posted.append((event["type"], event["data"].get("reward", event["id"])))
    line = business.shop.line
    n = len(line.calls)
    line.calls.append(("POST", ("webhook",)))
    line.fault.before(n, "POST", {})
    line.fault.after(n, "POST", {})
    return Answered(200)


def calls_of(flow, seed):
    """Return the operations of all calls a flow makes."""
    return [operation for operation, _ in run(flow, Fault(), seed)]
