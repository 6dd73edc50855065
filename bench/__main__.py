"""`make bench`: everything that is measured, in one table; also in build/bench.json and build/bench.md."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import families, lines
from bench.families import FAMILIES
from bench.lines import HEADER, Result, Table

OUT = Path("build")
PAGE = Path("docs/explanation/performance.md")
_MARKS = ("<!-- make bench -->", "<!-- end of make bench -->")


def main() -> None:
    """Run what is wanted, each family in a process of its own, and say what came out."""
    options = _options()
    chosen = options.only.split(",") if options.only else list(FAMILIES)
    unknown = set(chosen) - set(FAMILIES)
    if unknown:
        raise SystemExit(f"ONLY is some of {','.join(FAMILIES)}; not {','.join(sorted(unknown))}")
    needed = {need for name in chosen for need in FAMILIES[name].needs} | set(chosen)
    begun, results = time.monotonic(), {}
    for name in FAMILIES:
        if name in needed:
            print(f"{name} ...", end=" ", flush=True)
            since = time.monotonic()
            results[name] = families.run(name, results, others=options.vs.split())
            print(f"{time.monotonic() - since:.0f} s", flush=True)
    head = _head(time.monotonic() - begun)
    printed = {name: result for name, result in results.items() if name in chosen}
    print(f"\n{head}\n\n{_written(printed, lines.plain, title='{}')}")
    OUT.mkdir(exist_ok=True)
    (OUT / "bench.md").write_text(f"{head}\n\n{_written(printed, lines.markdown, title='### {}')}\n")
    if options.paste:
        _paste((OUT / "bench.md").read_text())
    data = {"head": head, "families": {name: lines.as_data(result) for name, result in results.items()}}
    (OUT / "bench.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _written(results: dict[str, Result], table: object, *, title: str) -> str:
    """Return one table of all lines, and those that explain them."""
    assert callable(table)
    parts = [table(HEADER, [line.cells() for result in results.values() for line in result.lines])]
    tables: list[Table] = [one for result in results.values() for one in result.tables]
    for one in tables:
        parts += [title.format(one.title), table(one.header, one.rows), *([one.note] if one.note else [])]
    parts += [note for result in results.values() for note in result.notes]
    return "\n\n".join(parts)


def _paste(written: str) -> None:
    """Replace the output of an earlier run with this output."""
    before, _, rest = PAGE.read_text().partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    PAGE.write_text(f"{before}{_MARKS[0]}\n\n{written}\n{_MARKS[1]}{after}")


def _head(seconds: float) -> str:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    described = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return (
        f"`make bench`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {seconds / 60:.1f} minutes; version "
        f"{described.stdout.strip() or 'unknown'}; Python {platform.python_version()}, {cpu}, "
        f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()}."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {','.join(FAMILIES)}")
    parser.add_argument("--paste", action="store_true", help=f"put what came out into {PAGE}")
    parser.add_argument("--vs", default="", help="running servers, each URL,pid[,pid...], separated by spaces")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
