"""Money under faults, in small numbers; `make prove` runs the large ones."""

import random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.kit.dynamo import writes
from chalicelib.rewards import amounts
from tests.faults import arithmetic, crash_points, flows, parallel, reported, schedules
from tests.faults.line import CrashAfter, CrashBefore, Fault, Lost, Refused
from tests.faults.sabotage import codes_counted_from_their_report, results_of_links_counted_twice
from tests.faults.sampling import GATE_SEED, sample
from tests.faults.states import Money

SEED = GATE_SEED


@pytest.fixture(autouse=True)
def seeded():
    print(f"seed {SEED}")


@pytest.mark.parametrize("number", sample(range(25), 6))
def test_however_records_are_delivered_the_books_come_out_the_same(number):
    schedules.run(SEED + number)


@pytest.mark.parametrize("flow", sample(flows.FLOWS, 20), ids=lambda flow: flow.name)
def test_a_fault_at_any_call_of_a_flow_changes_nothing(flow):
    chance = random.Random(f"{SEED} {flow.name}")
    with crash_points.prepared(flow, SEED) as (business, watch):
        calls = [operation for operation, _ in crash_points.happen(flow, business, watch, Fault())]
    place = chance.randrange(len(calls))
    crashes = [make for _, make in crash_points.CRASHES]
    fault = chance.choice([*crashes, *crash_points.refusals_of(calls[place])])(place)
    crash_points.run(flow, fault, SEED)
    # A refusal may be of a place that the call has not.
    assert fault.hit or isinstance(fault, Refused)


def test_a_seed_makes_the_same_run_again():
    runs = []
    with patch.object(schedules, "at_rest", lambda business, **_: runs.append(list(business.shop.line.calls))):
        for _ in range(2):
            schedules.run(SEED)
    assert runs[0] == runs[1] != []


def test_whatever_happens_in_whatever_order_the_books_hold_after_each_step():
    few = settings(
        max_examples=4, stateful_step_count=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(seed(SEED)(Money), settings=few)


def unconditional(row):
    from pynamodb.expressions.operand import Path

    return writes.put_if(row, Path("pk").exists() | Path("pk").does_not_exist())


@pytest.mark.parametrize(
    "sabotage",
    [
        pytest.param(patch.object(writes, "insert", unconditional), id="what is put once is put again"),
        pytest.param(patch.object(amounts, "_ceil", lambda a, b: a // b), id="cents are rounded down"),
        pytest.param(
            patch.object(writes, "commit", lambda *requested: one_by_one(requested)),
            id="what belongs together is written apart",
        ),
        pytest.param(
            patch("chalicelib.kit.streams._failures", lambda _failed: {"batchItemFailures": []}),
            id="failures are swallowed",
        ),
        pytest.param(codes_counted_from_their_report(), id="told moments cost credit"),
    ],
)
def test_a_service_that_is_wrong_is_found_out(sabotage):
    """The harness bites: what it would never find, it could not prove."""
    with sabotage:
        caught = any(_is_wrong(SEED + number) for number in range(60))

    assert caught


def test_reports_that_are_wrong_are_found_out_by_their_own_check_alone():
    with results_of_links_counted_twice():
        caught = next(SEED + number for number in range(20) if _is_wrong(SEED + number))
        # What the graph says of partners is added up from the same results.
        graph = patch.object(schedules, "check_graph")
        with patch.object(schedules, "check_reports", lambda *_: None), patch.object(reported, "check_reports"), graph:
            # All else that is looked at is as it must be.
            schedules.run(caught)


def _is_wrong(number):
    try:
        schedules.run(number)
    except Exception:
        # Whatever way it shows: books that do not hold, or a service that fails at its own tasks.
        return True
    return False


def one_by_one(requested):
    return [write for write in requested if not writes._single(write)]


def test_what_many_processes_do_at_once_has_one_effect():
    few = ["--posts", "30", "--sales", "10", "--reversals", "3", "--busy", "0", "--workers", "2"]

    assert parallel.run("parallel", *few, seed=SEED)["wrong"] == []


def test_every_currency_is_counted_in_exact_fractions():
    assert arithmetic.run(SEED, 2000) == 2000


def test_a_fault_that_never_came_is_not_taken_for_one_that_was_survived():
    fault = CrashAfter(10_000)
    crash_points.run(flows.FLOWS[0], fault, 1)

    assert not fault.hit
    assert Fault().hit is False


def test_damage_by_a_fault_in_a_copy_names_the_fault_and_leaves_nothing_behind():
    def check(business):
        assert not business.shop.line.fault.hit

    def faults_at(n, operation):
        return [CrashBefore(n), CrashBefore(10_000), CrashAfter(n), Lost(n)] if n in (click, before) else []

    flow = flows.Flow("click", lambda business: None, lambda business: business.click(0), check)
    operations = crash_points.calls_of(flow, SEED)
    click = operations.index("PutItem")
    before = click - 1
    calls, outcomes, changeless = crash_points.run_each(flow, faults_at, SEED)

    assert calls == len(operations)
    assert (operations[before], changeless) == ("GetItem", 2)
    assert [hit for hit, _ in outcomes] == [True, False, True, False, True, True]
    wrong = [message for _, message in outcomes]
    assert f"click, seed {SEED}, CrashBefore {{'at': {before}, 'hit': True}}" in wrong[0]
    assert wrong[1] is wrong[3] is None
    assert f"CrashAfter {{'at': {click}, 'hit': True}}" in wrong[4]
    assert f"Lost {{'at': {click}, 'hit': True}}" in wrong[5]
