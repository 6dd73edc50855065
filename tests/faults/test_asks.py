"""Customers who are asked in many ways at once: once a day, as often as a year allows, and never who is held out."""

from tests.faults import parallel
from tests.faults.sampling import GATE_SEED


def test_many_processes_that_ask_a_customer_at_once_ask_once():
    few = ["--customers", "6", "--workers", "2"]

    assert parallel.run("parallel_asks", *few, seed=GATE_SEED)["wrong"] == []
