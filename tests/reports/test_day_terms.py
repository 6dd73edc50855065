"""What closing a day counts by terms and by cohort is what the decisions say, however often days are recounted."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kit import memory
from chalicelib.stats import roll_up
from chalicelib.stats.close_day import DayClosing
from chalicelib.stats.outcome_table import DayTerms, by_terms_key
from chalicelib.stats.table import Rollup, RollupCursor, daily_key, partner_subject, program_subject
from tests.faults.forked import forked
from tests.faults.line import Crash, CrashAfter, CrashBefore, Fault, Lost, Meanwhile
from tests.faults.sampling import sample
from tests.reports.closed_days import by_cohort, check_closed_days
from tests.reports.histories import MARCH, OCTOBER
from tests.reports.long_histories import live_through

# Over a day of 23 hours and one of 25, and in zones of 45 and of 30 minutes.
HISTORIES = [
    (1, MARCH, "Europe/Berlin"),
    (2, OCTOBER, "Europe/Berlin"),
    (3, MARCH, "Asia/Kathmandu"),
    (4, OCTOBER, "America/St_Johns"),
]


@pytest.mark.sweep
@pytest.mark.parametrize(("seed", "begin", "zone"), sample(HISTORIES, 1))
def test_a_closed_day_is_counted_by_terms_and_cohorts_as_the_decisions_say(shop, seed, begin, zone):
    history = live_through(shop, seed, begin, timezone=zone)

    decisions = check_closed_days(shop, history.program, zone)

    assert {tier for (tier,) in decisions.by("tier")} == {None, "silver", "gold"}
    assert {version for (version,) in decisions.by("terms_version")} == {"1", "2"}
    assert {customer for (customer,) in decisions.by("customer")} == {None, "new", "known"}
    assert len({cohort for cohort, _ in decisions.cohorts("customers")}) > 1


def test_days_that_are_closed_again_come_to_the_same(shop):
    history = live_through(shop, 5, MARCH, steps=40, timezone="Europe/Berlin")
    before = by_cohort(history.program, "customers")
    cursor = RollupCursor.get(program_subject(history.program["id"]), "cursor")

    for hour in (cursor.hour, f"{MARCH:%Y-%m-%dT%H}"):
        cursor.update(actions=[RollupCursor.hour.set(hour), RollupCursor.late.add(1)])
        shop.settle()

    assert by_cohort(history.program, "customers") == before
    check_closed_days(shop, history.program, "Europe/Berlin")


def test_a_refund_that_is_decided_after_its_day_was_closed_is_counted_on_it(shop):
    shop.at = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
    program = shop.tiered_program(timezone="Europe/Berlin")
    link = shop.link(program, shop.partner(program))
    sale = shop.sale(program, "o1", "c1", amount=5000, click_id=shop.click_id(link)).json
    shop.settle()
    shop.wait(minutes=10)
    shop.refund(sale, 1000)
    shop.wait(days=1)
    # The day is closed before the refund is decided.
    shop.run_schedule("roll_up")
    assert by_cohort(program, "customers")["2026-03", "2026-03"] == {
        "members": 1,
        "active": 1,
        "customers": 1,
        "sales": 1,
        "revenue": 5000,
        "referrer_earned": 750,
        "referee_earned": 500,
    }

    shop.settle()

    decisions = check_closed_days(shop, program, "Europe/Berlin")
    assert decisions.cohorts("partners")["2026-03", "2026-03"]["refunded"] == 1000


def test_a_partner_who_does_nothing_is_a_member_of_the_month_they_enrolled_in(shop):
    shop.at = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)
    program = shop.program(timezone="Europe/Berlin")
    shop.partner(program)
    shop.wait(minutes=1)
    for name in ("Eve", "Bob"):
        shop.partner(program, name=name, email=f"{name}@mail.example")
    shop.wait(days=2)
    shop.settle()

    assert by_cohort(program, "partners") == {
        ("2026-03", "2026-03"): {"members": 1},
        ("2026-04", "2026-04"): {"members": 2},
    }


def test_cohorts_are_counted_from_the_day_after_the_last_that_older_code_began_to_close(shop, monkeypatch):
    program = shop.program()
    shop.sale(program, "o1", "c1", code=shop.link(program, shop.partner(program))["code"])
    shop.wait(days=3)
    shop.settle()
    cursor_key = program_subject(program["id"]), "cursor"
    cursor = RollupCursor.get(*cursor_key)
    assert cursor.cohorts_from == "2026-03-10"

    class Older(DayClosing):
        def _close(self, stretch):
            super()._close(stretch)
            self._written = None
            for partner in stretch:
                rollup = Rollup(daily_key(partner_subject(partner, self.program_id)), self.day)
                rollup.update(actions=[Rollup.cohorts.remove(), Rollup.by_terms.remove()])

    monkeypatch.setattr(roll_up, "DayClosing", Older)
    cursor.update(actions=[RollupCursor.hour.set("2026-03-10T00"), RollupCursor.late.add(1)])
    shop.settle()
    assert RollupCursor.get(*cursor_key).cohorts_from == "2026-03-11"
    assert [sheet.last for sheet in DayTerms.query(by_terms_key(cursor_key[0]))] == [False]

    monkeypatch.undo()
    cursor.update(actions=[RollupCursor.hour.set("2026-03-10T00"), RollupCursor.late.add(1)])
    shop.settle()
    assert RollupCursor.get(*cursor_key).cohorts_from == "2026-03-10"


def test_a_run_that_crashes_or_meets_another_leaves_what_the_next_one_counts(shop):
    shop.at = datetime(2026, 3, 31, 19, 0, tzinfo=UTC)
    program = shop.tiered_program(timezone="Europe/Berlin")
    partners = [shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example") for n in range(2)]
    links = [shop.link(program, one) for one in partners]
    for number in range(6):
        shop.wait(minutes=40)
        touch = {"code": links[number % 2]["code"]} if number < 4 else {}
        sale = shop.sale(program, f"o{number}", f"c{number % 4}", amount=1000, **touch).json
    shop.refund(sale, 100)
    assert shop.streams.run() == []
    shop.wait(days=2)

    def close(fault):
        """Close the days with a fault, and again; return whether it came."""
        shop.line.calls.clear()
        shop.line.fault = fault
        with contextlib.suppress(Crash, ExceptionGroup):
            roll_up.roll_up(at=shop.at)
        shop.line.fault = Fault()
        roll_up.roll_up(at=shop.at + timedelta(minutes=1))
        check_closed_days(shop, program, "Europe/Berlin")
        return fault.hit

    def count():
        shop.line.calls.clear()
        roll_up.roll_up(at=shop.at)
        return len(shop.line.calls)

    calls = forked(count)
    faults = [kind(call) for call in range(calls) for kind in (CrashBefore, CrashAfter, Lost)]
    faults += [Meanwhile(call, lambda: roll_up.roll_up(at=shop.at)) for call in range(calls)]
    hits = [forked(close, fault) for fault in sample(faults, 40)]
    assert sum(hits) > len(hits) * 0.9


def test_a_customer_of_partners_and_of_guests_who_were_merged_is_counted_once(shop):
    program = shop.tiered_program()
    stays, duplicate = (shop.partner(program, name=n, email=f"{n}@mail.example") for n in ("Ada", "Ada2"))
    link = shop.link(program, duplicate)
    shop.sale(program, "o1", "guest", amount=1000, code=link["code"])
    shop.streams.run()
    # In the same hour: to the survivor's account, by the same referral.
    assert shop.post(f"/v1/partners/{duplicate['id']}/merge", {"into": stays["id"]}).status == 200
    memory.forget_everything()
    shop.wait(minutes=5)
    shop.sale(program, "o2", "guest", amount=500)
    shop.sale(program, "o3", "account", amount=200)
    assert shop.post("/v1/customers/ext_guest/merge", {"into": "ext_account"}).status == 200
    shop.sale(program, "o4", "account", amount=300)
    shop.settle()
    shop.wait(days=1)
    shop.settle()

    check_closed_days(shop, program, "UTC")
    [counts] = by_cohort(program, "customers").values()
    assert (counts["members"], counts["active"], counts["sales"]) == (1, 1, 4)
    [counts] = by_cohort(program, "partners").values()
    assert (counts["members"], counts["sales"]) == (2, 4)
