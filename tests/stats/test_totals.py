"""What a partner brought between two moments: the same by closed days as by hours, in few rows."""

from datetime import timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.stats import totals


@pytest.fixture
def busy(shop):
    """A partner with a sale in each of three hours of five days, of which the first four are closed."""
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    for day in range(5):
        for hour in range(3):
            order = f"order-{day}-{hour}"
            shop.sale(program, order, order, amount=1, code=code)
            shop.wait(hours=1)
        shop.settle()
        shop.wait(hours=21)
    shop.settle()
    memory.forget_everything()
    return program, ada


def test_what_a_partner_brought_is_read_by_closed_days_however_many_hours_had_sales(shop, busy, monkeypatch):
    program, ada = busy
    read = []

    def queried(pk, first, last):
        for row in query_rows(pk, first, last):
            read.append(row.pk)
            yield row

    query_rows = totals.query_rows
    monkeypatch.setattr(totals, "query_rows", queried)
    end = shop.at

    def sales(since, until=end):
        read.clear()
        return totals.brought_by(ada["id"], program["id"], since=since, until=until)[0]

    begun = end - timedelta(days=5)
    assert sales(begun - timedelta(days=300)) == 15
    # Four closed days, a row each, and what is open.
    assert len(read) == 5
    for since, until, expected in (
        (begun, end, 15),
        (begun + timedelta(minutes=1), end, 14),
        (begun + timedelta(hours=1), begun + timedelta(days=1, hours=1), 4),
        (begun + timedelta(hours=2), begun + timedelta(days=1), 2),
        (begun + timedelta(days=2, hours=3), begun + timedelta(days=2, hours=4), 0),
        (begun + timedelta(days=1), begun + timedelta(days=1, hours=2), 3),
        (end - timedelta(hours=1), end, 0),
    ):
        assert sales(since, until) == expected, (since, until)
