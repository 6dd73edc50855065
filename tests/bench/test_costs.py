"""The cost model, against bills worked out by hand."""

import pytest

from bench import costs
from bench.costs import Work

pytestmark = pytest.mark.bench


def test_a_million_bare_calls_behind_a_rest_api_cost_its_price_and_lambdas():
    billed = costs.bill(Work(calls=1), behind_rest=True)

    assert billed.door == pytest.approx(3.50)
    assert billed.functions == pytest.approx(0.20)
    assert billed.total == pytest.approx(3.70)


def test_a_function_url_is_free():
    assert costs.bill(Work(calls=1)).door == 0


def test_a_function_is_billed_for_its_share_of_a_processor_and_for_its_waits():
    # 256 MB are a 6.91th of a processor: 1 ms of CPU takes 6.91 ms there; and 5 ms of waiting: 11.91 ms.
    # 11.91 ms x 0.25 GB x $0.0000133334 x a million = $0.0397; and $0.20 for the calls.
    billed = costs.bill(Work(calls=1, cpu_seconds=0.001, waits=1, megabytes=256))

    assert billed.functions == pytest.approx(0.2397, abs=0.0001)


def test_memory_beyond_a_whole_processor_makes_nothing_faster():
    # 3,538 MB are two processors; one thread takes 1 ms all the same: 1 ms x 3.455 GB x $0.0000133334 x a million.
    billed = costs.bill(Work(calls=0, cpu_seconds=0.001, megabytes=3538))

    assert billed.functions == pytest.approx(0.0461, abs=0.0001)


def test_units_emails_and_logs_are_added():
    # 2 x $0.625, 5 x $0.125, $100 of emails, and 200 bytes a million times: 0.2 GB x $0.50.
    billed = costs.bill(Work(write_units=2, read_units=5, emails=1, log_bytes=200))

    assert (billed.database, billed.emails, billed.logs) == pytest.approx((1.875, 100.0, 0.10))
    assert billed.total == pytest.approx(101.975)


def test_bills_add_up():
    both = costs.bill(Work(calls=1), behind_rest=True) + costs.bill(Work(write_units=1))

    assert both.total == pytest.approx(3.70 + 0.625)
