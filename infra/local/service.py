"""The service of a local run: the engine, the functions with their pumps, and the schedules."""

import logging
import os
import secrets
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.kit import instants
from infra.local import templates
from infra.local.burial import bury
from infra.local.engine import DEAD_LETTERS, STAGE, Engine
from infra.local.functions import Functions
from infra.local.pump import REPORTED, Pump, Record
from infra.local.templates import EventSource
from infra.local.waits import Waits

log = logging.getLogger(__name__)

SENDER = "hello@goodword.example"
_SCHEDULE_SECONDS = 20.0
_LAST_SECONDS = 10.0
# What moves things on, beside letters that waited. The others look after what gets lost on AWS, or sum up a month: they
# run when asked to.
_MOVING = ("mature", "promote", "roll_up")
_SCHEDULED = {
    "version": "0",
    "id": "local",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


class Service:
    """Everything behind the HTTP server. Import of app.py waits until the environment is set."""

    def __init__(self, *, url: str, keep: Path | None) -> None:
        self.engine = Engine(keep=keep)
        self.keep = keep
        _set_environment(url, self.engine.url, keep)
        streams = self.engine.prepare(sender=SENDER)
        sources = templates.event_sources()

        import app
        from chalicelib.kit import clock, config, wire
        from chalicelib.kit.wire import Wire
        from infra.local.clock import MovableClock

        reader = Wire(
            endpoint=self.engine.url, target="DynamoDBStreams_20120810", service="dynamodb", region=config.region()
        )
        self.app = app.app
        self.s3 = self.engine.client("s3")
        self.functions = Functions({source.function: getattr(app, source.function) for source in sources})
        os.environ["AWS_ENDPOINT_URL_LAMBDA"] = self.functions.url
        self.clock = clock.source = MovableClock()
        self.pumps = [
            Pump(
                source,
                partial(self.functions.call, source.function),
                streams=reader,
                stream_arn=streams[source.table],
                dead=self._bury,
            )
            for source in sources
        ]
        self.schedules = {
            source.name: partial(getattr(app, source.name), _SCHEDULED, None)
            for source in app.app.event_sources
            if hasattr(source, "schedule_expression")
        }
        self._scheduled_at = 0.0
        self._scheduling = threading.Lock()
        self._stopped = threading.Event()
        self._waits = Waits()
        wire.dynamodb().listeners.append(self._waits.hear)
        _poke_on_writes(self.pumps)

    def start(self) -> None:
        for pump in self.pumps:
            pump.start()
        threading.Thread(target=self._keep_schedules, name="schedules", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        # The engine keeps rows, not streams: what was accepted is seen to before it goes.
        self.settle(seconds=_LAST_SECONDS)
        for pump in self.pumps:
            pump.stop()
        self.functions.stop()
        self.engine.stop()

    def settle(self, *, seconds: float, only: set[str] | None = None) -> bool:
        """Wait until every reaction (or only those) to everything so far has happened. Returns whether it has."""
        waited_for = [pump for pump in self.pumps if only is None or pump.source.function in only]
        for pump in waited_for:
            pump.hurried.set()
        try:
            return _at_rest(waited_for, until=time.monotonic() + seconds)
        finally:
            for pump in waited_for:
                pump.hurried.clear()

    def catch_up(self, *, seconds: float) -> bool:
        """Settle, run what EventBridge would run by now, and settle what came of that. Returns whether all has happened."""
        self.settle(seconds=seconds)
        self.run_schedules()
        return self.settle(seconds=seconds)

    def run_schedules(self, *, at_most_every: float = 0.0) -> None:
        """Run what EventBridge would run, unless that was done just now."""
        with self._scheduling:
            if time.monotonic() - self._scheduled_at >= at_most_every:
                for name in _MOVING:
                    self.schedules[name]()
                if come := self._waits.until(instants.text(self.clock())):
                    self.schedules["send_waiting"]()
                    self._waits.forget(come)
                self._scheduled_at = time.monotonic()

    def fail(self, functions: set[str]) -> None:
        """Have these functions fail from now on, and no others."""
        self.functions.failing = functions
        for pump in self.pumps:
            pump.hopeless = pump.source.function in functions

    def _keep_schedules(self) -> None:
        while not self._stopped.wait(_SCHEDULE_SECONDS):
            try:
                self.run_schedules(at_most_every=_SCHEDULE_SECONDS / 2)
            except Exception:
                log.exception("a scheduled run failed; it comes again")

    def _bury(self, source: EventSource, records: list[Record], error: str) -> None:
        log.error("%s gave up on %s records: %s", source.function, len(records), error)
        bury(self.s3, DEAD_LETTERS, source, records, raised=error != REPORTED, at=self.clock())


def _at_rest(pumps: list[Pump], *, until: float) -> bool:
    """Wait until each pump has found nothing in a read that began after the last records of any were seen to."""
    asked = time.monotonic()
    while time.monotonic() < until:
        last = max(asked, *(pump.handled_at for pump in pumps))
        waiting = [pump for pump in pumps if pump.rested_at <= last]
        if not waiting:
            return True
        for pump in waiting:
            pump.poke()
        time.sleep(0.002)
    return False


def _set_environment(url: str, engine: str, keep: Path | None) -> None:
    os.environ.update(
        AWS_ENDPOINT_URL=engine,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_REGION="us-east-1",
        GOODWORD_TABLES=f"goodword-{STAGE}-",
        GOODWORD_URL=url,
        GOODWORD_SENDER=f"Goodword <{SENDER}>",
        GOODWORD_SECRETS=_secret(keep),
        GOODWORD_DEAD_LETTERS=DEAD_LETTERS,
        # The engine shares this machine with everything else; it may take longer than DynamoDB does.
        GOODWORD_REDIRECT_SECONDS="15",
    )


def _secret(keep: Path | None) -> str:
    """Return this run's signing secret; a run that keeps its data keeps its secret with it."""
    if keep is None:
        return secrets.token_hex(24)
    file = keep / "secret"
    if not file.exists():
        keep.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(24))
    return file.read_text()


def _poke_on_writes(pumps: list[Pump]) -> None:
    """Wake the pumps when this process has written, so that they need not ask all the time."""
    from chalicelib.kit import wire

    def poke(table: str) -> None:
        for pump in pumps:
            if table.endswith(f"-{pump.source.table}"):
                pump.poke()

    def written(operation: str, parameters: dict[str, Any]) -> None:
        if operation in ("PutItem", "UpdateItem"):
            poke(parameters["TableName"])
        elif operation == "TransactWriteItems":
            for table in {next(iter(item.values()))["TableName"] for item in parameters["TransactItems"]}:
                poke(table)

    wire.dynamodb().listeners.append(written)
