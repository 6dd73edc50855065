"""
Takes one moment of a customer to ask them by it, or says why nobody does: for a page of the website, and for an email.

The moment, and the row of the customer's asks, change in one transaction: of several ways at the same time, one asks.
Who is held out takes part in all of it but the asking, so that those who are compared are alike.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib.audit.actor import Actor
from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy
from chalicelib.moments import history
from chalicelib.moments.arms import is_held_out
from chalicelib.moments.move import find_or_none, moved, skipped, taken
from chalicelib.moments.people import find_asks, partner_of
from chalicelib.moments.reasons import why_not
from chalicelib.moments.states import Because
from chalicelib.moments.table import Ask, Asks, Moment
from chalicelib.programs.asking import Asking
from chalicelib.programs.table import Program
from chalicelib.referrals.find import CustomerNotFound, find, find_account
from chalicelib.referrals.table import Customer

# For how long the link of an ask leads to the form; and for how long a page shows one that was seen.
LINK_GOOD_FOR, SHOWN_FOR = timedelta(days=30), timedelta(hours=24)


class Outcome(Struct, frozen=True):
    """By which moment a customer is asked now; or why they are not."""

    moment: Moment | None = None
    because: Because | None = None


class Person(Struct, frozen=True):
    """A customer as they are now, and what is known of all their ids in a program."""

    customer: Customer
    asks: Asks
    every: Sequence[Asks]


def find_person(reference: str, program: Program) -> Person | None:
    """Return a customer who can be asked in a program; None for who is unknown, erased, or of another mode."""
    try:
        profile = find(reference, program.id)
    except CustomerNotFound:
        return None
    account = find_account(profile.customer.customer_id)
    if account is None or account.customer.erased_at is not None:
        return None
    customer = account.customer
    if (customer.test_program or program.mode) != (program.id if program.mode == "test" else "live"):
        return None
    asks = history.read(customer.customer_id, program.id)
    guests = find_asks(customer.guests or [], program.id) if customer.guests else {}
    return Person(customer, asks, [asks, *guests.values()])


def ask_on_page(reference: str, program: Program, *, actor: Actor, at: datetime) -> Outcome:
    """
    Return by which moment a page asks a customer now; the same one until they answered, or saw it a day ago.

    What is returned counts as asked, whether it is shown or not: so no two pages can ask by two moments.
    """
    asking = program.asking
    if not program.takes_touch(at):
        return Outcome(because="program_ended")
    for _ in writes.attempts():
        person = find_person(reference, program)
        if person is None or asking is None:
            return Outcome(because="unknown" if person is None else "nothing_due")
        current = _current(person, program, at=at)
        if current is not None:
            return Outcome(current)
        moments = due_moments(person.customer, program, asking, "page", at=at)
        if not moments:
            return Outcome(because="nothing_due")
        moment = moments[0]
        because = _why_not(person, moment, program, asking, at=at)
        if because is not None and because != "held_out":
            return Outcome(because=because)
        changes = _take(person, moment, "page", held_out=because == "held_out", at=at)
        if not _enter(changes, moment, actor, at=at):
            return Outcome(because=because) if because else Outcome(find_or_none(moment.id))
    raise Busy("This customer is asked in several ways at once; send the same call again.")


def ask_by_email(moment: Moment, program: Program, *, at: datetime) -> Because | None:
    """
    Take a moment for an email; return why it is not sent, or None. Once taken for it, always: a repeat is sent, too.

    A reason is final for a moment that only an email asks by; one of both ways waits for a page.
    """
    for _ in writes.attempts():
        stored = find_or_none(moment.id)
        if stored is None:
            return "unknown"
        if stored.asked_by == "email" and not stored.held_out and stored.state == "sent":
            return None
        if stored.state != "due" or stored.asked_at is not None:
            return stored.because if stored.state == "skipped" else "asked_lately"  # type: ignore[return-value]
        person = find_person(stored.customer_id, program)
        because = _why_no_email(person, stored, program, at=at)
        if because == "held_out" and person is not None:
            changes = _take(person, stored, "email", held_out=True, at=at)
        elif because is not None or person is None:
            if stored.by != "email":
                return because
            changes = skipped(stored, because or "unknown")
        else:
            changes = _take(person, stored, "email", held_out=False, at=at)
        if not writes.commit(*changes):
            return because
    raise Busy("This customer is asked in several ways at once; the email is delivered again.")


def due_moments(customer: Customer, program: Program, asking: Asking, way: str, *, at: datetime) -> list[Moment]:
    """Return the moments by which a customer can be asked now in one way, the oldest first: a read for each id."""
    rules = {rule.name for rule in asking.active}
    moments = [
        one
        for identifier in customer.every_id
        for one in Moment.of_customer.query(
            identifier, filter_condition=(Moment.program_id == program.id) & (Moment.state == "due"), limit=100
        )
    ]
    fitting = [one for one in moments if one.by in (way, "both") and one.rule in rules and one.asked_at is None]
    return sorted((one for one in fitting if one.due_at <= at < one.good_until), key=lambda one: one.id)


def _current(person: Person, program: Program, *, at: datetime) -> Moment | None:
    """Return the moment of the last ask, if a page is to show it still."""
    last = max((ask for row in person.every for ask in row.asks), key=lambda ask: ask.at, default=None)
    if last is None or last.held_out or is_held_out(program, person.customer.every_id, at=at):
        return None
    moment = find_or_none(last.moment)
    if moment is None or moment.asked_by != "page" or at >= moment.good_until:
        return None
    if moment.state == "due" or (moment.state == "shown" and at < (moment.shown_at or at) + SHOWN_FOR):
        return moment
    return None


def _why_not(person: Person, moment: Moment, program: Program, asking: Asking, *, at: datetime) -> Because | None:
    partner = partner_of(person.customer, program.id, person.every)
    own = history.history_of(person.customer, person.every, is_partner=partner is not None, at=at)
    because = why_not(own, asking, at=at)
    if because is not None:
        return because
    held_out = moment.held_out or is_held_out(program, person.customer.every_id, at=at)
    return "held_out" if held_out else None


def _why_no_email(person: Person | None, moment: Moment, program: Program, *, at: datetime) -> Because | None:
    asking = program.asking
    if person is None:
        return "unknown"
    rule = asking.rule(moment.rule) if asking is not None else None
    if asking is None or rule is None or not rule.active:
        return "switched_off"
    if not program.takes_touch(at):
        return "program_ended"
    if at >= moment.good_until:
        return "expired"
    if person.customer.may_contact is not True or person.customer.email is None:
        return "no_permission"
    if person.customer.unsubscribed_at is not None:
        return "unsubscribed"
    return _why_not(person, moment, program, asking, at=at)


def _take(person: Person, moment: Moment, way: str, *, held_out: bool, at: datetime) -> list[Write]:
    """Return the writes by which a moment is asked; of who is held out, by which it is noted that it would be."""
    ask = Ask(moment.id, instants.text(at), held_out=held_out)
    asks = history.put(history.with_ask(person.asks, ask, at=at))
    actions = [
        Moment.asked_at.set(at),
        Moment.asked_by.set(way),
        Moment.good_until.set(at + LINK_GOOD_FOR),
    ]
    if held_out:
        # Who joined the held-out after the moment was made is compared with nobody.
        also = {"compared": 1} if moment.held_out else {}
        return [*skipped(moment, "held_out", *actions, Moment.held_out.set(True), also=also), asks]
    if way == "email":
        return [*moved(moment, "sent", *actions, also={"asked": 1}), asks]
    return [*taken(moment, *actions, counts={"asked": 1}), asks]


def _enter(changes: list[Write], moment: Moment, actor: Actor, *, at: datetime) -> list[Write]:
    return actor.commit(*changes, action="moment.asked", subject=moment.id, part=moment.customer_id, at=at)
