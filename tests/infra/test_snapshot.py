"""What a SnapStart snapshot holds: nothing drawn at random, since all instances woken from it would share it."""

import json
import os
import pkgutil
import subprocess
import sys

import chalicelib
from tests.running import ROOT

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

print(json.dumps({"unchanged": unchanged, "woken": [woken() for _ in range(8)], "shards": record._shards}))
"""


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
