"""
Runs an unpacked Lambda package under AWS's own runtime client, and measures it.

The client asks a small Runtime API on this machine for its events, as it asks Lambda's. What comes out
is CPU time, of which Lambda gives a function a share by its memory; nothing here is measured on Lambda.

    python -m bench.runtime build/task app.app event.json --count 200
"""

import argparse
import contextlib
import ctypes
import json
import os
import queue
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.runtime_api import ANSWER_SECONDS, Event, FunctionFailed, RuntimeApi, serve

# AWS's runtime client and SDK, in a folder of their own as on Lambda: `make bench` and `make e2e` fetch them.
BROUGHT = Path(__file__).parents[1] / "build" / "runtime"
# Without this environment's packages, in which whatever a package lacks would be found.
_ALONE = [sys.executable, "-S"]
_DIE_WITH_PARENT = 1


@dataclass(frozen=True)
class Run:
    """
    What one process of a function did with its events.

    Milliseconds; the first event's are counted from the start of the process (a cold start), the
    others' from answer to answer.
    """

    answers: list[Any]
    cpu: list[float]
    wall: list[float]
    peak_rss_mb: float
    output: str

    @property
    def cold_cpu(self) -> float:
        """Return the CPU from the start of the process to the first answer."""
        return self.cpu[0]

    @property
    def warm_cpu(self) -> float:
        """Return the CPU of a following answer, on average."""
        return statistics.fmean(self.cpu[1:]) if self.cpu[1:] else 0.0

    @property
    def cold_wall(self) -> float:
        return self.wall[0]

    @property
    def warm_wall(self) -> float:
        return statistics.median(self.wall[1:]) if self.wall[1:] else 0.0


def run(
    task: Path,
    handler: str,
    events: Sequence[Event],
    *,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """
    Start *handler* from an unpacked package, give it the events one by one, and end it.

    Nothing of this process's environment reaches the function. Raises FunctionFailed if it does not
    answer each event.
    """
    assert BROUGHT.exists(), f"{BROUGHT} is missing; `make build/runtime/.ready` makes it"
    assert events, "a run needs an event"
    with serve(events) as api:
        began = time.monotonic()
        child = subprocess.Popen(
            [*_ALONE, "-m", "awslambdaric", handler],
            cwd=task,
            env=_environment(task, handler, api.address) | {"PYTHONPATH": str(BROUGHT)} | dict(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=_die_with_parent,
        )
        output: list[bytes] = []
        reader = threading.Thread(target=lambda: output.extend(child.stdout or ()), daemon=True)
        reader.start()
        api.clock = _cpu_clock(child.pid)
        try:
            answers, cpu, wall = _collect(api, child, len(events), began)
            peak = _peak_rss_mb(child.pid)
        except FunctionFailed as failure:
            child.kill()
            reader.join(timeout=5)
            failure.add_note(b"".join(output).decode(errors="replace")[-4000:])
            raise
        finally:
            child.kill()
            child.wait()
            reader.join(timeout=5)
            if child.stdout is not None:
                child.stdout.close()
    return Run(answers, cpu, wall, peak, b"".join(output).decode(errors="replace"))


def modules(task: Path, handler: str, *, environment: Mapping[str, str] | None = None) -> set[str]:
    """Return the names of all modules that importing a handler brings with it, Python's own start included."""
    module = handler.rpartition(".")[0]
    listing = (
        f"import sys, json, importlib; importlib.import_module({module!r}); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [*_ALONE, "-c", f"import sys; sys.path.insert(0, {str(task.resolve())!r}); {listing}"],
        env=_environment(task, handler, "") | dict(environment or {}),
        stdout=subprocess.PIPE,
        check=True,
    )
    return set(json.loads(done.stdout))


def _collect(
    api: RuntimeApi, child: "subprocess.Popen[bytes]", count: int, began: float
) -> tuple[list[Any], list[float], list[float]]:
    """Wait for every answer. Returns them with the milliseconds of CPU and of time that each took."""
    answers, cpu, wall = [], [], []
    cpu_before, wall_before = 0.0, began
    for _ in range(count):
        at, used, answer = _answer(api, child)
        if isinstance(answer, Exception):
            raise answer
        answers.append(json.loads(answer) if answer else None)
        cpu.append((used - cpu_before) * 1000)
        wall.append((at - wall_before) * 1000)
        cpu_before, wall_before = used, at
    return answers, cpu, wall


def _answer(api: RuntimeApi, child: "subprocess.Popen[bytes]") -> tuple[float, float, bytes | Exception]:
    until = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(queue.Empty):
            return api.answered.get(timeout=0.2)
        if child.poll() is not None and api.answered.empty():
            raise FunctionFailed(f"the function's process ended with status {child.returncode}")
    raise FunctionFailed(f"no answer within {ANSWER_SECONDS:.0f} seconds")


def _environment(task: Path, handler: str, address: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_RUNTIME_API": address,
        "LAMBDA_TASK_ROOT": str(task.resolve()),
        "_HANDLER": handler,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # As on Lambda, where /var/task cannot be written: what was not compiled before is compiled every time.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _cpu_clock(pid: int) -> int:
    """Return the clock that counts a process's CPU time, user and system, of all its threads (Linux)."""
    return (~pid << 3) | 2


def _peak_rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def main() -> None:
    """Run a package with one event, again and again, and say what it cost."""
    options = _options()
    event = json.loads(options.event.read_text()) if options.event else {}
    environment = dict(pair.partition("=")[::2] for pair in options.env)
    result = run(options.task, options.handler, [event] * options.count, environment=environment)
    print(f"{'cold start':<14}{result.cold_cpu:>9.1f} ms CPU {result.cold_wall:>9.1f} ms")
    print(f"{'warm':<14}{result.warm_cpu:>9.2f} ms CPU {result.warm_wall:>9.2f} ms, {options.count - 1} answers")
    print(f"{'peak memory':<14}{result.peak_rss_mb:>9.1f} MB")
    print(json.dumps(result.answers[-1])[:500])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.runtime", description=__doc__)
    parser.add_argument("task", type=Path, help="a package, unpacked")
    parser.add_argument("handler", help="such as app.app")
    parser.add_argument("event", type=Path, nargs="?", help="a file with the event (default: an empty one)")
    parser.add_argument("--count", type=int, default=200, help="how often")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
