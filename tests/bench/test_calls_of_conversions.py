"""How many calls of the database a conversion takes: a website waits for each of them."""

import pytest

from bench.simulated import metered


@pytest.fixture(scope="module")
def market():
    with metered(units=False) as (shop, meter):
        program = shop.program()
        yield shop, meter, program, shop.click_id(shop.link(program, shop.partner(program)))


def calls_of(meter, report):
    meter.clear()
    assert report().status == 201
    return [operation for operation, _ in meter.calls]


def test_who_a_new_customer_may_be_is_read_by_one_call_and_all_is_written_by_one(market):
    shop, meter, program, click_id = market
    shop.sale(program, "order-0", "customer-0", click_id=click_id)

    first = calls_of(meter, lambda: shop.sale(program, "order-1", "customer-1", click_id=click_id))
    later = calls_of(meter, lambda: shop.sale(program, "order-2", "customer-1"))

    assert first == ["BatchGetItem", "TransactWriteItems"]
    # Their name, their account with its referrals, and both rows.
    assert later == ["GetItem", "Query", "TransactWriteItems"]
