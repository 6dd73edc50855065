"""
`make prove`: money under every fault we know, in large numbers.

Runs on as many cores as there are, says how far it is, ends with 1 if anything was wrong or time was
over, and leaves its figures in build/prove.json. A failure names its seed.
"""

import argparse
import json
import logging
import os
import random
import re
import subprocess
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

import tests.conftest  # noqa: F401 - the environment of all tests
from tests.faults.sampling import EVERYTHING
from tests.running import own_environment

OUT = Path("build/prove.json")
_SEEDS = 3
# So long many processes may take for what they do at once; it takes them a minute.
_PARALLEL_SECONDS = 600
_STEPS, _EXAMPLES = 50, 8
# So many calls of a flow are tried from one beginning.
_LOT = 10


def main():
    options = _options()
    began = time.monotonic()
    until = began + options.minutes * 60
    print(f"Seed {options.seed}; {options.workers} processes; at most {options.minutes:g} minutes.")
    wrong, figures = [], {}
    if "parallel" in options.parts:
        figures |= _parallel(options, wrong)
    if "sweeps" in options.parts:
        figures |= _sweeps(options, wrong)
    context = get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=_quiet) as pool:
        for name, units in _parts(options, pool).items():
            if name in options.parts:
                figures[name] = _run(pool, name, units, until, wrong)
    seconds = round(time.monotonic() - began)
    short = [name for name, one in figures.items() if one.get("runs", 0) < one.get("runs_wanted", 0)]
    _report(figures, wrong, short, options, seconds)
    sys.exit(bool(wrong or short))


def _parts(options, pool):
    """Return the units of work of each part: a function of this module, and its arguments."""
    from tests.faults.flows import FLOWS

    flows = range(len(FLOWS))
    seeds = [options.seed + number for number in range(_SEEDS * options.scale)]
    counted = {
        (flow, seed): pool.submit(_calls, flow, seed)
        for flow in flows
        for seed in seeds
        if _wants(options, "crash points", "refusals")
    }
    calls = {key: one.result() for key, one in counted.items()}
    lots = [
        (flow, seed, list(enumerate(made))[begin : begin + _LOT])
        for (flow, seed), made in calls.items()
        for begin in range(0, len(made), _LOT)
    ]
    crashes = [(_crash, lot) for lot in lots]
    refusals = [(_refuse, lot) for lot in lots if lot[1] == seeds[0]]
    schedules = [(_schedules, (options.seed + begin, 20)) for begin in range(0, 3000 * options.scale, 20)]
    states = [
        (_states, (options.seed + number,)) for number in range(20_000 * options.scale // (_STEPS * _EXAMPLES) + 1)
    ]
    arithmetic = [(_arithmetic, (options.seed + number, 20_000)) for number in range(50 * options.scale)]
    return {
        "crash points": crashes,
        "refusals": refusals,
        "delivery schedules": schedules,
        "state machine steps": states,
        "arithmetic cases": arithmetic,
    }


def _wants(options, *names):
    return any(name in options.parts for name in names)


def _run(pool, name, units, until, wrong):
    """Run a part's units, as many at once as there are processes; returns what was counted."""
    counted, failures = Counter(), 0
    waiting, left = set(), list(reversed(units))
    with tqdm(total=len(units), desc=f"{name:<20}", unit=" runs", mininterval=1, dynamic_ncols=True) as bar:
        while waiting or left:
            while left and len(waiting) < 8 and time.monotonic() < until:
                function, arguments = left.pop()
                waiting.add(pool.submit(_guarded, function, arguments))
            if not waiting:
                break
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                bar.update()
                figures, failure = one.result()
                counted.update(figures)
                if failure is not None:
                    failures += 1
                    wrong.append(f"{name}: {failure}")
    return {**counted, "violations": failures, "runs": len(units) - len(left), "runs_wanted": len(units)}


def _guarded(function, arguments):
    try:
        return function(*arguments), None
    except Exception as failure:
        # Hypothesis says that something failed once and not again; what it was is inside.
        whole = "; ".join(
            f"{type(one).__name__}: {str(one)[:1500]}" for one in getattr(failure, "exceptions", [failure])
        )
        where = (
            "".join(traceback.format_exception(getattr(failure, "exceptions", [failure])[0], limit=-5))
            if hasattr(failure, "exceptions")
            else ""
        )
        return {}, f"{function.__name__}{arguments}: {whole}\n{where}"


def _quiet():
    logging.disable(logging.CRITICAL)


def _calls(flow, seed):
    from tests.faults import crash_points
    from tests.faults.flows import FLOWS

    return crash_points.calls_of(FLOWS[flow], seed)


def _crash(flow, seed, calls):
    from tests.faults import crash_points
    from tests.faults.flows import FLOWS

    faults = [make(k) for k, _ in calls for _, make in crash_points.CRASHES]
    hit = crash_points.run_each(FLOWS[flow], faults, seed)
    return {"calls": len(calls), "count": len(faults), "faults that came": hit}


def _refuse(flow, seed, calls):
    """Have each call refused in two of all the ways there are, drawn by chance."""
    from tests.faults import crash_points
    from tests.faults.flows import FLOWS

    faults = []
    for k, operation in calls:
        makers = crash_points.refusals_of(operation)
        faults += [make(k) for make in random.Random(f"{flow} {seed} {k}").sample(makers, min(2, len(makers)))]
    return {"count": crash_points.run_each(FLOWS[flow], faults, seed)}


def _schedules(seed, number):
    from tests.faults import schedules

    counted = Counter()
    for one in range(seed, seed + number):
        counted.update(schedules.run(one))
        counted["count"] += 1
    return counted


def _states(number):
    from hypothesis import HealthCheck, Phase, seed, settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.faults.states import Money

    machine = type("Money", (Money,), {"steps": 0})
    many = settings(
        max_examples=_EXAMPLES,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        # What fails is told as it is: making it smaller takes long, and the seed makes it again.
        phases=[Phase.generate],
    )
    run_state_machine_as_test(seed(number)(machine), settings=many)
    return {"count": machine.steps}


def _arithmetic(seed, cases):
    from tests.faults import arithmetic

    return {"count": arithmetic.run(seed, cases)}


def _parallel(options, wrong):
    """Run what needs real processes on the real engine: in a process of its own, with an environment of its own."""
    print("parallel processes on the embedded engine ...", flush=True)
    command = [sys.executable, "-m", "tests.faults.parallel", "--seed", str(options.seed)]
    command += ["--posts", str(10_000 * options.scale), "--reversals", str(500 * options.scale)]
    seconds = _PARALLEL_SECONDS * options.scale
    try:
        ran = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, env=own_environment(), check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        wrong.append(f"parallel: it has not ended within {seconds} seconds")
        return {}
    if not ran.stdout.strip():
        wrong.append("parallel: it ended without a word")
        return {}
    report = json.loads(ran.stdout.strip().splitlines()[-1])
    wrong += [f"parallel: {name}: {report['figures'][name]}" for name in report["wrong"]]
    return {"parallel": report["figures"]}


def _sweeps(options, wrong):
    """Run whole what the gate takes a sample of: every crash of emails and schedules at every call."""
    print("sweeps of tests, a fault at every call ...", flush=True)
    command = [sys.executable, "-m", "pytest", "-m", "sweep", "-n", str(options.workers), "--dist", "worksteal"]
    environment = own_environment() | {EVERYTHING: "1"}
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=False)
    last = ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else ""
    passed = re.search(r"(\d+) passed", last)
    if ran.returncode or passed is None:
        wrong.append(f"sweeps: {ran.stdout[-3000:]}")
    return {
        "sweeps": {
            "count": int(passed[1]) if passed else 0,
            "violations": int(ran.returncode != 0),
            "runs": 1,
            "runs_wanted": 1,
        }
    }


