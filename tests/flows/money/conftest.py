"""The flows of money run on the embedded engine's own DynamoDB, in this process: transactions as on AWS, and fast."""

import os
import zlib
from pathlib import Path

import pytest

from tests.faults.invariants import no_false_alarm
from tests.faults.sampling import EVERYTHING
from tests.faults.world import built_once, world

# To compare the books takes as long as the median test: the gate does it after one in so many.
_ONE_IN = 1 if os.environ.get(EVERYTHING) else 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    if os.environ.get(EVERYTHING):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker("sweep")


@pytest.fixture
def shop(request):
    with world() as shop:
        yield shop
        if not shop.tampered and zlib.crc32(request.node.nodeid.encode()) % _ONE_IN == 0:
            # Whatever was done with money in a test: what is stored of it agrees.
            shop.streams.run()
            no_false_alarm(shop)


NAMES = ("Ada", "=cmd|'/C calc'!A0", '＝SUM(A1), "Bob"')


@pytest.fixture
@built_once
def owed(shop):
    """Three partners who are due 10.00, 20.00 and 30.00."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    members = [shop.partner(program, name=name, email=f"p{n}@mail.example") for n, name in enumerate(NAMES)]
    for n, member in enumerate(members):
        shop.sale(program, f"order-{n}", f"c-{n}", amount=10_000 * (n + 1), code=shop.link(program, member)["code"])
    shop.settle()
    return program, members
