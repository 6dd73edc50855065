"""Clicks are counted."""

from functools import partial

from chalicelib.clicks.table import added_click
from chalicelib.kit import clock
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.stats.recount import recount_clicks


def handler(event: Event, _context: object) -> Failures:
    return all_added(event, added_click, partial(recount_clicks, at=clock.now()))
