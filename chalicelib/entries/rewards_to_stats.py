"""Outcomes are counted."""

from functools import partial

from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.rewards.table import RewardRow
from chalicelib.stats.recount import recount_outcomes


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, reader(RewardRow), partial(recount_outcomes, at=clock.now()))
