"""Promptness: how long after a sale its reward is decided, due, emailed and paid; counted anew, never twice."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.access.sessions import begin
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.reconciliation import durations, promptness, reconcile
from tests.faults.world import world
from tests.forms import Browser
from tests.reading import read

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000, "hold_days": 2, "due_within_days": 3}]


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    """A program that holds rewards for two days, and promises three; and the code of a partner in it."""
    program = shop.program(external_id="tea", rules=RULES)
    return program, shop.link(program, shop.partner(program, external_id="ada"))["code"]


def promptness_of(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/programs/{program['id']}/promptness?{parameters}")
    assert answer.status == 200, answer.body
    return answer.json


def reconciled(shop):
    """Compare yesterday and today again, whatever was compared before."""
    shop.wait(hours=6, minutes=1)
    shop.run_schedule("reconcile")


def roughly(seconds):
    """What a percentile may say of this duration: nothing shorter, and at most a tenth longer."""
    return pytest.approx(seconds * 1.05, rel=0.05)


def test_each_step_is_counted_with_its_duration(shop, tea):
    program, code = tea
    for number, seconds in enumerate((1, 2, 3, 40)):
        shop.sale(program, f"order-{number}", f"c-{number}", code=code)
        shop.wait(seconds=seconds)
        shop.streams.run()
    decided = promptness_of_after(shop, program)["decided"]
    shop.wait(days=2)
    shop.run_schedule("mature")
    shop.streams.run()
    due = promptness_of_after(shop, program)["due"]
    shop.wait(hours=1)
    payout = shop.pay_out()
    shop.wait(hours=2)
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    steps = promptness_of_after(shop, program)

    assert (decided["count"], decided["worst"]) == (4, 40.0)
    assert [decided[name] for name in ("p50", "p90", "p99")] == [roughly(2), 40.0, 40.0]
    assert (due["count"], due["promised"], due["late"]) == (4, 4, 0)
    assert due["p50"] >= timedelta(days=2).total_seconds()
    assert steps["emailed"]["count"] == 4
    assert steps["emailed"]["worst"] >= 40.0
    assert steps["paid"]["count"] == 4
    # Due, six hours until the day was compared, and three more.
    assert steps["paid"]["p50"] == roughly(timedelta(hours=9, minutes=1).total_seconds())


def portal(shop):
    """Return a browser in which the partner has signed in."""
    browser = Browser(shop)
    partner = shop.get("/v1/partners/ext_ada").json
    browser.cookies[COOKIE] = begin(partner["id"], lasting=LASTING, at=shop.at).cookie
    return browser


def promptness_of_after(shop, program):
    reconciled(shop)
    return promptness_of(shop, program)["totals"]


def test_a_run_that_fails_comes_twice_or_goes_on_later_counts_the_same(shop, tea, monkeypatch):
    program, code = tea
    for number in range(5):
        shop.sale(program, f"order-{number}", f"c-{number}", code=code)
        shop.wait(seconds=3)
        shop.streams.run()
    span = {"from": shop.at.date(), "to": shop.at.date() + timedelta(days=1)}
    reconciled(shop)
    once = promptness_of(shop, program, **span)

    # Each run ends after one step, and some fail right after they measured, before they are stored.
    monkeypatch.setattr(durations, "MOST_TALLIES", 1)
    saves, save = [], reconcile._save

    def failing(report, before, measured):
        saves.append(measured)
        if len(saves) % 3 == 1:
            raise ConnectionError
        return save(report, before, measured)

    monkeypatch.setattr(reconcile, "_save", failing)
    shop.wait(hours=6, minutes=1)
    for _ in range(12):
        try:
            reconcile.reconcile(at=shop.at)
        except ConnectionError:
            continue
    monkeypatch.undo()
    again = promptness_of(shop, program, **span)

    assert len([one for one in saves if one is not None]) >= 1
    assert once["totals"]["decided"]["count"] == 5
    assert again["totals"] == once["totals"]
    assert again["days"] == once["days"]


def test_a_reward_that_became_due_later_than_promised_is_late_and_raises_the_alarm(shop, caplog):
    program = shop.program(rules=[RULES[0] | {"hold_days": 2, "due_within_days": 3}], external_id="tea")
    code = shop.link(program, shop.partner(program))["code"]
    shop.sale(program, code=code)
    shop.streams.run()
    # The schedule does not run for two days more.
    shop.wait(days=4)
    shop.run_schedule("mature")
    shop.streams.run()
    caplog.set_level("INFO")
    reconciled(shop)

    due = promptness_of(shop, program)["totals"]["due"]

    assert (due["count"], due["promised"], due["late"]) == (1, 1, 1)
    assert 1 in [getattr(record, "late", None) for record in caplog.records]


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        ("Europe/Vienna", datetime(2026, 3, 29, tzinfo=UTC), 23),
        ("Europe/Vienna", datetime(2026, 10, 25, tzinfo=UTC), 25),
    ],
)
def test_a_local_day_of_23_or_25_hours_has_all_of_its_quarters_and_no_other(shop, tea, zone, night, hours):
    program, _ = tea
    begin = night - timedelta(hours=1 if hours == 23 else 2)
    for day in (begin.date(), night.date()):
        measured = durations.Durations()
        for quarter in range(96):
            at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=15 * quarter)
            measured.add(program["id"], "decided", at, timedelta(seconds=1))
        report = reconcile._begin(None, day, at=night)
        promptness.add_up(report, measured, as_of=night)
    shop.at = night + timedelta(days=1)

    day = promptness_of(shop, program, timezone=zone, **{"from": night.date(), "to": night.date()})["days"][0]

    assert (day["day"], day["steps"]["decided"]["count"]) == (night.date().isoformat(), hours * 4)


def test_nothing_is_said_of_a_program_in_which_nothing_happened(shop, tea):
    program, _ = tea

    answer = promptness_of(shop, program)

    assert answer["as_of"] is None
    assert answer["totals"]["due"] == {
        "count": 0,
        "p50": None,
        "p90": None,
        "p99": None,
        "worst": None,
        "promised": 0,
        "late": 0,
    }
    assert len(answer["days"]) == 30


def test_partners_read_in_how_many_days_rewards_are_confirmed_and_whether_promises_were_kept(shop, tea):
    program, code = tea
    for number in range(10):
        shop.sale(program, f"order-{number}", f"c-{number}", code=code)
    shop.streams.run()
    shop.wait(days=2, hours=1)
    shop.run_schedule("mature")
    shop.streams.run()
    before = portal(shop).get("/portal").body
    reconciled(shop)

    english = portal(shop).get("/portal").body
    assert shop.patch("/v1/partners/ext_ada", {"locale": "de"}).status == 200
    german = portal(shop).get("/portal").body

    assert "were confirmed within" not in before
    assert "9 of 10 rewards were confirmed within 3 days." in read(english).text
    assert "10 of 10 were confirmed when promised, or earlier." in read(english).text
    assert "9 von 10 Prämien innerhalb von 3 Tagen bestätigt." in read(german).text


def test_admins_read_how_prompt_a_program_is_on_its_page(shop, tea):
    program, code = tea
    shop.sale(program, code=code)
    shop.wait(seconds=30)
    shop.streams.run()
    reconciled(shop)
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303

    rows = read(browser.get(f"/admin/programs/{program['id']}").body).table("How prompt rewards are")

    assert {row["Step"]: row["Longest"] for row in rows}["Sale decided"] == "30.00 seconds"
    assert {row["Step"]: row["Later than promised"] for row in rows}["Email sent"] == "–"
