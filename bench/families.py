"""The families of lines, in the order of the table; each is measured in a process of its own."""

import importlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from bench.lines import Result


@dataclass(frozen=True)
class Family:
    """A module whose `measure` finds some lines, and the families whose figures it goes on from."""

    module: str
    needs: tuple[str, ...] = ()


FAMILIES = {
    "clicks": Family("bench.click"),
    "conversions": Family("bench.conversion"),
    "cold": Family("bench.cold_start"),
    "stream": Family("bench.stream"),
    "stats": Family("bench.statistics_reads"),
    "reports": Family("bench.report_reads"),
    "units": Family("bench.consumption"),
    "hot": Family("bench.hot_link"),
    "scale": Family("bench.scale", needs=("stream",)),
    "instructions": Family("bench.instructions"),
    "costs": Family("bench.dollars", needs=("clicks", "conversions", "stream", "units")),
    "peers": Family("bench.versus", needs=("clicks",)),
}


def run(name: str, before: dict[str, Result], *, others: list[str]) -> Result:
    """Measure a family where nothing of the others is imported or remembered."""
    figures = {key: value for result in before.values() for key, value in result.figures.items()}
    arguments: dict[str, dict[str, Any]] = {
        "costs": {"figures": figures},
        "scale": {"figures": figures},
        "peers": {"others": others, "handler_cpu": figures.get("click_cpu")},
    }
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, FAMILIES[name].module, arguments.get(name, {})).result()


def _measure(module: str, arguments: dict[str, Any]) -> Result:
    result: Result = importlib.import_module(module).measure(**arguments)
    return result
