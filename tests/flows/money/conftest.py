"""The flows of money run on the embedded engine's own DynamoDB, in this process: transactions as on AWS, and fast."""

import pytest

from tests.faults.world import world


@pytest.fixture
def shop():
    with world() as shop:
        yield shop
