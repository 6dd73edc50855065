"""A business on the in-process engine, with a clock that is moved, a meter on its wire, and Lambda's batches."""

import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import tests.conftest  # noqa: F401 - the environment of all tests
from bench import events
from bench.meter import Consumed, Meter
from bench.units import Units
from infra.local import templates
from infra.local.pump import matches
from tests.faults.line import installed, new_engine
from tests.faults.world import World, answering

MIDNIGHT = datetime.fromisoformat("2026-03-10T00:00:00+00:00")
_UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}

Phases = dict[str, Consumed]


@contextlib.contextmanager
def metered(at: datetime = MIDNIGHT, *, units: bool = True) -> Iterator[tuple[World, Meter]]:
    """Open a shop on an empty engine whose calls are all metered, with nothing known from the one before."""
    from chalicelib.clicks import record, shards
    from chalicelib.emails import ses_client
    from chalicelib.kit import memory
    from chalicelib.links import look_up

    memory.forget_everything()
    meter = Meter(new_engine(), units=units)
    with answering(meter.engine), installed(meter), patch.multiple(look_up, _memory=look_up._memory):
        shop = World(meter, at)
        record._shards.keep("own", shards.Shards(1))
        with patch.object(ses_client, "client", lambda: shop.mailbox):
            yield shop, meter


def schedules() -> dict[str, timedelta]:
    """Return what app.py runs on a schedule, and how often."""
    import app

    rates = {
        source.name: source.schedule_expression
        for source in app.app.event_sources
        if hasattr(source, "schedule_expression")
    }
    return {name: rate.value * _UNITS[rate.unit.lower()] for name, rate in rates.items()}


class Traffic:
    """
    Visitors of one link, and what follows from them, in simulated time.

    They are served by *instances* of the redirect, each with its own shard and memory as on Lambda;
    the stream is delivered in batches as infra/app.yaml says, and what is scheduled is run.
    """

    def __init__(self, shop: World, meter: Meter, code: str, *, instances: int, seed: int = 1) -> None:
        from chalicelib.clicks import record, shards
        from chalicelib.kit.memory import Memory
        from chalicelib.links import look_up

        self.shop, self.meter, self.clicks = shop, meter, 0
        self.phases: Phases = defaultdict(lambda: defaultdict(Units))
        self.calls: dict[str, Counter[str]] = defaultdict(Counter)
        self.batches = 0
        self._visit = events.follow(code)
        self._chance = random.Random(seed)
        self._modules = (record, look_up)
        self._instances = [
            (
                shards.Shards(1 + self._chance.randrange(shards.SPREAD)),
                Memory(seconds=look_up.REMEMBERED, most=10),
            )
            for _ in range(instances)
        ]
        # What a new partner sets off has happened before the first visitor comes.
        shop.streams.run()
        self._source = next(one for one in templates.event_sources() if one.function == "clicks_to_stats")
        self.window = timedelta(seconds=self._source.window_seconds)
        self._read = len(meter.engine.records("clicks"))
        self._waiting = 0
        self._deliver_at: datetime | None = None
        self._schedules = {name: (every, shop.at + every) for name, every in schedules().items()}

    def come(self, *, a_second: float, seconds: float) -> None:
        """Let visitors come for so long, by chance, at that rate."""
        until = self.shop.at + timedelta(seconds=seconds)
        at = self.shop.at
        while (at := at + timedelta(seconds=self._chance.expovariate(a_second))) < until:
            self.wait_until(at)
            self._click()
            if self._waiting == self._source.batch_size:
                self._deliver()
        self.wait_until(until)

    def wait_until(self, at: datetime) -> None:
        """Let time pass, and what is due happen in its order."""
        while True:
            name, (every, due) = min(self._schedules.items(), key=lambda one: one[1][1])
            if min(due, self._deliver_at or due) > at:
                break
            if self._deliver_at and self._deliver_at <= due:
                self.shop.at = self._deliver_at
                self._deliver()
                continue
            self.shop.at = due
            self._schedules[name] = every, due + every
            with self._phase(name):
                self.shop.run_schedule(name)
        self.shop.at = at

    def end_of_day(self) -> None:
        """Let the day end, and be rolled up."""
        tomorrow = self.shop.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.wait_until(tomorrow + timedelta(hours=1, minutes=16))

    def units(self, phase: str | None = None) -> Units:
        """Return what a phase, or everything, has consumed."""
        phases = [self.phases[phase]] if phase else self.phases.values()
        return sum((units for consumed in phases for units in consumed.values()), Units())

    def _click(self) -> None:
        from chalicelib.clicks import redirect

        record, look_up = self._modules
        own, look_up._memory = self._chance.choice(self._instances)
        record._shards.keep("own", own)
        with self._phase("redirect"):
            answer = redirect.handler(self._visit, None)
        assert answer["statusCode"] == 302, answer
        self.clicks += 1
        self._waiting += 1
        self._deliver_at = self._deliver_at or self.shop.at + self.window

    def _deliver(self) -> None:
        """Hand over what has gathered, in batches."""
        import app

        records = self.meter.engine.records("clicks")
        new: list[dict[str, Any]] = [one for one in records[self._read :] if matches(one, self._source.filters)]
        self._read = len(records)
        for begin in range(0, len(new), self._source.batch_size):
            with self._phase("clicks_to_stats"):
                answer = app.clicks_to_stats({"Records": new[begin : begin + self._source.batch_size]}, None)
            assert answer == {"batchItemFailures": []}, answer
            self.batches += 1
        self._waiting, self._deliver_at = 0, None

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        before = self.meter.consumed, self.meter.counted
        self.meter.consumed, self.meter.counted = self.phases[name], self.calls[name]
        try:
            yield
        finally:
            self.meter.consumed, self.meter.counted = before
