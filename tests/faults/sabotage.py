"""What was wrong once, done again: so that a test can see it found, or mended."""

import contextlib
from unittest.mock import patch

from chalicelib.conversions import attribute, attribution
from chalicelib.rewards import decide
from chalicelib.stats import close_day


@contextlib.contextmanager
def codes_counted_from_their_report():
    """As it once was: told moments cost credit, and nothing is credited later."""
    with (
        patch.object(attribution, "sent_at", lambda winner, **_: winner.at),
        patch.object(attribute, "covers", lambda referral, occurred_at: occurred_at >= referral.touched_at),
        patch.object(decide, "credit_late", lambda *_, **__: []),
    ):
        yield


def results_of_links_counted_twice():
    """In the sums of a closed day, what came by a link counts once more as what came by none."""
    return patch.object(close_day, "_rest", lambda own, _by_link: own)
