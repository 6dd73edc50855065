"""What a walk takes grows as what it walks through: its calls in proportion, what it holds in memory not at all."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from bench.simulated import MIDNIGHT, metered
from bench.statistics_reads import count_clicks
from tests.deadlines import passing_after
from tests.held import rows_held

# A tenth more than in proportion, for what comes but once.
SLACK = 1.1


class Taken(NamedTuple):
    """What a walk took: runs, calls, and rows held in memory at once."""

    runs: int
    calls: int
    held: int


def run_all(meter, run, is_done, most=500):
    """Run something until it is done; return what it took."""
    meter.clear()
    with rows_held() as held:
        for number in range(1, most):
            run()
            if is_done():
                return Taken(number, sum(meter.counted.values()), held.most)
    raise AssertionError("it came to no end")


def closing_of(link_hours, monkeypatch):
    """Close a program's day of so many link-hours, with time for one stretch a run."""
    from chalicelib.stats import close_day, roll_up, stretches
    from chalicelib.stats.table import Rollup, find_cursor, program_subject

    with metered(units=False) as (shop, meter):
        program = shop.program()
        for number in range(link_hours // 6):
            for hour in range(6):
                partner, code = f"ptr_{number // 3:06}", f"link-{number:06}"
                count_clicks(program["id"], partner, code, MIDNIGHT + timedelta(hours=hour), [1])
        shop.at = MIDNIGHT + timedelta(days=1, hours=1)
        monkeypatch.setattr(stretches, "_TOGETHER", 36)
        monkeypatch.setattr(close_day, "_PARTNERS_TOGETHER", 10)
        monkeypatch.setattr(roll_up, "Deadline", passing_after(1))
        taken = run_all(
            meter,
            lambda: roll_up.roll_up(at=shop.at),
            lambda: find_cursor(program["id"]).closing is None,
        )
        [day] = Rollup.query(f"days#{program_subject(program['id'])}")
        assert sum(counts.human for counts in day.quarters.values()) == link_hours
        return taken


def test_closing_a_day_takes_calls_by_its_link_hours_holds_as_many_rows_and_goes_on_inside_the_day(monkeypatch):
    few, many = closing_of(180, monkeypatch), closing_of(720, monkeypatch)

    print(f"\n{few}, {many}", end=" ")
    assert many.calls <= 4 * few.calls * SLACK
    assert many.held <= few.held * SLACK
    # Each run closes a stretch; the last one sums up the program.
    assert (few.runs, many.runs) == (180 // 36 + 1, 720 // 36 + 1)


def open_day_of(link_hours, monkeypatch):
    """Roll up a program's open day of so many link-hours."""
    from chalicelib.stats import roll_up, stretches

    with metered(units=False) as (shop, meter):
        program = shop.program()
        for number in range(link_hours // 6):
            for hour in range(6):
                count_clicks(program["id"], "ptr_1", f"link-{number:06}", MIDNIGHT + timedelta(hours=hour), [1])
        shop.at = MIDNIGHT + timedelta(hours=7)
        monkeypatch.setattr(stretches, "_TOGETHER", 36)
        return run_all(meter, lambda: roll_up.roll_up(at=shop.at), lambda: True)


def test_rolling_up_an_open_day_takes_calls_by_its_link_hours_and_holds_as_many_rows(monkeypatch):
    few, many = open_day_of(180, monkeypatch), open_day_of(720, monkeypatch)

    print(f"\n{few}, {many}", end=" ")
    assert many.calls <= 4 * few.calls * SLACK
    assert many.held <= few.held * SLACK


@pytest.fixture
def payout_of(monkeypatch):
    """Return what prepares and pays a payout of so many accounts, with time for one page a call."""
    from chalicelib.kit.dynamo import writes
    from chalicelib.ledger.append import append
    from chalicelib.ledger.entries import ALL_DUE, Movement
    from chalicelib.payouts import find, prepare, settle

    def both(accounts):
        with metered(units=False) as (shop, meter):
            shop.program()
            for number in range(accounts):
                # Of every other account nothing is due.
                target = "due" if number % 2 else "held"
                granted = Movement(f"ptr_{number:06}", "USD", "reward", 100, "expense", target, "cnv_1", ALL_DUE)
                writes.commit(*append([granted], at=shop.at).writes)
            monkeypatch.setattr(prepare, "_PAGE", 5)
            monkeypatch.setattr(prepare, "_SEALED_TOGETHER", 10)
            monkeypatch.setattr(find, "_PAGE", 10)
            monkeypatch.setattr(prepare, "Deadline", passing_after(4))
            monkeypatch.setattr(settle, "Deadline", passing_after(10))
            payout = shop.post("/v1/payouts", {"currency": "USD"}).json["id"]
            path = f"/v1/payouts/{payout}"
            prepared = run_all(
                meter,
                lambda: shop.post(f"{path}/prepare"),
                lambda: find.find(payout).status != "preparing",
            )
            settled = run_all(
                meter,
                lambda: shop.post(f"{path}/confirm", {"note": "paid by bank"}),
                lambda: find.find(payout).status == "settled",
            )
            assert (find.find(payout).items, find.find(payout).paid) == (accounts // 2, 50 * accounts)
            return prepared, settled

    return both


def test_preparing_and_settling_a_payout_takes_calls_by_its_accounts_and_holds_as_many_rows(payout_of):
    few, many = payout_of(40), payout_of(160)

    print(f"\n{few}, {many}", end=" ")
    for one, other in zip(few, many, strict=True):
        assert other.calls <= 4 * one.calls * SLACK
        assert other.held <= one.held * SLACK
        assert other.runs > one.runs > 1
