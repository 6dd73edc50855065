"""
What many processes do at once, on the embedded engine: each is a function of its own, as on Lambda.

`python -m tests.faults.parallel` prints its figures as JSON, and ends with 1 if anything is wrong.
"""

import argparse
import asyncio
import contextlib
import json
import math
import multiprocessing
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from fractions import Fraction

from tests.running import own_environment

RATE_BP = 1500
_PROGRAM = {
    "name": "Parallel",
    "external_id": "parallel",
    "landing_url": "https://parallel.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": RATE_BP}],
}


def main():
    options = _options()
    with serving() as service:
        caller = Caller(new_key())
        caller.call(("POST", "/v1/programs", _PROGRAM))
        caller.call(("POST", "/v1/partners", {"name": "P", "external_id": "p", "programs": ["ext_parallel"]}))
        caller.call(("POST", "/v1/links", {"program": "ext_parallel", "partner": "ext_p", "code": "parallel"}))
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(options.workers, initializer=begin, initargs=(caller.key, service.door)) as pool:
            figures = _posts(pool, service, caller, posts=options.posts, sales=options.sales, seed=options.seed)
            figures |= _reversals(pool, service, caller, count=options.reversals, seed=options.seed)
            figures |= _payouts(pool, service, caller)
        # On AWS the reactions to what is decided are other functions; here they would take this one's time.
        for pump in service.pumps:
            pump.stop()
        if options.busy:
            figures |= _busy(caller, count=options.busy)
    end(figures, options.seed)


@contextlib.contextmanager
def serving():
    """Start a service on the embedded engine, which other processes can ask as well."""
    from infra.local.service import Service

    service = Service(url="http://localhost", keep=None)
    # As in `make run`, whatever other processes ask of the engine is answered in an event loop.
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    service.open_doors(loop)
    service.start()
    try:
        yield service
    finally:
        service.stop()


def end(figures, seed):
    """Print figures, each with what it must be, and end: with 1 if one is not."""
    wrong = [name for name, (actual, expected) in figures.items() if isinstance(expected, int) and actual != expected]
    print(json.dumps({"figures": figures, "wrong": wrong, "seed": seed}))
    sys.exit(bool(wrong))


def run(module, *arguments, seed, seconds=100):
    """Run a module like this in a process of its own. Returns its figures and which are wrong; None if it died."""
    command = [sys.executable, "-m", f"tests.faults.{module}", "--seed", str(seed), *arguments]
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, env=own_environment(), check=False, timeout=seconds
    )
    last = ran.stdout.strip().splitlines()[-1:]
    ended = json.loads(last[0]) if last else None
    return ended if ended and ran.returncode == bool(ended["wrong"]) else None


class Caller:
    """The API, called in this very process."""

    def __init__(self, key):
        from chalice.test import Client

        import app

        self.key = key
        self.client = Client(app.app).__enter__()

    def call(self, request):
        """Call until it is answered: 503 says that the same call may be sent again."""
        method, path, body = request
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        raw = json.dumps(body).encode() if body is not None else b""
        for attempt in range(10):
            answer = self.client.http.request(method, path, headers=headers, body=raw)
            if answer.status_code < 500:
                break
            time.sleep(0.02 * 2**attempt)
        return answer.status_code, "Idempotent-Replayed" in answer.headers, json.loads(answer.body)


_caller = None


def begin(key, door):
    """Make a process a caller of the API on the engine behind a door."""
    global _caller
    from chalicelib.kit.dynamo import wire
    from infra.local.wires import EngineWire, RemoteEngine

    wire.use(EngineWire(RemoteEngine(door)))
    _caller = Caller(key)


def the_caller():
    """Return this process's caller."""
    return _caller


def do(request):
    """Call, and return the status, whether it was answered before, and the id or the code."""
    status, replayed, body = _caller.call(request)
    return status, replayed, body.get("id"), body.get("code")


