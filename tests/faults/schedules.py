"""One run of a business with its reactions delivered by chance, from a seed; also the state machine's own steps."""

import random

from tests.faults.business import opened
from tests.faults.deliveries import Deliveries
from tests.faults.drawing import drawn_from
from tests.faults.exported import check_exports, check_promptness
from tests.faults.funnels import check_funnel
from tests.faults.graphs import check_graph
from tests.faults.happened import check_events
from tests.faults.happenings import happen
from tests.faults.invariants import Watch, at_rest, no_false_alarm
from tests.faults.reported import (
    QUERIES,
    check_closed_days,
    check_links,
    check_reports,
    check_some_reports,
    check_terms_and_cohorts,
)
from tests.faults.world import world


def run(seed, *, steps=14):
    """
    Let things happen while reactions are delivered badly; then deliver everything, and look.

    Returns figures. Raises AssertionError with the seed in it when anything is wrong.
    """
    chance = random.Random(seed)
    with drawn_from(seed), world() as shop:
        business = opened(shop, chance, hold_days=chance.choice([0, 0, 1, 14]))
        watch = Watch(shop)
        deliveries = Deliveries(shop, chance)
        try:
            for _ in range(steps):
                happen(business)
                for _ in range(chance.choice([0, 1, 3, 8])):
                    deliveries.step()
                watch.look()
            rest(business, deliveries, watch)
        except AssertionError as wrong:
            raise AssertionError(f"seed {seed}: {wrong}") from wrong
        return {
            "batches": deliveries.batches,
            "crashes": deliveries.crashes,
            "given_up": deliveries.dead,
            "conversions": len(business.sales),
        }


def rest(business, deliveries, watch, *, some=None):
    """
    Deliver everything there is, run the schedules, deliver what came of that, and check.

    Reports, exports and promptness are checked whole; with *some*, only reports by so many dimensions are.
    """
    deliveries.drain()
    for name in ("mature", "roll_up", "send_scheduled"):
        business.schedule(name)
    # What the schedules caused is delivered, and all that was due by then is due.
    deliveries.drain()
    business.schedule("mature")
    deliveries.drain()
    watch.look()
    at_rest(business, emails_twice=deliveries.emails_twice)
    check_events(business.shop)
    no_false_alarm(business.shop)
    if some is not None:
        check_some_reports(business, some)
        return
    check_reports(business, QUERIES)
    check_links(business)
    check_closed_days(business)
    check_terms_and_cohorts(business)
    check_links(business)
    check_funnel(business)
    check_exports(business)
    check_promptness(business)
    check_graph(business)
