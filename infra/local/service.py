"""
The service of a local run, in six processes.

This one has the engine, the pumps, and HTTP with the redirect. One worker runs the API, one the reactions that decide
rewards and count, one all other reactions, one the schedules that move things on, and one those that only look. So they
do not wait for each other's interpreter lock, and two cores are used: by what a caller waits for first.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import threading
from ctypes import c_ulonglong
from functools import partial
from multiprocessing import RawValue
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.dead_letters import bucket
from chalicelib.kit import memory, modules
from infra.local import templates
from infra.local.dead_letters import write
from infra.local.engine import Engine
from infra.local.functions import Functions
from infra.local.processes import Door
from infra.local.pump import REPORTED, Pump, Record
from infra.local.schedules import Schedules, moves_on
from infra.local.templates import EventSource
from infra.local.waits import Waits
from infra.local.wires import answering, use_engine

log = logging.getLogger(__name__)

STAGE = "local"
API = "api"
SENDER = "hello@goodword.example"
# Tables whose rows a warm function caches.
_REMEMBERED = {"programs", "partners", "links", "emails", "access"}
# The reactions whose results are asked for at once: a balance, a number.
_DECIDING = {"conversions_to_rewards", "rewards_to_stats", "clicks_to_stats"}


class Service:
    """
    Everything behind HTTP. It has to be made before there are threads.

    Import of app.py waits until the environment is set.
    """

    def __init__(self, *, url: str, keep: Path | None) -> None:
        self.keep = keep
        _set_environment(url, keep)

        import app
        from chalicelib.kit import clock
        from infra.local.clock import MovableClock
        from infra.local.gateway import Gateway
        from infra.local.worker import Worker

        sources = templates.event_sources()
        reactions = {source.function: getattr(app, source.function) for source in sources}
        schedules = {
            source.name: getattr(app, source.name)
            for source in app.app.event_sources
            if hasattr(source, "schedule_expression")
        }
        # While there is one thread; on Lambda, each function imports its own as it starts.
        modules.import_everything()
        _know_structures()
        self.clock = clock.source = MovableClock()
        memory.source = clock.real
        # How often the API, and how often any process, wrote something that functions may cache.
        self._epoch: c_ulonglong = RawValue("Q")
        self._changes = 0
        self.functions = Functions(reactions, self._call)
        os.environ["AWS_ENDPOINT_URL_LAMBDA"] = self.functions.url
        self.gateway = Gateway(app.app)
        # The API's writes are known from the functions' by the door through which they come.
        self._doors = [Door(), Door()]
        for_api, self.door = (door.address for door in self._doors)
        self.api = Worker("api", {API: lambda request, _context: self.gateway.answer(request)}, engine=for_api)
        self.decisions = Worker("decisions", reactions, engine=self.door, epoch=self._epoch)
        self.effects, self.scheduler, self.checker = (
            Worker(name, functions, engine=self.door, epoch=self._epoch, yields=True)
            for name, functions in (("effects", reactions), ("schedules", schedules), ("checks", schedules))
        )
        self._workers = (self.api, self.decisions, self.effects, self.scheduler, self.checker)
        self.engine = Engine(stage=STAGE, sender=SENDER, folder=keep)
        self._answer = answering(self.engine)
        self.clock.keep_in(self.engine)
        use_engine(self.engine)
        self.pumps = [
            Pump(
                source,
                partial(self.functions.call, source.function),
                engine=self.engine,
                dead=self._bury,
                advanced=self._advance,
            )
            for source in sources
        ]
        self._pumps_of: dict[str, list[Pump]] = {}
        for pump in self.pumps:
            self._pumps_of.setdefault(pump.source.table, []).append(pump)
        self._waits = Waits()
        self.schedules = Schedules(schedules, self._call_scheduled, waits=self._waits, now=self.clock)
        self._stopped = threading.Event()
        # Who waits for which pumps to be at rest. The engine's lock holds it.
        self._awaited: list[tuple[list[Pump], threading.Event]] = []
        self.engine.listeners += [self._waits.hear, self._note, self._poke]

    def open_doors(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have an event loop answer the workers; they wait until it does, so it has to run until this has stopped."""
        for door, answer in zip(self._doors, (self._answer_api, self._answer), strict=True):
            door.open_in(loop, answer)

    def start(self) -> None:
        self.functions.start()
        for pump in self.pumps:
            pump.start()
        self.schedules.start()
        threading.Thread(target=self._end_with_workers, name="workers", daemon=True).start()

    def stop(self) -> None:
        """End. What reactions had still to do is done by the next run, if the data are kept."""
        self._stopped.set()
        self.schedules.stop()
        for pump in self.pumps:
            pump.stop()
        self.functions.stop()
        for worker in self._workers:
            worker.stop()
        for door in self._doors:
            door.close()
        self.engine.close()

    def settle(self, *, seconds: float, only: set[str] | None = None) -> bool:
        """Wait until every reaction (or only those) to everything so far has happened. Returns whether it has."""
        awaited = [pump for pump in self.pumps if only is None or pump.source.function in only]
        at_rest = threading.Event()
        with self.engine.lock:
            if _are_at_rest(awaited):
                return True
            self._awaited.append((awaited, at_rest))
        for pump in awaited:
            pump.hurried.set()
        try:
            return at_rest.wait(seconds)
        finally:
            for pump in awaited:
                pump.hurried.clear()
            with self.engine.lock:
                self._awaited.remove((awaited, at_rest))

    def catch_up(self, *, seconds: float) -> bool:
        """Settle, run the schedules that are due, and settle their effects. Returns whether all is done."""
        self.settle(seconds=seconds)
        self.schedules.run_due()
        return self.settle(seconds=seconds)

    def fail(self, functions: set[str]) -> None:
        """Have these functions fail from now on, and no others."""
        self.functions.failing = functions
        for pump in self.pumps:
            pump.hopeless = pump.source.function in functions

    def _end_with_workers(self) -> None:
        """End if one of the workers does: without it everything fails, and reactions' work becomes dead letters."""
        ended = wait([worker.sentinel for worker in self._workers])
        if not self._stopped.is_set():
            log.error("a worker has ended, so this ends too; what was still to do is done by the next run")
            for worker in self._workers:
                if worker.sentinel in ended:
                    # Its socket still exists, and callers would wait for it forever.
                    worker.stop()
            os.kill(os.getpid(), signal.SIGTERM)

    def _bury(self, source: EventSource, records: list[Record], error: str) -> None:
        log.error("%s gave up on %s records: %s", source.function, len(records), error)
        dead_letters = bucket.get_bucket()
        write(dead_letters.s3, dead_letters.name, source, records, raised=error != REPORTED, at=self.clock())

    def _call_scheduled(self, name: str, event: dict[str, Any]) -> Any:
        return (self.scheduler if moves_on(name) else self.checker).call(name, event)

    def _call(self, name: str, event: dict[str, Any]) -> Any:
        return (self.decisions if name in _DECIDING else self.effects).call(name, event)

    def _answer_api(self, *question: Any) -> Any:
        """Answer the API; when it has changed what others may remember, have them ask again."""
        before = self._changes
        answer = self._answer(*question)
        if self._changes != before:
            self._epoch.value += 1
            memory.forget_everything()
        return answer

    def _note(self, table: str, _records: list[Record]) -> None:
        """Note that rows were changed which a warm function may remember."""
        if table in _REMEMBERED:
            self._changes += 1

    def _poke(self, table: str, _records: list[Record]) -> None:
        for pump in self._pumps_of.get(table, ()):
            pump.poke()

    def _advance(self, pump: Pump) -> None:
        """Let go of what all readers of a stream have read, and tell those who wait for rest once there is."""
        readers = self._pumps_of[pump.source.table]
        # Nothing is written while the lock is held, and what a reaction writes is written before it advances.
        with self.engine.lock:
            self.engine.forget_records(pump.source.table, min(reader.position for reader in readers))
            for awaited, at_rest in self._awaited:
                if _are_at_rest(awaited):
                    at_rest.set()


