"""What was wrong once, done again: so that a test can see it found, or mended."""

import contextlib
from unittest.mock import patch

from chalicelib.conversions import accept, attribute, attribution
from chalicelib.conversions.credits import writes_of
from chalicelib.kit.dynamo import writes
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


def won_in_a_call_of_its_own():
    """As others do it: an introduction is won by one call, and the sale that wins it is stored by the next."""

    def commit(changes, _conversion, won, _actor, **_):
        if won:
            writes.commit(*writes_of(won))
        return writes.commit(*changes)

    return patch.object(accept, "_commit", commit)
