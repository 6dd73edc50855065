"""
All rows about a person, source by source and page by page: what is copied for them is what is erased.

The sources are walked in their order. A page may hold nothing, and several kinds of rows; a row may be in two pages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.adjustments.table import Adjustment, adjustments_of
from chalicelib.conversions.find import corrections_of, received_on
from chalicelib.conversions.table import CREDIT, RECEIVED_SHARDS, Conversion, ConversionRow
from chalicelib.events.record import RETENTION
from chalicelib.events.table import EventRow
from chalicelib.introductions.find import list_of_person, list_steps
from chalicelib.introductions.people import keys_of_contact
from chalicelib.introductions.table import Introduction
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.kit import ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.kit.walk import Position
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import Entry
from chalicelib.links.table import Link, PartnerLink
from chalicelib.materials.table import MaterialRow
from chalicelib.moments.table import Moment, MomentRow
from chalicelib.notes import note as notes
from chalicelib.notes.table import Note
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.feedback_table import Feedback, feedback_key
from chalicelib.partners.hand_over_table import hand_overs_key
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.table import PartnerRow, earlier_changes_key, email_key, payee_key
from chalicelib.payouts.table import Item, item_key
from chalicelib.privacy.people import Person, own_addresses
from chalicelib.programs import find as programs
from chalicelib.referrals.table import ReferralRow
from chalicelib.rewards.table import FULFILLMENT, REVOCATION, REWARD, Reward, RewardRow, benefits_of, round_key
from chalicelib.targets.table import ActionItem
from chalicelib.webhooks.triggers import GIVE, TAKE_BACK

PAGE = 100
NEW_LINKS = "new_links"  # what it reads, another source has, but for what was stored just now
_BENEFITS, _INTRODUCTIONS = 20, 20  # each of four rows, and each with its history
_PROGRAMS = 10

Page = tuple[list[AnyRow], Position | None]
Read = Callable[[Person, Position | None, datetime], Page]


class Step(NamedTuple):
    """A page of rows about a person, and its source; and with which one and where the next page begins, if any does."""

    rows: list[AnyRow]
    read_from: str
    source: str | None
    position: Position | None


def steps(person: Person, source: str | None, position: Position | None, *, at: datetime) -> Iterator[Step]:
    """Yield the pages of all rows about a person, from a source and a position on."""
    sources = SOURCES[person.kind]
    names = list(sources)
    number = names.index(source) if source is not None and source in sources else 0
    while number < len(names):
        name = names[number]
        page, position = sources[name](person, position, at)
        number += position is None
        yield Step(page, name, names[number] if number < len(names) else None, position)


def _partition(key: Callable[[Person], str], table: type[Any]) -> Read:
    """Return what reads the rows of one partition."""

    def read(person: Person, position: Position | None, _at: datetime) -> Page:
        page = table.query(key(person), limit=PAGE, last_evaluated_key=position, consistent_read=True)
        return _with_notes(list(page)), page.last_evaluated_key

    return read


def _applications(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read their applications and invitations by address, program by program; not what led to other people."""
    page, following = programs.walk_every_mode(limit=_PROGRAMS, position=position)
    derived = [
        (ids.derived(prefix, program.id, key), sort)
        for program in page
        for key in person.address_keys
        for prefix, sort in (("apl", "application"), ("inv", "invitation"))
    ]
    decided = [row for row in rows.find_all(PartnerRow, derived).values() if isinstance(row, Application | Invitation)]
    others = partners.find_rows({row.partner_id for row in decided if row.partner_id} - {person.id})
    return _with_notes([row for row in decided if row.partner_id not in others]), following


def _feedback(person: Person, position: Position | None, at: datetime) -> Page:
    """Read the feedback of a hundred days: its key says day and partner."""
    first = date.fromisoformat(position["day"]) if position else person.created_at.date()
    days = [first + timedelta(days=number) for number in range(PAGE)]
    keys = [(feedback_key(day.isoformat(), person.id), "feedback") for day in days if day <= at.date()]
    following = days[-1] + timedelta(days=1)
    return [*rows.find_all(Feedback, keys).values()], {"day": following.isoformat()} if following <= at.date() else None


def _of_partner(index: Any) -> Read:
    """Return what reads the rows that an index lists by their partner, with the notes about them."""

    def read(person: Person, position: Position | None, _at: datetime) -> Page:
        page = index.query(person.id, limit=PAGE, last_evaluated_key=position)
        return _with_notes(list(page)), page.last_evaluated_key

    return read


