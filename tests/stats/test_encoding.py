"""How counts are stored: each click is in one range, nothing is lost when packed, and more is more."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.stats import encoding
from chalicelib.stats.counts import Counts
from chalicelib.stats.encoding import (
    CLICK_CLASSES,
    begin_of,
    decode_clicks,
    decode_links,
    decode_outcomes,
    encode_clicks,
    encode_links,
    encode_outcomes,
    pack,
    packed_total,
    shard_of,
    slot_of,
    unpack,
)

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
COUNTED = st.fixed_dictionaries(dict.fromkeys(CLICK_CLASSES, st.integers(0, 18_000)))


@given(MOMENTS, st.integers(0, 32))
def test_a_moment_is_in_its_slot_and_the_row_knows_where_that_begins(at, shard):
    slot = slot_of(shard, at)

    assert slot.begin <= at < slot.end
    assert begin_of(slot.sk, slot.number) == slot.begin
    assert (shard_of(slot.sk), slot.sk[:13]) == (shard, f"{at:%Y-%m-%dT%H}")
    assert 0 <= slot.number < 60


@pytest.mark.parametrize(
    ("shard", "written", "sk", "number"),
    [
        pytest.param(0, "09:59:59", "2026-03-10T09#0", 59, id="everyday clicks: a minute"),
        pytest.param(3, "09:00:09", "2026-03-10T09#3#0", 0, id="hot: the first ten seconds"),
        pytest.param(3, "09:39:50", "2026-03-10T09#3#3", 59, id="hot: the last of ten minutes"),
        pytest.param(0, "12:07:30", "2026-03-10T12#0", 7, id="documented: everyday clicks"),
        pytest.param(17, "12:43:55", "2026-03-10T12#17#4", 23, id="documented: hot"),
    ],
)
def test_slots(shard, written, sk, number):
    slot = slot_of(shard, datetime.fromisoformat(f"2026-03-10T{written}+00:00"))

    assert (slot.sk, slot.number) == (sk, number)


def test_two_people_and_a_bot_are_the_number_that_is_documented():
    packed = encode_clicks(["human", "bot", "human"])

    assert f": {packed}." in " ".join(encoding.__doc__.split())
    assert (decode_clicks(packed), packed_total(packed)) == (Counts(human=2, bot=1), 3)


@given(COUNTED)
def test_what_is_packed_is_unpacked(counted):
    assert unpack(pack(counted)) == counted
    assert packed_total(pack(counted)) == sum(counted.values())


@given(COUNTED, st.sampled_from(CLICK_CLASSES))
def test_one_hit_more_is_a_larger_number(counted, name):
    assert pack(counted) < pack(counted | {name: counted[name] + 1})


@given(COUNTED)
def test_a_packed_minute_fits_a_number_of_dynamodbs(counted):
    assert len(str(pack(counted))) <= 38


def test_more_than_fits_is_an_error_and_not_a_wrong_number():
    with pytest.raises(ValueError, match="more than"):
        pack(dict.fromkeys(CLICK_CLASSES, 0) | {"human": 100_000})


def test_a_list_of_outcomes_that_was_stored_before_the_last_count_was_added_does_not_have_it():
    counts = Counts(leads=1, sales=2, revenue=300, events=4)
    stored = encode_outcomes(7, counts)

    assert stored[0] == 7
    assert decode_outcomes(stored) == counts
    assert decode_outcomes(stored[:-1]) == Counts(leads=1, sales=2, revenue=300)


@given(st.dictionaries(st.none() | st.sampled_from(["tea", "bob", "a-1"]), st.integers(1, 9), max_size=4))
def test_the_links_of_a_minute_are_read_as_they_were_counted_whatever_came_by_none(sales):
    by_link = {code: Counts(sales=number, revenue=100 * number) for code, number in sales.items()}
    whole = Counts(sales=sum(sales.values()), revenue=100 * sum(sales.values()))

    stored = encode_links(by_link)

    assert (decode_links(stored, whole) if stored else {}) == {code: one for code, one in by_link.items() if code}


def test_one_link_is_stored_as_its_code_alone():
    assert encode_links({"tea": Counts(sales=1)}) == "tea"
    assert encode_links({None: Counts(sales=1)}) is None
    assert encode_links({"tea": Counts(sales=1), None: Counts(leads=1)}).startswith('{"tea":[0,0,')
