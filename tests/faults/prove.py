"""
`make prove`: money, and the ways of people, under every fault we know, in large numbers.

Runs on as many cores as there are, says how far it is and, as it is found, what is wrong. Ends with 1 if
anything was or time was over, and leaves its figures in build/prove.json. A failure names its seed.
"""

import argparse
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

from tqdm import tqdm

import tests.conftest  # noqa: F401 - the environment of all tests
from chalicelib.kit import modules
from tests.faults import parallel
from tests.faults.report import report
from tests.faults.sampling import EVERYTHING
from tests.running import own_environment

# So long many processes may take for what they do at once; it takes them a minute.
_PARALLEL_SECONDS = 600
_STEPS, _EXAMPLES = 50, 8
# So many violations are printed when they are found; build/prove.json has all.
_MOST_PRINTED = 20
# Those of large businesses come last: their processes keep gigabytes, and each crash of the others is a copy of one.
_LARGE = ("tests/bench", "tests/flows/test_business_lists.py")
_SWEEPS = (("tests", *(f"--ignore={path}" for path in _LARGE)), _LARGE)
# So many runs of a flow share its calls: units that are short enough to keep all processes busy to the end.
_SHARES = 4


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
    # The order of a set is by its strings' hashes; a seed is to make the same run again.
    os.environ["PYTHONHASHSEED"] = "0"
    context = get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=_begin) as pool:
        for name, units in _parts(options).items():
            if name in options.parts:
                figures[name] = _run(pool, name, units, until, wrong)
    seconds = round(time.monotonic() - began)
    short = [name for name, one in figures.items() if one.get("runs", 0) < one.get("runs_wanted", 0)]
    report(figures, wrong, short, options.seed, seconds)
    sys.exit(bool(wrong or short))


def _parts(options):
    """Return the units of work of each part: a function of this module, and its arguments."""
    from tests.faults.flows import FLOWS

    flows = range(len(FLOWS))
    seeds = [options.seed + number for number in range(options.scale)]
    shares = [(flow, seed, share) for seed in seeds for flow in flows for share in range(_SHARES)]
    crashes = [(_crash, one) for one in shares]
    refusals = [(_refuse, one) for one in shares]
    schedules = [(_schedules, (options.seed + begin, 20)) for begin in range(0, 3000 * options.scale, 20)]
    runs = 20_000 * options.scale // (_STEPS * _EXAMPLES) + 1
    states = [(_states, ("Money", options.seed + number)) for number in range(runs)]
    people = [(_states, ("People", options.seed + number)) for number in range(5 * options.scale)]
    arithmetic = [(_arithmetic, (options.seed + number, 20_000)) for number in range(50 * options.scale)]
    return {
        "crash points": crashes,
        "refusals": refusals,
        "delivery schedules": schedules,
        "state machine steps": states,
        "steps of people": people,
        "arithmetic cases": arithmetic,
    }


def _run(pool, name, units, until, wrong):
    """Run a part's units, as many at once as there are processes; returns what was counted."""
    counted, before = Counter(), len(wrong)
    waiting, left = set(), list(reversed(units))
    with _bar(name, len(units)) as bar:
        while waiting or left:
            while left and len(waiting) < 8 and time.monotonic() < until:
                function, arguments = left.pop()
                waiting.add(pool.submit(_guarded, function, arguments))
            if not waiting:
                break
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                figures, failures = one.result()
                counted.update(figures)
                for failure in failures:
                    _tell(wrong, f"{name}: {failure}")
                bar.set_postfix({"violations": len(wrong) - before}, refresh=False)
                bar.update()
    return {**counted, "violations": len(wrong) - before, "runs": len(units) - len(left), "runs_wanted": len(units)}


def _bar(name, total):
    # Where nobody watches, it is written anew every half a minute.
    seconds = 1 if sys.stderr.isatty() else 30
    return tqdm(total=total, desc=f"{name:<20}", unit=" runs", dynamic_ncols=True, mininterval=seconds)


def _tell(wrong, failure):
    """Say at once what is wrong, as long as that is not too much to read."""
    wrong.append(failure)
    if len(wrong) <= _MOST_PRINTED:
        tqdm.write(f"\nWRONG: {failure}")


def _guarded(function, arguments):
    """Run a unit. Returns what it counted, and all that was wrong."""
    try:
        figures, failures = function(*arguments)
    except Exception as failure:
        # Hypothesis says that something failed once and not again; what it was is inside.
        inside = getattr(failure, "exceptions", [failure])
        whole = "; ".join(f"{type(one).__name__}: {str(one)[:1500]}" for one in inside)
        where = "" if inside[0] is failure else "".join(traceback.format_exception(inside[0], limit=-5))
        figures, failures = {}, [f"{whole}\n{where}"]
    return figures, [f"{function.__name__}{arguments}: {one}" for one in failures]


def _begin():
    # What is imported in the middle of a run would begin with that run's memories.
    modules.import_everything()
    logging.disable(logging.CRITICAL)


