"""The flows of money run on the embedded engine's own DynamoDB, in this process: transactions as on AWS, and fast."""

import pytest

from tests.faults.invariants import no_false_alarm
from tests.faults.world import built_once, world


@pytest.fixture
def shop():
    with world() as shop:
        yield shop
        if not shop.tampered:
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
