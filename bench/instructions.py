"""
Instructions a click takes, counted by callgrind: what does not jitter, and so can gate.

A program calls `os.getppid` before and after the clicks to be counted, which nothing else does; callgrind
writes down what it has counted each time, and begins anew. So the start of Python, which takes longer than
the clicks, is run once and not counted. The answers come from `bench.stub`, over a real socket.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.lines import Line, Result
from bench.shop import environment

ROOT = Path(__file__).parents[1]
VALGRIND = shutil.which("valgrind")
_TOTALS = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)
_WARM_UP, _CLICKS = 20, 50
_BARE = "bare handler, boto3 put_item"
_WARM, _NOT_CACHED = "a click, warm", "a click, link not cached"
_OURS = f"""
import os
from bench.events import follow
from chalicelib.clicks import redirect
from chalicelib.links import look_up
event = follow("bea-recommends")
def click(before, times):
    for _ in range(times):
        before()
        assert redirect.handler(event, None)["statusCode"] == 302
    os.getppid()
click(int, {_WARM_UP})
click(int, {_CLICKS})
click(look_up.forget, {_CLICKS})
"""
_THEIRS = f"""
import os
from bench import rivals
from bench.events import follow
event = follow("bea-recommends")
handler = rivals.redirect(rivals.client(os.environ["AWS_ENDPOINT_URL"]), table="rival", is_known=True)
for times in ({_WARM_UP}, {_CLICKS}):
    for _ in range(times):
        assert handler(event, None)["statusCode"] == 302
    os.getppid()
"""
_MILLION = 1_000_000
# Each with what it does between two marks.
PROGRAMS = {_OURS: [_WARM, _NOT_CACHED], _THEIRS: [_BARE]}


def measure() -> Result:
    """Count a click of ours and the bare handler's; say so where valgrind is not installed."""
    if not VALGRIND:
        return Result(notes=["Instructions were not counted: valgrind is not installed."])
    counted = count(_OURS) | count(_THEIRS)
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


def count(program: str = _OURS) -> dict[str, float]:
    """Return the instructions that one click takes, by what it is, for a program of PROGRAMS."""
    assert VALGRIND, "valgrind is not installed"
    with _stub() as address, tempfile.TemporaryDirectory() as folder:
        # What is not compiled yet would be compiled at a hundredth of the speed.
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=_environment(address), check=True)
        done = subprocess.run(
            [
                *(VALGRIND, "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--dump-before=getppid"),
                *(sys.executable, "-c", program),
            ],
            cwd=ROOT,
            env=_environment(address),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        # The first dump is what came before the clicks to be counted.
        dumps = sorted(Path(folder).glob("out.*"), key=lambda file: int(file.suffix[1:]))[1:]
        totals = [int(_TOTALS.search(dump.read_text())[1]) for dump in dumps]  # type: ignore[index]
    return {name: total / _CLICKS for name, total in zip(PROGRAMS[program], totals, strict=False)}


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
