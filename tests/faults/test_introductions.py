"""Introductions under faults: what would be wrong with them is found out, and many at once have one first."""

from unittest.mock import patch

import pytest

from chalicelib.conversions import attribution, introduced, trace, won
from chalicelib.introductions import line, turns
from tests.faults import crash_points, flows, parallel
from tests.faults.line import CrashBefore, Fault
from tests.faults.sabotage import won_in_a_call_of_its_own
from tests.faults.sampling import GATE_SEED

FLOWS = {flow.name: flow for flow in flows.FLOWS}


def is_found_out(name, fault=None):
    try:
        crash_points.run(FLOWS[name], fault or Fault(), GATE_SEED)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize(
    ("flow", "sabotage"),
    [
        pytest.param(
            "introduced sale refunded",
            patch.object(won, "uncounted", lambda row, **_: turns.quietly(row, sales=row.sales)),
            id="a refund in full leaves the introduction won",
        ),
        pytest.param(
            "introduced sale moved",
            patch.object(won, "uncounted", lambda row, *, reason, at: turns.turned(row, "lost", by="sale", at=at)),
            id="the count of sales is forgotten",
        ),
        pytest.param(
            "introduced, and known by their address",
            patch.object(trace, "line_up", lambda *_, **__: []),
            id="nobody is bound by an introduction",
        ),
        pytest.param(
            "introduced by a guess",
            patch.object(attribution, "_yield", lambda touches, **_: touches),
            id="a guess takes another partner's customer",
        ),
        pytest.param(
            "introduced by a guess",
            patch.object(introduced, "_by_address", lambda touch, *_: touch),
            id="a guess takes a customer",
        ),
        pytest.param(
            "introductions in line",
            patch.object(line, "pass_on", lambda *_, **__: []),
            id="nobody moves up as the first one ends",
        ),
    ],
)
def test_introductions_that_are_wrong_are_found_out(flow, sabotage):
    assert not is_found_out(flow)
    with sabotage:
        assert is_found_out(flow)


def test_a_win_apart_from_its_sale_is_found_out_by_a_crash_between_them():
    """So others do it: the deal is won first, and its sale is reported after that, or never."""
    name = "introduced, and named by the sale"
    with won_in_a_call_of_its_own():
        assert not is_found_out(name)
        calls = crash_points.calls_of(FLOWS[name], GATE_SEED)
        places = [n for n, operation in enumerate(calls) if operation == "TransactWriteItems"]
        assert any(is_found_out(name, CrashBefore(n)) for n in places)


def test_many_processes_that_introduce_one_person_at_once_have_one_first():
    few = ["--posts", "40", "--wins", "10", "--workers", "2"]

    assert parallel.run("parallel_introductions", *few, seed=GATE_SEED)["wrong"] == []
