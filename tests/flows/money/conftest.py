"""The flows of money run on the embedded engine's own DynamoDB, in this process: transactions as on AWS, and fast."""

import pytest

from tests.faults.world import world


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


NAMES = ("Ada", "=cmd|'/C calc'!A0", '＝SUM(A1), "Bob"')


@pytest.fixture
def owed(shop):
    """Three partners who are due 10.00, 20.00 and 30.00."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    members = [shop.partner(program, name=name, email=f"p{n}@mail.example") for n, name in enumerate(NAMES)]
    for n, member in enumerate(members):
        shop.sale(program, f"order-{n}", f"c-{n}", amount=10_000 * (n + 1), code=shop.link(program, member)["code"])
    shop.settle()
    return program, members
