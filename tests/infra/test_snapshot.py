"""What a SnapStart snapshot holds: nothing drawn at random, since all instances woken from it would share it."""

import json
import os
import pkgutil
import subprocess
import sys

import pytest

import chalicelib
from tests.running import ROOT

pytestmark = pytest.mark.slow

# Each fork is an instance that wakes: it has all that was there once everything was imported, and nothing else.
WAKE = """
import json, os, random, secrets

before = random.getstate()
import app
from chalicelib.clicks import record, redirect
from chalicelib.kit.dynamo import wire
unchanged = random.getstate() == before

def woken():
    reading, writing = os.pipe()
    if os.fork() == 0:
        drawn = [record._own_shards()._own, wire.backoff(0, first=1.0)]
        os.write(writing, json.dumps(drawn).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reading, 1000))

print(json.dumps({"unchanged": unchanged, "woken": [woken() for _ in range(8)], "shards": record._shards.peek("own")}))
"""

# Whatever draws by chance is traced from before the first import on: who asked the kernel, or Python's own generator.
TRACE = """
import json, os, random, secrets, sys, traceback, uuid

drawn = []

def traced(name, draw):
    def tracing(*arguments, **options):
        frames = [frame.filename for frame in traceback.extract_stack()[:-1]]
        drawn.append([name, next((one for one in reversed(frames) if "importlib" not in one), "")])
        return draw(*arguments, **options)
    return tracing

os.urandom = random._urandom = traced("urandom", os.urandom)
for name in ("random", "getrandbits", "randbytes", "uniform", "randrange", "choice", "shuffle", "sample", "seed"):
    setattr(random, name, traced(name, getattr(random, name)))
for name in ("uuid1", "uuid4"):
    setattr(uuid, name, traced(name, getattr(uuid, name)))
secrets.token_hex(2), uuid.uuid4(), random.random(), secrets.SystemRandom().uniform(0, 1)
at_work, drawn[:] = len(drawn), []

import app
from chalicelib.kit import modules

modules.import_everything()
ours = [module for name, module in list(sys.modules.items()) if name.split(".")[0] in ("app", "chalicelib")]
seeded = [
    f"{module.__name__}.{name}"
    for module in ours
    for name, value in vars(module).items()
    if isinstance(value, random.Random) and not isinstance(value, random.SystemRandom)
]
print(json.dumps({"at_work": at_work, "drawn": drawn, "seeded": seeded, "modules": len(ours)}))
"""


def test_no_module_draws_by_chance_when_it_is_imported_nor_keeps_a_generator_that_was_seeded_then():
    traced = as_snapshot(TRACE)

    assert traced["at_work"] >= 4
    assert traced["modules"] > 250
    assert (traced["drawn"], traced["seeded"]) == ([], [])


# What makes ids and secrets, in instances that wake from one import: they share nothing.
IDS = """
import json, os
import app
from chalicelib.kit import ids
from chalicelib.access import api_keys
from chalicelib.notes import table as notes
from datetime import UTC, datetime

AT = datetime(2026, 3, 10, tzinfo=UTC)

def woken():
    reading, writing = os.pipe()
    if os.fork() == 0:
        made = [ids.new("ptr", AT), ids.ordered("aud", AT, 7), api_keys.new_secret(), notes.new_note("x", at=AT).id]
        os.write(writing, json.dumps(made).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reading, 1000))

print(json.dumps([woken() for _ in range(8)]))
"""


def test_instances_that_wake_from_one_import_make_ids_and_secrets_of_their_own():
    for made in zip(*as_snapshot(IDS), strict=True):
        assert len(set(made)) == 8, made


def test_importing_draws_nothing_and_instances_that_wake_from_one_import_differ():
    woken = as_snapshot(WAKE)

    shards, pauses = zip(*woken["woken"], strict=True)
    assert (woken["unchanged"], woken["shards"]) == (True, None)
    # Of 32 shards eight by chance are one shard once in 34,000,000,000 times.
    assert len(set(shards)) > 1
    assert len(set(pauses)) == len(pauses)


def test_the_apis_snapshot_holds_every_module_so_that_nobody_who_wakes_it_waits_for_one():
    loaded = as_snapshot("import json, sys, app; print(json.dumps(list(sys.modules)))")

    assert {module.name for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib.")} <= set(loaded)


def as_snapshot(program):
    """Run a program in a process that Lambda would keep; return what it prints, as JSON."""
    environment = os.environ | {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    return json.loads(done.stdout)
