"""A walk that ends at any of its calls: the graph of before is shown, and the next run ends what it began."""

import contextlib

import pytest

from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault
from tests.flows.test_graph import Tea, walk

pytestmark = pytest.mark.slow

# Each of so many calls: twice as many walks.
EVERY = 9


def test_a_crash_at_any_call_of_a_walk_leaves_what_the_next_run_ends(shop):
    tea = Tea(shop)
    tea.join("Ada")
    tea.buy("Bob", 1000, by="Ada")
    tea.join("Bob")
    tea.buy("Cy", 2000, by="Bob")
    shop.settle()
    walk(shop)
    total, number = 3000, 0
    while True:
        for fault in (CrashBefore(number), CrashAfter(number)):
            before = tea.sources()
            tea.buy("Cy", 10)
            total += 10
            shop.settle()
            # With the minute of the sale and the hour below a day, so that all of this is at one time of the day.
            shop.wait(hours=22, minutes=59)
            shop.settle()
            shop.line.calls.clear()
            shop.line.fault = fault
            with contextlib.suppress(Crash):
                shop.run_schedule("trace_sources")
            shop.line.fault = Fault()
            assert tea.sources()["totals"]["through"] in (before["totals"]["through"], total)
            shop.wait(hours=1)
            shop.run_schedule("trace_sources")
            assert tea.rows() == {"Ada": (0, 1000, total, 1, 2)}
        if not fault.hit:
            return
        number += EVERY
