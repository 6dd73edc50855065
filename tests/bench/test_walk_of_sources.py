"""The walk to the sources of a program with very many partners ends within a run's time and memory."""

import os
import time
import tracemalloc

import pytest

from bench.simulated import metered
from chalicelib.graph.trace import trace_sources
from chalicelib.kit import memory
from tests.bench.copies import Originals, all_rows, keys_of
from tests.faults.sampling import EVERYTHING

pytestmark = [pytest.mark.engine, pytest.mark.sweep]

# A tree of so many partners, each brought by an earlier one, is there so often. With 4,999 copies it takes ten minutes:
# the embedded engine sorts all partners for each page of them.
TREE = 20
COPIES, ALL_COPIES = 4, 999
# The function's own time-out, half of which a program takes at most; a call takes some 5 ms on AWS.
RUN_SECONDS, CALL_SECONDS = 240, 0.005
MOST_MEMORY = 250_000_000


@pytest.fixture(scope="module")
def large():
    with metered(units=False) as (shop, meter):
        yield _business(shop, ALL_COPIES if os.environ.get(EVERYTHING) else COPIES), shop, meter


def _business(shop, copies):
    """Make a program in which trees of partners, who signed up by the links of earlier ones."""
    program = shop.program(external_id="tea")
    shop.settle()
    before = keys_of(all_rows(shop))
    links = []
    for number in range(TREE):
        name = f"x{number}x"
        if number:
            shop.lead(program, f"lead-{name}", f"crm-{name}", click_id=shop.click_id(links[(number - 1) // 2]))
        partner = shop.partner(program, name=name, email=f"p-{name}@mail.example", external_id=f"crm-{name}")
        links.append(shop.link(program, partner, code=f"code-{name}"))
        shop.wait(minutes=1)
    shop.wait(days=1, hours=2)
    shop.settle()
    originals = Originals(shop, before, numbers=TREE)
    for number in range(1, copies + 1):
        originals.copy(number)
    return program


def test_a_program_of_very_many_partners_is_walked_in_one_run(large):
    _, shop, meter = large
    trees = 1 + (ALL_COPIES if os.environ.get(EVERYTHING) else COPIES)
    memory.forget_everything()
    meter.clear()
    began = time.process_time()

    trace_sources(at=shop.at, most_seconds=3600)

    seconds, calls = time.process_time() - began, sum(meter.counted.values())
    print(f"\n{TREE * trees:,} partners: {calls:,} calls, {seconds:.0f} s with the engine's own time", end="")
    sources = shop.get("/v1/programs/ext_tea/sources?limit=100").json
    assert (sources["partners"], sources["sources"], sources["complete"]) == (TREE * trees, trees, True)
    assert {one["partners"] for one in sources["data"]} == {TREE - 1}
    assert calls <= 60 + TREE * trees / 10
    assert calls * CALL_SECONDS < RUN_SECONDS / 2


def test_the_walk_of_very_many_partners_fits_into_its_memory(large):
    _, shop, _ = large
    shop.wait(days=1)
    memory.forget_everything()
    tracemalloc.start()

    trace_sources(at=shop.at, most_seconds=3600)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\n{peak / 1e6:,.0f} MB, with what the engine stores of it", end="")
    assert peak < MOST_MEMORY
