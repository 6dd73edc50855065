"""Over random histories, the places of a leaderboard add up to what the raw rows say, and shares to the whole."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit import memory
from chalicelib.reports.places import behind_next, first_tenth, places_of
from tests.reports.histories import MARCH, OCTOBER, Recount, happen, span_of

METRICS = {
    "revenue": "net_revenue",
    "sales": "sales",
    "customers": "customers",
    "leads": "leads",
    "clicks": "human_clicks",
}
# For the API's key, the program, the open day and its rows, closed days and their sheets, and two states of partners.
MOST_CALLS = 12
VALUES = st.dictionaries(st.text("abc", min_size=1), st.integers(-20, 20))


@pytest.mark.parametrize(("seed", "begin", "zone"), [(21, MARCH, "Europe/Berlin"), (22, OCTOBER, "Asia/Kathmandu")])
def test_places_add_up_to_what_the_raw_rows_say(shop, seed, begin, zone):
    program, partners, links = happen(shop, seed, begin, timezone=zone)
    assert shop.post(f"/v1/partners/{partners[1]['id']}/merge", {"into": partners[0]["id"]}).status == 200
    assert shop.post(f"/v1/partners/{partners[2]['id']}/erase", {"gives_up": True}).status < 300
    span = span_of(begin, shop)
    query = "&".join(f"{name}={value}" for name, value in span.items())
    recount = Recount(shop, links, zone)
    memory.forget_everything()

    for by, name in METRICS.items():
        board = shop.get(f"/v1/programs/{program['id']}/leaderboard?by={by}&{query}").json
        rows, _ = recount.report(("partner",), (name,), span["from"], span["to"])
        brought = {partner: row[name] for (partner,), row in rows.items() if partner is not None}
        together = brought.get(partners[0]["id"], 0) + brought.get(partners[1]["id"], 0)
        assert [(one["partner"], one["value"]) for one in board["data"]] == [(partners[0]["id"], together)]
        assert board["erased"]["value"] == brought.get(partners[2]["id"], 0)
        assert board["total"] == sum(brought.values())
        shares = [Fraction(one["share"]["numerator"], one["share"]["denominator"]) for one in board["data"]]
        assert sum(shares) + Fraction(board["erased"]["value"], board["total"]) == 1


def test_a_leaderboard_of_a_year_takes_as_many_calls_whatever_the_number_of_days_and_clicks(shop):
    program, _, links = happen(shop, 23, MARCH, timezone="Europe/Berlin")
    for link in links:
        shop.click(link)

    def calls():
        shop.wait(days=2)
        shop.settle()
        memory.forget_everything()
        before = len(shop.line.calls)
        board = shop.get(f"/v1/programs/{program['id']}/leaderboard?by=clicks&period=all").json
        assert board["complete"]
        assert board["ranked"] == 3
        return len(shop.line.calls) - before

    few = calls()
    for _ in range(5):
        for link in links * 3:
            shop.click(link)
        shop.wait(days=1)

    assert calls() == few <= MOST_CALLS


@given(VALUES)
def test_a_place_says_how_many_have_more_and_equals_share_one(values):
    places = places_of(values)

    assert {(one.partner, one.value) for one in places} == {(name, value) for name, value in values.items() if value}
    assert sum(one.value for one in places) == sum(values.values())
    for place in places:
        assert place.rank == 1 + sum(other.value > place.value for other in places)
    assert places == sorted(places, key=lambda one: (one.rank, one.partner))


@given(VALUES, st.integers(-20, 20))
def test_what_is_missing_to_the_next_place_is_enough_for_it_and_no_more(values, own):
    places = places_of(values)
    missing = behind_next(places, own)

    if missing is None:
        assert all(place.value <= own for place in places)
    else:
        assert own + missing in {place.value for place in places}
        assert not any(own < place.value < own + missing for place in places)


@given(VALUES)
def test_the_first_tenth_is_rounded_up_to_whole_partners(values):
    places = places_of(values)

    assert 10 * len(first_tenth(places)) >= len(places)
    assert 10 * len(first_tenth(places)) < len(places) + 10