def _new_links(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read links that the index may not have yet; those of earlier releases are in the index only."""
    page = PartnerLink.query(person.id, limit=PAGE, last_evaluated_key=position, consistent_read=True)
    keys = [(row.sort.removeprefix("link#"), "link") for row in page if row.sort.startswith("link#")]
    return [*rows.find_all(Link, keys).values()], page.last_evaluated_key


def _events_of_partner(person: Person, position: Position | None, _at: datetime) -> Page:
    page = EventRow.of_partner.query(person.id, limit=PAGE, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def _events_of_customer(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read events, and the conversions that they are of."""
    page = EventRow.of_customer.query(person.id, limit=PAGE, last_evaluated_key=position)
    events = list(page)
    sorts = {"conversion.recorded": "conversion", "conversion.credited": CREDIT}
    keys = [(event.subject_id, sorts[event.type]) for event in events if event.type in sorts]
    corrected = {event.subject_id for event in events if event.type in ("conversion.moved", "conversion.voided")}
    corrections = [row for one in sorted(corrected) for row in corrections_of(one)]
    return _with_notes([*events, *rows.find_all(ConversionRow, keys).values(), *corrections]), page.last_evaluated_key


def _received(person: Person, position: Position | None, at: datetime) -> Page:
    """
    Read conversions without an event: those of before events are kept, and of since yesterday, which may have none yet.

    Looks through all that was received then: nothing lists a customer's conversions forever.
    """
    days = [person.created_at.date() + timedelta(days=n) for n in range((at - RETENTION - person.created_at).days + 1)]
    days = [*days, *(day for day in (at.date() - timedelta(days=1), at.date()) if day not in days)]
    day = date.fromisoformat(position["day"]) if position else days[0]
    shard = position["shard"] if position else 0
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    received, following = received_on(
        day, shard, begin=begin, end=begin + timedelta(days=1), limit=PAGE, position=position and position["position"]
    )
    keys = [(one.id, one.sort) for one in received if one.kind_name in ("conversion", "credit")]
    theirs = _without_event(
        row
        for row in rows.find_all(ConversionRow, keys).values()
        if isinstance(row, Conversion) and row.customer_id == person.id
    )
    if following is not None or shard + 1 < RECEIVED_SHARDS:
        shard += following is None
        return [*theirs], {"day": day.isoformat(), "shard": shard, "position": following}
    later = [one for one in days if one > day]
    return [*theirs], {"day": later[0].isoformat(), "shard": 0, "position": None} if later else None


def _without_event(conversions: Iterable[Conversion]) -> list[Conversion]:
    """Return those that have no event: by that, the others are found."""
    names = {
        (ids.derived("evt", f"conversion.{'credited' if row.sort == CREDIT else 'recorded'}", row.id), "event"): row
        for row in conversions
    }
    stored = rows.find_all(EventRow, list(names))
    return [row for key, row in names.items() if key not in stored]


def _ledger(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read entries of their accounts, with the rewards and payments that these are of, and all notes."""
    currencies = person.currencies
    currency = position["currency"] if position else next(iter(currencies), None)
    if currency is None:
        return [], None
    entries, following = ledger.page(person.id, currency, limit=PAGE, position=position and position["position"])
    payments = [(one.source_id, item_key(person.id)) for one in entries if one.kind == "payout_prepared"]
    page: list[AnyRow] = [*entries, *_rewards_of(entries), *rows.find_all(Item, payments).values()]
    if following is not None:
        return _with_notes(page), {"currency": currency, "position": following}
    later = [one for one in currencies if one > currency]
    return _with_notes(page), {"currency": later[0], "position": None} if later else None


def _adjustments(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read bonuses and deductions, also those that were refused, with the notes about both."""
    page = Adjustment.listed.query(adjustments_of(person.id), limit=PAGE, last_evaluated_key=position)
    adjustments = list(page)
    noted = [(note, "note") for one in adjustments for note in (one.note, one.decision_note) if note is not None]
    return [*adjustments, *rows.find_all(Note, noted).values()], page.last_evaluated_key


def _introductions(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read the introductions that a partner made, or a customer's sales won; first those of who was introduced."""
    if position is None:
        return _with_steps(find_introduced(person)), {"pk": None}
    index: Any = Introduction.by_partner if person.kind == "partner" else Introduction.by_customer
    listed = index.query(person.id, limit=_INTRODUCTIONS, last_evaluated_key=position if position["pk"] else None)
    first = {row.id for row in find_introduced(person)} if person.kind == "customer" else set()
    return _with_steps([row for row in listed if row.id not in first]), listed.last_evaluated_key


def find_introduced(person: Person) -> list[Introduction]:
    """Return the introductions of a person under their own addresses."""
    keys = [forms for email in own_addresses(person.owner) for forms in keys_of_contact(email)]
    return [row for row in list_of_person(keys) if ids.is_test(row.id) == ids.is_test(person.id)]


def _with_steps(introductions: list[Introduction]) -> list[AnyRow]:
    return [row for one in introductions for row in (one, *list_steps(one.id))]


def _moments(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read when a customer was asked, or was not, and why."""
    page = Moment.of_customer.query(person.id, limit=PAGE, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def _rewards_of(entries: list[Entry]) -> list[AnyRow]:
    """Return the rewards that these entries granted."""
    granted = [(one.reward_id, REWARD) for one in entries if one.kind == "reward"]
    return [*rows.find_all(Reward, granted).values()]


def _benefits(person: Person, position: Position | None, _at: datetime) -> Page:
    """Read benefits, program by program: rewards outside the ledger, how they were given, and the requests for them."""
    program_ids = sorted(person.program_ids)
    program_id = position["program"] if position else next(iter(program_ids), None)
    if program_id is None:
        return [], None
    listed = RewardRow.benefits.query(
        benefits_of(person.id, program_id), limit=_BENEFITS, last_evaluated_key=position and position["position"]
    )
    identifiers = [row.pk for row in listed]
    stored = rows.find_all(Reward, [(one, REWARD) for one in identifiers]).values()
    rounds = [(reward.pk, number) for reward in stored for number in range((reward.rounds or 0) + 1)]
    fulfillments = [(pk, round_key(what, number)) for pk, number in rounds for what in (FULFILLMENT, REVOCATION)]
    calls = [
        (_key_of_call(pk, number, template, what, person.id), "message")
        for pk, number in rounds
        for template, what in ((GIVE, FULFILLMENT), (TAKE_BACK, REVOCATION))
    ]
    page: list[AnyRow] = [*stored, *rows.find_all(RewardRow, fulfillments).values()]
    page += rows.find_all(Message, calls).values()
    if listed.last_evaluated_key is not None:
        return _with_notes(page), {"program": program_id, "position": listed.last_evaluated_key}
    later = [one for one in program_ids if one > program_id]
    return _with_notes(page), {"program": later[0], "position": None} if later else None


def _key_of_call(reward_id: str, number: int, template: str, what: str, owner_id: str) -> str:
    """Return the key of the call that asks for a benefit, or takes it back (see `webhooks.triggers.calls_for`)."""
    subject = f"{reward_id}#{round_key(what, number)}" if number else reward_id
    return f"{template}#{subject}#{owner_id}"


def _with_notes(page: list[Any]) -> list[AnyRow]:
    """Return rows, and the notes that people wrote about them."""
    return [*page, *notes.find_all([row for row in page if getattr(row, "note", None) is not None]).values()]


SOURCES: Mapping[str, Mapping[str, Read]] = {
    "partner": {
        "partner": _partition(lambda person: person.id, PartnerRow),
        "standing": _partition(lambda person: earlier_changes_key(person.id), PartnerRow),
        "addresses": _partition(lambda person: email_key(person.id), PartnerRow),
        "hand_overs": _partition(lambda person: hand_overs_key(person.id), PartnerRow),
        "payees": _partition(lambda person: payee_key(person.id), PartnerRow),
        "applications": _applications,
        "feedback": _feedback,
        "reads": _partition(lambda person: person.id, MaterialRow),
        "links": _of_partner(Link.by_partner),
        NEW_LINKS: _new_links,
        "events": _events_of_partner,
        "ledger": _ledger,
        "benefits": _benefits,
        "adjustments": _adjustments,
        "action_items": _of_partner(ActionItem.by_partner),
        "introductions": _introductions,
        "thanks": _of_partner(Thanks.of_partner),
    },
    "customer": {
        "customer": _partition(lambda person: person.id, ReferralRow),
        "asking": _partition(lambda person: person.id, MomentRow),
        "moments": _moments,
        "events": _events_of_customer,
        "received": _received,
        "ledger": _ledger,
        "benefits": _benefits,
        "introductions": _introductions,
    },
}