def _crash(flow, seed, share):
    from tests.faults.crash_points import CRASHES

    return _break_off(flow, seed, share, lambda n, operation: [make(n) for _, make in CRASHES])


def _refuse(flow, seed, share):
    """Have each call refused in two of all the ways there are, drawn by chance."""
    from tests.faults.crash_points import refusals_of

    def two(n, operation):
        makers = refusals_of(operation)
        return [make(n) for make in random.Random(f"{flow} {seed} {n}").sample(makers, min(2, len(makers)))]

    return _break_off(flow, seed, share, two)


def _break_off(flow, seed, share, faults_at):
    """Try the faults of every so manieth call of a flow."""
    from tests.faults.crash_points import run_each
    from tests.faults.flows import FLOWS

    some = lambda n, operation: faults_at(n, operation) if n % _SHARES == share else []  # noqa: E731
    calls, outcomes, changeless = run_each(FLOWS[flow], some, seed)
    return {
        "calls": len(range(share, calls, _SHARES)),
        "count": len(outcomes) + changeless,
        "faults that came": sum(hit for hit, _ in outcomes) + changeless,
        "changeless": changeless,
    }, [wrong for _, wrong in outcomes if wrong]


def _schedules(seed, number):
    from tests.faults import schedules

    counted = Counter()
    for one in range(seed, seed + number):
        counted.update(schedules.run(one))
        counted["count"] += 1
    return counted, []


def _states(kind, number):
    from hypothesis import HealthCheck, Phase, seed, settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.faults.people import People
    from tests.faults.states import Money

    machine = type(kind, ({"Money": Money, "People": People}[kind],), {"steps": 0})
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
    return {"count": machine.steps}, []


def _arithmetic(seed, cases):
    from tests.faults import arithmetic

    return {"count": arithmetic.run(seed, cases)}, []


def _parallel(options, wrong):
    """Run what needs real processes on the real engine: in processes of its own, with an environment of its own."""
    posts = ["--posts", str(10_000 * options.scale)]
    money = _of_processes("parallel", [*posts, "--reversals", str(500 * options.scale)], options, wrong)
    introductions = _of_processes("parallel_introductions", posts, options, wrong)
    customers = ["--customers", str(200 * options.scale)]
    asks = _of_processes("parallel_asks", customers, options, wrong)
    together = money | introductions | asks
    return {"parallel": together} if together else {}


def _of_processes(module, arguments, options, wrong):
    """Run a module of parallel processes, and return its figures; none, if it did not come to its end."""
    print(f"{module} processes on the embedded engine ...", flush=True)
    seconds = _PARALLEL_SECONDS * options.scale
    try:
        ran_in_parallel = parallel.run(module, *arguments, seed=options.seed, seconds=seconds)
    except subprocess.TimeoutExpired:
        _tell(wrong, f"{module}: it has not ended within {seconds} seconds")
        return {}
    if ran_in_parallel is None:
        _tell(wrong, f"{module}: it did not come to its end")
        return {}
    for name in ran_in_parallel["wrong"]:
        _tell(wrong, f"{module}: {name}: {ran_in_parallel['figures'][name]}")
    figures: dict[str, list[int | None]] = ran_in_parallel["figures"]
    return figures


def _sweeps(options, wrong):
    """Run whole what the gate takes a sample of, such as every crash of emails and schedules at every call."""
    count = violations = 0
    for number, paths in enumerate(_SWEEPS, start=1):
        passed, failed = _sweep(options, wrong, paths, f"sweeps, {number} of {len(_SWEEPS)}")
        count, violations = count + passed, violations + failed
    return {"sweeps": {"count": count, "violations": violations, "runs": 1, "runs_wanted": 1}}


def _sweep(options, wrong, paths, name):
    """Run the sweeps of some paths, a file in one process. Returns how many tests passed, and whether any failed."""
    command = [sys.executable, "-m", "pytest", "-vv", "-m", "sweep", "-n", str(options.workers), "--dist", "loadfile"]
    command += ["--hypothesis-seed", str(options.seed), "--timeout=0", *paths]
    environment = own_environment() | {EVERYTHING: "1"}
    lines = []
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as ran,
        _bar(name, 100) as bar,
    ):
        for line in ran.stdout:
            lines.append(line)
            ended = re.match(r"\[gw\d+\] \[ *(\d+)%\] (\w+) (\S+)", line)
            if ended:
                bar.update(int(ended[1]) - bar.n)
                if ended[2] in ("FAILED", "ERROR"):
                    tqdm.write(f"{ended[2]} {ended[3]}")
    last = lines[-1] if lines else ""
    passed = re.search(r"(\d+) passed", last)
    if ran.returncode or passed is None:
        _tell(wrong, f"sweeps: {''.join(lines)[-3000:]}")
    return int(passed[1]) if passed else 0, int(ran.returncode != 0)


_PARTS = [
    "parallel",
    "sweeps",
    "crash points",
    "refusals",
    "delivery schedules",
    "state machine steps",
    "steps of people",
    "arithmetic cases",
]


def _options():
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120, help="begin nothing new after so many minutes")
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
