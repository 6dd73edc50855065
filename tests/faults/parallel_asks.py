"""
Many processes ask the same customers at once, on pages and by email, day after day, on the embedded engine.

`python -m tests.faults.parallel_asks` prints its figures as JSON, and ends with 1 if anything is wrong.
"""

import argparse
import multiprocessing
import random
import time
from collections import Counter
from datetime import timedelta

from tests.faults import parallel

_PROGRAM = {
    "name": "Asks",
    "external_id": "asks",
    "landing_url": "https://asks.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": parallel.RATE_BP}],
}
# Every sale makes a moment; one ask a day, and no more in a year than these days of asking would allow.
_DAYS, _SALES, _MOST_A_YEAR = 6, 8, 4
_ASKING = {
    "rules": [{"name": "bought", "on": "sale", "active": True, "by": "both", "wait_hours": 24}],
    "quiet_days": 1,
    "most_a_year": _MOST_A_YEAR,
    "hold_out_bp": 3000,
}
# So many calls ask a customer at once: of both kinds.
_PAGES, _EMAILS = 4, 4


def main():
    options = _options()
    with parallel.serving() as service:
        caller = parallel.Caller(parallel.new_key())
        program = caller.call(("POST", "/v1/programs", _PROGRAM))[2]
        caller.call(("POST", f"/v1/programs/{program['id']}/asking", _ASKING))
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(options.workers, initializer=parallel.begin, initargs=(caller.key, service.door)) as pool:
            customers = [f"c-{n}" for n in range(options.customers)]
            pool.map(parallel.do, [_sale(one, n) for one in customers for n in range(_SALES)], chunksize=10)
            assert service.settle(seconds=300), "the reactions did not come to rest"
            # Emails would be sent whenever this process comes to them: here, all ask at the same moment.
            for pump in service.pumps:
                pump.stop()
            figures = _asks(pool, program, customers, seed=options.seed)
    parallel.end(figures, options.seed)


def _sale(customer, n):
    body = {
        "program": "ext_asks",
        "type": "sale",
        "external_id": f"{customer}-{n}",
        "customer": {"external_id": customer, "email": f"{customer}@mail.example", "may_contact": True},
        "amount": {"amount": 1000, "currency": "USD"},
    }
    return "POST", "/v1/conversions", body


def _asks(pool, program, customers, *, seed):
    """Ask each customer by all calls at once, each day; what a page was given, two calls say that it was seen."""
    moments = [row for row in _rows(program) if row.state == "due"]
    held_out = {row.customer_id for row in moments if row.held_out}
    emails = {}
    for row in moments:
        emails.setdefault(row.customer_id, []).append(row.id)
    references = {_customer_id(pool, program, one): one for one in customers}
    chance = random.Random(seed)
    answers, doubled, made, seconds = Counter(), 0, 0, 0.0
    for day in range(_DAYS):
        calls = []
        for identifier, customer in references.items():
            page = ("page", day, f"/v1/customers/ext_{customer}/ask?program={program['id']}")
            mine = emails[identifier]
            mine = [("email", day, one) for one in chance.sample(mine, min(_EMAILS, len(mine)))]
            calls += chance.sample([page] * _PAGES + mine, _PAGES + len(mine))
        made += len(calls)
        began = time.monotonic()
        results = pool.map(ask, calls, chunksize=1)
        seconds += time.monotonic() - began
        answers.update(because or "asked" for _, _, because in results)
        by_customer = {}
        for identifier, moment, because in results:
            if because is None:
                by_customer.setdefault(identifier, set()).add(moment)
        doubled += sum(len(one) > 1 for one in by_customer.values())
        moments_of_day = {moment for one in by_customer.values() for moment in one}
        pool.map(see, [(day, moment) for moment in moments_of_day] * 2, chunksize=1)
        # An email that was sent is never sent again, so nobody asks by it another day.
        emails = {identifier: [one for one in mine if one not in moments_of_day] for identifier, mine in emails.items()}
    asks = [row for row in _rows(program) if row.is_asked]
    of_customer = Counter(row.customer_id for row in asks)
    of_day = Counter((row.customer_id, row.asked_at.date()) for row in asks)
    others = [one for one in references if one not in held_out]
    return {
        "parallel asks": [sum(answers.values()), made],
        "moments they could ask by": [len(moments), len(customers) * _SALES],
        "customers held out": [len(held_out), None],
        "asks of who is held out": [sum(of_customer[one] for one in held_out), 0],
        "customers who were given two asks in one day": [doubled, 0],
        "days on which a customer was asked twice": [sum(number > 1 for number in of_day.values()), 0],
        "customers asked as often as the year allows": [
            sum(of_customer[one] == _MOST_A_YEAR for one in others),
            len(others),
        ],
        "moments counted as asked": [_counted(program), len(asks)],
        "asked by email": [sum(row.asked_by == "email" for row in asks), None],
        "parallel asks a second": [round(made / seconds), None],
    }


def ask(call):
    """Ask a customer in one way: returns who was asked, by which moment, and why they were not."""
    way, day, what = call
    _set_day(day)
    if way == "page":
        status, _, body = parallel.the_caller().call(("GET", what, None))
        assert status == 200, body
        return _customer_of(body["moment"]), body["moment"], body["because"]
    return _ask_by_email(what)


def see(call):
    """Say that a page showed an ask; of one that an email asked by, this changes nothing."""
    day, moment = call
    _set_day(day)
    return parallel.the_caller().call(("POST", f"/v1/moments/{moment}/seen", None))[0]


def _ask_by_email(identifier):
    from chalicelib.kit import clock
    from chalicelib.kit.errors import Busy
    from chalicelib.moments.asking import ask_by_email
    from chalicelib.moments.move import find
    from chalicelib.programs import find as programs

    moment = find(identifier)
    program = programs.find(moment.program_id).program
    for attempt in range(10):
        try:
            because = ask_by_email(moment, program, at=clock.now())
        except Busy:
            # As the email would be: delivered again.
            time.sleep(0.02 * 2**attempt)
        else:
            return moment.customer_id, identifier, because
    raise AssertionError("busy for ever")


def _set_day(day):
    """Set this process's clock to a day of asking: more than a quiet time, and than a page shows an ask, apart."""
    from chalicelib.kit import clock

    lead = timedelta(days=2) * (day + 1)
    clock.source = lambda: clock.real() + lead


def _customer_of(moment):
    from chalicelib.moments.move import find

    return find(moment).customer_id if moment else None


def _customer_id(pool, program, customer):
    return pool.apply(_read_customer, (f"/v1/customers/ext_{customer}",))


def _read_customer(path):
    return parallel.the_caller().call(("GET", path, None))[2]["id"]


def _rows(program):
    from chalicelib.moments.table import Moment

    return list(Moment.of_program.query(program["id"]))


def _counted(program):
    from chalicelib.moments.table import Numbers, numbers_key

    return sum(row.asks for row in Numbers.query(numbers_key(program["id"])))


def _options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
