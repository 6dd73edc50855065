"""Where clicks go: a cold link stays together, a hot one spreads, and an hour's first shard says where to."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.clicks.shards import SPREAD, Choice, Shards
from chalicelib.kit.instants import hour_of

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def put(shards, at, code="tea", *, stored=True):
    choice = shards.choose(code, hour=hour_of(at), at=at)
    if choice.announces is not None and stored:
        shards.announced(code)
    return choice


def after(*seconds):
    return [NINE + timedelta(seconds=one) for one in seconds]


def test_a_cold_link_has_one_shard():
    shards = Shards(7)

    assert {put(shards, at) for at in after(*range(0, 300, 3))} == {Choice(0)}


def test_two_at_once_are_everyday_clicks():
    shards = Shards(7)

    assert [put(shards, at).shard for at in after(0, 1, 10, 11, 20, 21)] == [0] * 6


def test_the_third_of_a_burst_announces_where_the_next_ones_go():
    shards = Shards(7)

    assert [put(shards, at) for at in after(0, 1, 2.9, 3, 3.1, 5.1)] == [
        Choice(0),
        Choice(0),
        Choice(0, announces=7),
        Choice(7),
        Choice(7),
        Choice(0),
    ]


def test_what_was_announced_in_an_hour_need_not_be_again():
    shards = Shards(7)
    for at in after(0, 0.1, 0.2, 0.3):
        put(shards, at)

    assert [put(shards, at) for at in after(60, 60.1, 60.2)] == [Choice(0), Choice(0), Choice(7)]


def test_an_announcement_that_was_not_stored_is_made_again():
    shards = Shards(7)
    for at in after(0, 0.1):
        put(shards, at)

    assert [put(shards, at, stored=False) for at in after(0.2, 0.3)] == [Choice(0, announces=7)] * 2


def test_one_links_heat_is_not_anothers():
    shards = Shards(7)
    for at in after(0, 0.1, 0.2, 0.3):
        put(shards, at)

    assert put(shards, NINE + timedelta(seconds=0.4), "cake") == Choice(0)


def test_every_hour_announces_anew():
    shards = Shards(7)
    choices = [put(shards, at) for at in after(*(3590 + n for n in range(20)))]

    assert [choice.announces for choice in choices if choice.announces] == [7, 7]
    assert [choice.shard for choice in choices[10:14]] == [0, 0, 0, 7]


def test_many_links_are_not_remembered_without_bound():
    shards = Shards(1)
    for number in range(25_000):
        put(shards, NINE, str(number))

    assert len(shards._links) <= 10_000


@pytest.mark.parametrize("rate", [1000, 5000])
def test_a_hot_link_is_spread_over_instances_so_that_no_shard_gets_a_thousand_a_second(rate):
    instances = [Shards(1 + number % SPREAD) for number in range(100)]
    counted = Counter()
    for second in range(3):
        for n in range(rate):
            at = NINE + timedelta(seconds=second + n / rate)
            counted[second, put(instances[n % 100], at).shard] += 1

    assert max(counted.values()) <= 300
