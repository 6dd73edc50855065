"""
Instructions a click takes, counted by callgrind: what does not jitter, and so can gate.

Two runs of a fresh interpreter with different numbers of clicks; the difference, divided, is one
click, without the start of Python. The answers come from `bench.stub`, over a real socket.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.lines import Line, Result
from bench.shop import environment

ROOT = Path(__file__).parents[1]
VALGRIND = shutil.which("valgrind")
_FEW, _MANY = 20, 70
_OURS = """
import sys
from bench.events import follow
from chalicelib.clicks import redirect
from chalicelib.links import look_up
event = follow("bea-recommends")
for _ in range(int(sys.argv[1])):
    {before}
    assert redirect.handler(event, None)["statusCode"] == 302
"""
_THEIRS = """
import os, sys
from bench import rivals
from bench.events import follow
event = follow("bea-recommends")
handler = rivals.redirect(rivals.client(os.environ["AWS_ENDPOINT_URL"]), table="rival", is_known={is_known})
for _ in range(int(sys.argv[1])):
    assert handler(event, None)["statusCode"] == 302
"""
_BARE = "bare handler, boto3 put_item"
_MILLION = 1_000_000
PROGRAMS = {
    "a click, warm": _OURS.format(before="pass"),
    "a click, link not cached": _OURS.format(before="look_up.forget()"),
    _BARE: _THEIRS.format(is_known=True),
}


def measure() -> Result:
    """Count a click of ours and the bare handler's; say so where valgrind is not installed."""
    if not VALGRIND:
        return Result(notes=["Instructions were not counted: valgrind is not installed."])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(PROGRAMS, pool.map(count, PROGRAMS), strict=True))
    bare = counted[_BARE]
    return Result(
        lines=[
            Line(
                f"instructions: {name}",
                f"{_BARE}: {millions / _MILLION:.2f} of {bare / _MILLION:.2f} million",
                millions / bare,
                None,
            )
            for name, millions in counted.items()
            if name != _BARE
        ]
    )


def count(program: str) -> float:
    """Return the instructions that one click of a program of PROGRAMS takes."""
    assert VALGRIND, "valgrind is not installed"
    with _stub() as address:
        # What is not compiled yet would be compiled at a hundredth of the speed.
        subprocess.run([sys.executable, "-c", PROGRAMS[program], "1"], cwd=ROOT, env=_environment(address), check=True)
        few, many = (_instructions(PROGRAMS[program], clicks, address) for clicks in (_FEW, _MANY))
    return (many - few) / (_MANY - _FEW)


def _instructions(program: str, clicks: int, address: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [str(VALGRIND), "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        done = subprocess.run(
            [*command, sys.executable, "-c", program, str(clicks)],
            cwd=ROOT,
            env=_environment(address),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    collected = re.search(r"Collected : (\d+)", done.stderr)
    assert collected, done.stderr[-3000:]
    return int(collected[1])


def _environment(address: str) -> dict[str, str]:
    """Return an environment in which sets have the same order in every run, and what is compiled stays so."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **environment(address), "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def _stub() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.stub"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