def _posts(pool, service, caller, *, posts, sales, seed):
    """Every sale is posted many times, by all processes at once: each must have one effect."""
    amounts = {f"sale-{n}": 1000 + n for n in range(sales)}
    requests = [_sale(name, amount) for name, amount in amounts.items()] * (posts // sales)
    random.Random(seed).shuffle(requests)
    began = time.monotonic()
    answers = pool.map(do, requests, chunksize=10)
    seconds = time.monotonic() - began
    _settle(service)
    balance = _balance(caller)
    due = sum(math.ceil(Fraction(amount * RATE_BP, 10_000)) for amount in amounts.values())
    numbers = caller.call(("GET", "/v1/partners/ext_p/stats", None))[2]["totals"]
    return {
        "parallel posts answered 201": [Counter(status for status, *_ in answers)[201], posts // sales * sales],
        "of them first answers": [sum(not replayed for _, replayed, *_ in answers), sales],
        "conversions they made": [len({identifier for *_, identifier, _ in answers}), sales],
        "sales counted": [numbers["sales"], sales],
        "minor units due": [balance["due"], due],
        "ledger entries": [balance["seq"], sales],
        "parallel posts a second": [round(posts / seconds), None],
    }


def _reversals(pool, service, caller, *, count, seed):
    """Every sale is refunded in full by two refunds at once: one is taken, one refused, nothing is left."""
    made = pool.map(do, [_sale(f"reversed-{n}", 1000 + n) for n in range(count)], chunksize=10)
    refunds = [
        ("POST", f"/v1/conversions/{identifier}/refunds", _refund(name, 1000 + n))
        for n, (_, _, identifier, _) in enumerate(made)
        for name in ("one", "other")
    ]
    before = _settled_balance(service, caller, without=count)
    answers = pool.map(do, refunds, chunksize=1)
    _settle(service)
    codes = Counter(code or status for status, _, _, code in answers)
    return {
        "double reversals that succeeded": [codes[201], count],
        "double reversals refused": [codes["refund_exceeds_sale"], count],
        "minor units left of them": [_balance(caller)["due"] - before, 0],
    } | _restores(pool, service, caller, [identifier for _, _, identifier, _ in made])


def _restores(pool, service, caller, sales):
    """Every refund, and every one that was refused, is restored by two calls at once: what was taken is back once."""
    before = _balance(caller)["due"]
    restores = [
        ("POST", f"/v1/conversions/{identifier}/restores", {"refund_id": name})
        for identifier in sales
        for name in ("one", "other") * 2
    ]
    answers = pool.map(do, restores, chunksize=1)
    _settle(service)
    count = len(sales)
    codes = Counter(code or status for status, _, _, code in answers)
    return {
        "double restores that gave back": [sum(status == 201 and not again for status, again, *_ in answers), count],
        "double restores answered again": [sum(status == 201 and again for status, again, *_ in answers), count],
        "restores of no refund refused": [codes["refund_not_found"], 2 * count],
        "minor units they gave back": [_balance(caller)["due"] - before, _rewards_of(count)],
    }


def _payouts(pool, service, caller):
    """Many processes prepare payouts at once, and settle them at once: what was due is paid once."""
    due = _balance(caller)["due"]
    started = pool.map(do, [("POST", "/v1/payouts", {"currency": "USD"})] * 8, chunksize=1)
    names = [identifier for _, _, identifier, _ in started]
    pool.map(do, [("POST", f"/v1/payouts/{name}/prepare", None) for name in names * 2], chunksize=1)
    frozen = _balance(caller)
    body = {"note": "paid"}
    pool.map(do, [("POST", f"/v1/payouts/{name}/confirm", body) for name in names * 2], chunksize=1)
    _settle(service)
    after = _balance(caller)
    return {
        "minor units frozen by parallel payouts": [frozen["frozen"], due],
        "minor units paid by them": [after["paid"], due],
        "minor units due after them": [after["due"], 0],
    }


def _busy(caller, *, count):
    """One partner's conversions, decided in the batches of the stream: how many a second."""
    from chalicelib.conversions.table import Conversion
    from chalicelib.kit import clock
    from chalicelib.rewards.decide import decide

    at = clock.now()
    first = caller.call(_sale("busy", 1000))[2]
    sample = Conversion.get(first["id"], "conversion")
    conversions = []
    for n in range(count):
        # As stored, but for what makes each its own; they are decided from their stream records, as always.
        row = Conversion.from_raw_data(sample.serialize())
        row.id = f"cnv_busy{n:022}"
        conversions.append(row)
    began = time.monotonic()
    for begin in range(0, count, 100):
        decide(conversions[begin : begin + 100], at=at)
    seconds = time.monotonic() - began
    verified = caller.call(("GET", "/v1/ledger/verify", None))[2]
    return {
        "conversions a second on one partner": [round(count / seconds), None],
        "and that is 300 or more": [int(count / seconds >= 300), 1],
        "bad rows in the ledger": [0 if verified["bad"] is None else 1, 0],
    }


def _sale(external_id, amount):
    body = {
        "program": "ext_parallel",
        "type": "sale",
        "external_id": external_id,
        "customer": {"external_id": external_id},
        "amount": {"amount": amount, "currency": "USD"},
        "code": "parallel",
    }
    return "POST", "/v1/conversions", body


def _refund(name, amount):
    return {"refund_id": name, "amount": {"amount": amount, "currency": "USD"}}


def _settle(service):
    assert service.settle(seconds=300), "the reactions did not come to rest"


def _settled_balance(service, caller, *, without):
    """Return what was due before *without* sales of 1000, 1001, ... came."""
    _settle(service)
    return _balance(caller)["due"] - _rewards_of(without)


def _rewards_of(count):
    """Return what sales of 1000, 1001, ... earn together."""
    return sum(math.ceil(Fraction((1000 + n) * RATE_BP, 10_000)) for n in range(count))


def _balance(caller):
    return caller.call(("GET", "/v1/partners/ext_p/balances", None))[2]["balances"][0]


def new_key():
    """Return the secret of a key that may do everything."""
    from chalicelib.access.api_keys import create
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import clock

    return create(name="parallel", scopes=["admin"], actor=Actor("operator", "test"), at=clock.now())[1]


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--sales", type=int, default=200)
    parser.add_argument("--reversals", type=int, default=500)
    parser.add_argument("--busy", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
