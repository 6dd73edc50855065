"""
Many processes introduce one person at once, sell to them at once, and refund that at once, on the embedded engine.

`python -m tests.faults.parallel_introductions` prints its figures as JSON, and ends with 1 if anything is wrong.
"""

import argparse
import multiprocessing
import time
from collections import Counter

from tests.faults import parallel

_EMAIL = "grace@navy.example"
_PROGRAM = {
    "name": "Introductions",
    "external_id": "introductions",
    "landing_url": "https://introductions.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": parallel.RATE_BP}],
}
_TOGETHER = 100


def main():
    options = _options()
    with parallel.serving() as service:
        # Everything here is decided by the calls themselves; emails to so many partners would take this process's time.
        for pump in service.pumps:
            pump.stop()
        caller = parallel.Caller(parallel.new_key())
        program = caller.call(("POST", "/v1/programs", _PROGRAM))[2]
        _open(program)
        partners = _partners(caller, options.posts)
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(options.workers, initializer=parallel.begin, initargs=(caller.key, service.door)) as pool:
            figures = _introductions(pool, program, partners)
            figures |= _sales(pool, program, count=options.wins)
    parallel.end(figures, options.seed)


def _open(program):
    from tests.introduced import open_for_introductions

    open_for_introductions(program)


def _partners(caller, count):
    """Make as many partners: each may introduce one person once."""
    named = ({"name": f"P {n}", "external_id": f"p-{n}", "email": f"p{n}@mail.example"} for n in range(count))
    partners = [one | {"program": "ext_introductions"} for one in named]
    for begin in range(0, count, _TOGETHER):
        batch = "POST", "/v1/partners/batch", {"partners": partners[begin : begin + _TOGETHER]}
        # A batch has seconds: what it did not come to is done as it is sent again.
        while not all(one["partner"] for one in caller.call(batch)[2]["data"]):
            pass
    return [partner["external_id"] for partner in partners]


def _introductions(pool, program, partners):
    """Each partner introduces the same person, all at once: one is first, and all others are told that they wait."""
    body = {"program": program["id"], "person": {"name": "Grace", "email": _EMAIL}, "closeness": "friend"}
    requests = [("POST", "/v1/introductions", body | {"partner": f"ext_{one}"}) for one in partners]
    began = time.monotonic()
    answers = pool.map(parallel.do, requests, chunksize=10)
    seconds = time.monotonic() - began
    states, heads = _states(program)
    return {
        "parallel introductions of one person answered 201": [
            Counter(status for status, *_ in answers)[201],
            len(partners),
        ],
        "other answers": [Counter(code for status, *_, code in answers if status != 201), None],
        "of them first": [states["received"], 1],
        "of them second in line": [states["second_in_line"], len(partners) - 1],
        "lines with a first one": [heads, 1],
        "parallel introductions a second": [round(len(partners) / seconds), None],
    }


def _sales(pool, program, *, count):
    """Sales win it, each reported four times at once; all are refunded at once, each twice, and the next moves up."""
    sales = [_sale(program, n) for n in range(count)]
    answers = pool.map(parallel.do, sales * 4, chunksize=1)
    ids = sorted({identifier for *_, identifier, _ in answers})
    won, _ = _states(program)
    counted = [row.sales for row in _rows(program) if row.state == "won"]
    refund = {"refund_id": "r", "amount": {"amount": 1000, "currency": "USD"}}
    pool.map(parallel.do, [("POST", f"/v1/conversions/{one}/refunds", refund) for one in ids] * 2, chunksize=1)
    lost, heads = _states(program)
    return {
        "parallel sales that won it": [len(ids), count],
        "introductions won": [won["won"], 1],
        "sales it counts": [sum(counted), count],
        "won after all refunds": [lost["won"], 0],
        "lost by refunds": [lost["lost"], 1],
        "moved up": [lost["received"], 1],
        "lines with a first one after that": [heads, 1],
    }


def _sale(program, n):
    body = {
        "program": program["id"],
        "type": "sale",
        "external_id": f"order-{n}",
        "customer": {"external_id": "grace", "email": _EMAIL},
        "amount": {"amount": 1000, "currency": "USD"},
    }
    return "POST", "/v1/conversions", body


def _rows(program):
    from chalicelib.introductions.table import Introduction

    return list(Introduction.by_program.query(program["id"]))


def _states(program):
    """Return how many introductions are in each state, and in how many lines somebody is first."""
    from chalicelib.introductions.table import FirstInLine

    rows = _rows(program)
    return Counter(row.state for row in rows), sum(1 for _ in FirstInLine.scan(FirstInLine.sort == "first"))


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--wins", type=int, default=100)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
