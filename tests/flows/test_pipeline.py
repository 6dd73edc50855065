"""A program's pipeline: where introductions stand, what became of those received, and how soon their partners heard."""

from datetime import timedelta

import pytest

from chalicelib.introductions.keep_promises import keep_promises
from chalicelib.kit import instants
from tests.introduced import do, introduce, open_for_introductions


@pytest.fixture
def tea(shop):
    return open_for_introductions(shop.program())


def pipeline(shop, program, query=""):
    answer = shop.get(f"/v1/programs/{program['id']}/pipeline{query}")
    assert answer.status == 200, answer.json
    return answer.json


def calls_of(shop, program):
    shop.line.calls.clear()
    pipeline(shop, program)
    return len(shop.line.calls)


def by_state(rows):
    return {row["state"]: row for row in rows}


@pytest.mark.moto
def test_a_program_without_introductions_has_an_empty_pipeline(shop, tea):
    view = pipeline(shop, tea)

    assert (view["received"], view["overdue"], view["complete"]) == (0, [], True)
    assert {row["number"] for row in view["now"]} == {0}
    assert {row["rate"] for row in view["reached"]} == {None}
    assert (view["hours"], view["first_word"]["share"]) == ([], None)
    assert view["first_word"]["promised_business_days"] == 2


@pytest.mark.moto
def test_states_rates_and_hours_follow_from_what_was_done(shop, tea):
    ada = shop.partner(tea)
    first, second, third, late = (
        introduce(
            shop,
            tea,
            ada,
            f"person-{number}@mail.example",
            expected_amount={"amount": 1000 * number, "currency": "USD"},
        ).json
        for number in range(1, 5)
    )
    shop.wait(hours=2)
    do(shop, first, "accept")
    shop.wait(hours=4)
    do(shop, second, "accept")
    do(shop, third, "decline", reason="no_fit")
    shop.wait(hours=6)
    do(shop, first, "move", state="meeting")
    shop.at = instants.parse(late["respond_by"]) + timedelta(hours=1)
    keep_promises(at=shop.at)

    view = pipeline(shop, tea)

    now, reached, hours = by_state(view["now"]), by_state(view["reached"]), by_state(view["hours"])
    assert {state: (row["number"], row["expected"]) for state, row in now.items() if row["number"]} == {
        "received": (1, 4000),
        "accepted": (1, 2000),
        "meeting": (1, 1000),
    }
    assert view["received"] == 4
    assert {state: row["number"] for state, row in reached.items() if row["number"]} == {
        "received": 4, "accepted": 2, "declined": 1, "meeting": 1,
    }  # fmt: skip
    assert (reached["accepted"]["rate"], reached["meeting"]["rate"]) == ("0.5000", "0.2500")
    assert hours["received"] == {"state": "received", "number": 3, "median": "6.0", "p90": "6.0"}
    assert (hours["accepted"]["median"], set(hours)) == ("10.0", {"received", "accepted"})
    assert view["first_word"] == {
        "promised_business_days": 2, "within": 3, "late": 1, "share": "0.7500", "median": "6.0", "p90": "6.0",
    }  # fmt: skip
    assert view["overdue"] == [late["id"]]


def test_only_what_was_received_in_the_days_counts_and_its_later_course_too(shop, tea):
    ada = shop.partner(tea)
    before = introduce(shop, tea, ada, "before@mail.example").json
    shop.wait(days=2)
    first = shop.at.date().isoformat()
    inside = introduce(shop, tea, ada, "inside@mail.example").json
    shop.wait(days=2)
    for one in (before, inside):
        do(shop, one, "accept")
    introduce(shop, tea, ada, "after@mail.example")

    view = pipeline(shop, tea, f"?from={first}&to={first}")

    assert (view["received"], by_state(view["reached"])["accepted"]["number"]) == (1, 1)
    assert view["hours"] == []


@pytest.mark.engine
def test_the_number_of_reads_does_not_depend_on_the_number_of_introductions(shop, tea):
    ada = shop.partner(tea)
    introduce(shop, tea, ada, "one@mail.example")
    few = calls_of(shop, tea)
    for number in range(8):
        do(shop, introduce(shop, tea, ada, f"person-{number}@mail.example").json, "accept")

    assert calls_of(shop, tea) <= few <= 20