def _report(figures, wrong, short, options, seconds):
    OUT.parent.mkdir(exist_ok=True)
    whole = {"seed": options.seed, "seconds": seconds, "violations": wrong, **figures}
    OUT.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    print()
    for name, value in figures.get("parallel", {}).items():
        actual, expected = value
        print(f"  {name:<44}{actual:>14,}" + (f"   of {expected:,}" if expected is not None else ""))
    for name, counted in figures.items():
        if name != "parallel":
            print(f"  {name:<44}{counted.get('count', 0):>14,}   {counted['violations']} violations")
            for extra in ("calls", "batches", "crashes", "given_up", "conversions", "faults that came"):
                if extra in counted:
                    print(f"    {extra.replace('_', ' '):<42}{counted[extra]:>14,}")
            if counted["runs"] < counted["runs_wanted"]:
                print(f"    time was over after {counted['runs']:,} of {counted['runs_wanted']:,} runs")
    print(f"\n  {seconds // 60} min {seconds % 60} s, seed {options.seed}. Figures: {OUT}")
    for one in wrong[:20]:
        print(f"\nWRONG: {one}")
    if short:
        print(f"\nNot complete: time was over for {', '.join(short)}; MINUTES= gives it more.")
    print("\nNothing was violated." if not wrong else f"\n{len(wrong)} violations.")


_PARTS = [
    "parallel",
    "sweeps",
    "crash points",
    "refusals",
    "delivery schedules",
    "state machine steps",
    "arithmetic cases",
]


def _options():
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--minutes", type=float, default=25, help="begin nothing new after so many minutes")
    parser.add_argument("--seed", type=int, default=None, help="by chance, unless given")
    parser.add_argument("--scale", type=int, default=1, help="so many times the numbers")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(10**6)
    return options


if __name__ == "__main__":
    main()