def _are_at_rest(pumps: list[Pump]) -> bool:
    """Return whether all that has happened so far is done. Exact while the engine's lock is held."""
    return all(pump.is_at_rest for pump in pumps)


def _know_structures() -> None:
    """Have msgspec look at all structures while one thread runs: two that first read one crash the process."""
    unknown = [msgspec.Struct]
    while unknown:
        structures = unknown.pop().__subclasses__()
        unknown += structures
        for structure in structures:
            # A row that is never read need not be readable.
            with contextlib.suppress(TypeError):
                msgspec.json.Decoder(structure)


def _set_environment(url: str, keep: Path | None) -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_REGION="us-east-1",
        GOODWORD_TABLES=f"goodword-{STAGE}-",
        GOODWORD_URL=url,
        GOODWORD_SENDER=f"Goodword <{SENDER}>",
        GOODWORD_SECRETS=_secret(keep, "secret"),
        GOODWORD_CLICK_SECRETS=_secret(keep, "click-secret"),
        GOODWORD_LASTING_SECRETS=_secret(keep, "lasting-secret"),
        GOODWORD_DEAD_LETTERS=f"goodword-{STAGE}-dead-letters",
        GOODWORD_ROOTS=f"goodword-{STAGE}-roots",
        GOODWORD_ALARM_EMAIL="admin@goodword.example",
        # The engine shares this process with everything else; it may take longer than DynamoDB does.
        GOODWORD_REDIRECT_SECONDS="15",
    )


def _secret(keep: Path | None, name: str) -> str:
    """Return a secret of this run; a run that keeps its data keeps its secrets with it."""
    if keep is None:
        return secrets.token_hex(24)
    file = keep / name
    if not file.exists():
        keep.mkdir(parents=True, exist_ok=True)
        # Atomically: a process that ends in between must not leave an empty one.
        fresh = keep / f"{name}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(24))
        fresh.replace(file)
    return file.read_text()
