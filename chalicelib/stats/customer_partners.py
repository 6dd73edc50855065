"""Counts the customers of a program who became partners themselves on a UTC day."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.ids import as_test, is_test
from chalicelib.kit.instants import midnight
from chalicelib.kit.shapes import fold
from chalicelib.partners import find as partners
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs.table import Program
from chalicelib.referrals.table import Customer, CustomerName, ReferralRow, name_key
from chalicelib.stats.customer_steps import StepCounter, put_all
from chalicelib.stats.journey_table import Journey, journeys_key
from chalicelib.stats.steps import Steps
from chalicelib.stats.table import program_subject

_A_DAY = timedelta(days=1)
# Partners who were added on one day: of more, as an import adds them, the rest is not looked up.
MOST_PARTNERS = 2000
# So many customers may have one address.
_MOST_OF_AN_ADDRESS = 10


def count_new_partners(program: Program, day: date) -> Steps:
    """
    Count the customers who had bought, and joined the program as a partner on a UTC day, by their address or id.

    A partner is added on the day they join, or on the day before: by a form that was opened then.
    """
    enrollments = sorted(islice(_enrolled(program.id, day), MOST_PARTNERS), key=lambda one: (one.enrolled_at, one.id))
    people = partners.find_rows([one.id for one in enrollments])
    by_partner = _customers_of(list(people.values()), program.id)
    key, counter = journeys_key(program_subject(program.id)), StepCounter(program.calendar)
    stored = rows.find_all(Journey, sorted({(key, one) for several in by_partner.values() for one in several}))
    for journey in stored.values():
        if (mark := journey.marks.get("became_partner")) is not None and mark.at >= midnight(day):
            # Counted when the day was closed before.
            del journey.marks["became_partner"]
    counted: list[Journey] = []
    for enrollment in enrollments:
        journeys = [stored[key, one] for one in by_partner.get(enrollment.id, ()) if (key, one) in stored]
        became = [
            one
            for one in journeys
            if (bought_at := one.at("bought")) is not None
            and bought_at <= enrollment.enrolled_at
            and "became_partner" not in one.marks
        ]
        # Of several customers who are one person, the one who bought first.
        for journey in sorted(became, key=lambda one: (one.marks["bought"].at, one.sk))[:1]:
            at = journey.mark("became_partner", enrollment.enrolled_at, enrollment.id)
            counter.take(journey, "became_partner", at)
            counted.append(journey)
    put_all(counted)
    return counter.steps


def _enrolled(program_id: str, day: date) -> Iterator[Enrollment]:
    first, last = (f"ptr_{ids.first_of(midnight(one))}" for one in (day - _A_DAY, day + _A_DAY))
    if is_test(program_id):
        first, last = as_test(first), as_test(last)
    for row in Enrollment.enrolled.query(program_id, Enrollment.id.between(first, last)):
        if row.enrolled_at.date() == day:
            yield row


def _customers_of(several: Sequence[Partner], program_id: str) -> dict[str, list[str]]:
    """Return our ids of the customers who have the website's id of a partner, or their email address."""
    test = program_id if is_test(program_id) else None
    names = {one.id: name_key(one.external_id, test) for one in several if one.external_id is not None}
    named = rows.find_all(CustomerName, [(name, "name") for name in names.values()])
    by_partner: dict[str, list[str]] = {}
    for partner in several:
        customers = {row.named} if (row := named.get((names.get(partner.id, ""), "name"))) is not None else set()
        address = fold(partner.email) if partner.email is not None and test is None else None
        if address is not None:
            matching = ReferralRow.searched.query("customer", Customer.search_key == address, limit=_MOST_OF_AN_ADDRESS)
            customers |= {row.customer_id for row in matching}
        by_partner[partner.id] = sorted(customers)
    return by_partner
