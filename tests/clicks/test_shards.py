"""Where clicks go: a cold link stays together, a hot one spreads, and an hour's first shard is never empty."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.clicks.shards import SPREAD, Shards

NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def test_a_cold_link_has_one_shard():
    shards = Shards(7)

    assert {shards.of("tea", NINE + timedelta(seconds=3 * n)) for n in range(100)} == {0}


def test_a_link_seen_again_within_a_breath_goes_to_the_instances_own_shard():
    shards = Shards(7)

    assert [shards.of("tea", NINE + timedelta(seconds=n)) for n in (0, 1, 2.9, 5, 5.1)] == [0, 7, 7, 0, 7]


def test_one_links_heat_is_not_anothers():
    shards = Shards(7)
    shards.of("tea", NINE)

    assert shards.of("cake", NINE) == 0


def test_every_hour_begins_in_the_first_shard():
    shards = Shards(7)
    every_second = [NINE + timedelta(seconds=n) for n in range(3590, 3610)]

    gone = [(at.hour, shards.of("tea", at)) for at in every_second]

    assert (10, 0) in gone
    assert gone.count((10, 0)) == 1


def test_many_links_are_not_remembered_without_bound():
    shards = Shards(1)
    for number in range(25_000):
        shards.of(str(number), NINE)

    assert len(shards._seen) <= 10_000


@pytest.mark.parametrize("rate", [1000, 5000])
def test_a_hot_link_is_spread_over_instances_so_that_no_shard_gets_a_thousand_a_second(rate):
    instances = [Shards(1 + number % SPREAD) for number in range(100)]
    counted = Counter()
    for second in range(3):
        for n in range(rate):
            at = NINE + timedelta(seconds=second + n / rate)
            counted[second, instances[n % 100].of("tea", at)] += 1

    assert max(counted.values()) <= 300
