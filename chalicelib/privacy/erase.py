"""
Erases a person: their own row at once, and their data in other rows by a walk that can be resumed.

Amounts, decisions, the ledger and the audit trail stay as they are, about an id.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from msgspec import structs

from chalicelib.access.sessions import end_all
from chalicelib.audit.actor import Actor
from chalicelib.emails.suppressions import suppress_erased
from chalicelib.events.data import ErasedData
from chalicelib.events.record import new_event, record
from chalicelib.events.table import EventRow
from chalicelib.introductions.personal import erase as erase_introduction
from chalicelib.introductions.states import Reason
from chalicelib.introductions.table import Introduction
from chalicelib.kit import clock, instants, revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.kit.errors import Busy
from chalicelib.kit.walk import Deadline
from chalicelib.links.disable import leave_program
from chalicelib.notes.table import Note
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_email
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Partner, PartnerAddress, PartnerName, address_keys
from chalicelib.partners.table import name_key as partner_name_key
from chalicelib.privacy.former import former_addresses, is_of_former
from chalicelib.privacy.owed import check_owed, give_up
from chalicelib.privacy.people import Kind, Person, find_person, keys_of, kind_of, own_addresses
from chalicelib.privacy.scrub import erase_customer, erase_partner, erase_row
from chalicelib.privacy.sources import find_introduced, steps
from chalicelib.privacy.table import KEY, Erasure
from chalicelib.referrals.find import CustomerProfile, erased_name_keys
from chalicelib.referrals.table import Customer, CustomerName, ErasedName

MOST_SECONDS = 8.0
# By then, writes that were under way at the erasure have arrived: an erasure ends with a walk that began after it.
SETTLED = timedelta(hours=1)
_MOST_AT_ONCE = 100
_ENDS: dict[Kind, Reason] = {"partner": "partner_erased", "customer": "asked_to_be_deleted"}


class ErasureState(NamedTuple):
    """The person whose data are erased, since when, and whether all of it is done."""

    person_id: str
    erased_at: datetime
    status: Literal["erasing", "erased"]


def erase(
    kind: Kind,
    reference: str,
    *,
    gives_up: bool = False,
    actor: Actor,
    at: datetime,
    most_seconds: float = MOST_SECONDS,
) -> ErasureState:
    """
    Erase a partner or a customer, and continue for some seconds; a schedule finishes it.

    Idempotent: another call continues. Refused while they are owed money, unless they give it up.
    """
    deadline = Deadline(most_seconds)
    person = find_person(kind, reference)
    guests = _guests(person)
    if person.erased_at is None:
        for one in (person, *guests):
            if gives_up:
                give_up(one, actor=actor, at=at, deadline=deadline)
            check_owed(one)
            _erase_introduced(one, actor=actor, at=at)
        for guest in guests:
            if guest.erased_at is None:
                _begin(guest, actor=actor, at=at)
        person = _begin(person, actor=actor, at=at)
    assert person.erased_at is not None, "who was erased says so"
    begun = rows.find_all(Erasure, [(KEY, one.id) for one in (person, *guests)]).values()
    done = all(go_on(row, actor=actor, at=at, deadline=deadline) for row in begun)
    return ErasureState(person.id, person.erased_at, "erased" if done else "erasing")


def finish_erasures(*, actor: Actor, at: datetime, most_seconds: float) -> int:
    """Go on with all erasures that are under way. Scheduled; idempotent. Returns how many are finished by it."""
    deadline, finished = Deadline(most_seconds), 0
    for row in list(Erasure.query(KEY, limit=_MOST_AT_ONCE, consistent_read=True)):
        if not deadline.passed:
            finished += go_on(row, actor=actor, at=at, deadline=deadline.half())
    return finished


def _erase_introduced(person: Person, *, actor: Actor, at: datetime) -> None:
    """Erase the introductions of a person by others, while their own addresses are known."""
    for row in find_introduced(person):
        erase_introduction(row.id, by="person", reason="asked_to_be_deleted", actor=actor, at=at)


def _guests(person: Person) -> list[Person]:
    """Return the guests or duplicates that were merged into someone: they are the same person."""
    if isinstance(person.owner, PartnerProfile):
        return [find_person("partner", one) for one in person.owner.partner.duplicates or ()]
    return [find_person("customer", one) for one in person.owner.customer.guests or ()]


def _begin(person: Person, *, actor: Actor, at: datetime) -> Person:
    """Remove from a person's own row who they are, and every key they can be found by; all or nothing."""
    for _ in writes.attempts():
        if person.erased_at is not None:
            return person
        owner, addresses = person.owner, own_addresses(person.owner)
        keys = keys_of([*addresses, *(former_addresses(owner.partner) if isinstance(owner, PartnerProfile) else ())])
        erasure = Erasure(KEY, person.id, address_keys=keys, begun_at=at, round_at=at)
        begun = [*suppress_erased(_unshared(addresses, person), at=at), writes.insert(erasure)]
        changes = _of_partner(owner, at=at) if isinstance(owner, PartnerProfile) else _of_customer(owner, at=at)
        action = "partner.erased" if isinstance(owner, PartnerProfile) else "customer.erased"
        refused = actor.commit(*changes, *begun, action=action, subject=person.id, at=at)  # type: ignore[arg-type]
        person = find_person(person.kind, person.id)
        if not refused:
            return person
    raise Busy("Someone else is changing them at the same moment; send the same call again.")


def _of_partner(profile: PartnerProfile, *, at: datetime) -> list[writes.Write]:
    partner = profile.partner
    same = Partner.erased_at.does_not_exist()
    for field, value in ((Partner.email, partner.email), (Partner.external_id, partner.external_id)):
        same &= field == value if value is not None else field.does_not_exist()
    changes = [revisions.change(partner, *erase_partner(partner), Partner.erased_at.set(at), condition=same)]
    if partner.external_id is not None:
        changes.append(writes.delete(PartnerName(partner_name_key(partner.external_id), "name")))
    keys = [(key, partner.id) for email in every_email(partner) for key in address_keys(email)]
    return [*changes, *map(writes.delete, rows.find_all(PartnerAddress, keys).values())]


def _of_customer(profile: CustomerProfile, *, at: datetime) -> list[writes.Write]:
    customer = profile.customer
    same = Customer.erased_at.does_not_exist() & (Customer.external_id == customer.external_id)
    changes = [writes.update_if(customer, *erase_customer(customer), Customer.erased_at.set(at), condition=same)]
    if customer.merged_into is not None:
        # The account has the ids by which a guest was known.
        return changes
    for known_as, key in zip(customer.known_as, customer.name_keys, strict=True):
        # The same id of the website, erased twice, is two people: this leads to the last one.
        name = ErasedName(erased_name_keys(known_as, customer.test_program)[0], "name", named=customer.customer_id)
        anyhow = ErasedName.named.exists() | ErasedName.named.does_not_exist()
        changes += [writes.delete(CustomerName(key, "name")), writes.put_if(name, anyhow)]
    return changes


def _unshared(addresses: list[str], person: Person) -> list[str]:
    """Return the addresses that no other partner has, who is still written to."""
    return [one for one in addresses if not set(partners.find_ids_by_address(one)) - {person.id}]


def go_on(row: Erasure, *, actor: Actor, at: datetime, deadline: Deadline) -> bool:
    """Walk on from where an erasure is, some pages at least. Returns whether the last of it is gone."""
    person = structs.replace(find_person(kind_of(row.owner_id), row.owner_id), address_keys=row.address_keys)
    if row.source is None:
        row.round_at = max(at, row.round_at)
        if row.before is None:
            _end_what_goes_on(person, actor=actor, at=at)
    for page, _, source, position in steps(person, row.source, row.place, at=at):
        _erase_rows(page, person, before=row.before, actor=actor, at=at)
        _save(row, source, position)
        if source is not None and deadline.passed:
            return False
    if row.round_at < row.begun_at + SETTLED:
        return False
    writes.commit(writes.delete(row))
    return True


def _erase_rows(page: list[AnyRow], person: Person, *, before: datetime | None, actor: Actor, at: datetime) -> None:
    """Remove a person from rows; of one who held an account up to a moment, only from what is theirs."""
    # Notes first: once a row is deleted, nothing leads to its note.
    for one in sorted(page, key=lambda row: not isinstance(row, Note)):
        if before is not None and not is_of_former(one, before):
            continue
        if isinstance(one, Introduction):
            erase_introduction(one.id, by="time", reason=_ENDS[person.kind], actor=actor, at=at)
        for change in erase_row(one, person, at=at):
            # A row that is gone was erased by another call.
            writes.commit(change)


def _end_what_goes_on(person: Person, *, actor: Actor, at: datetime) -> None:
    """End sessions, links and enrollments, and record the event for listeners. Idempotent."""
    if person.kind == "partner":
        end_all(person.id, at=at)
        for program_id in person.program_ids:
            leave_program(person.id, program_id, actor=actor, at=at)
    record(_events(person), now=clock.now)


def _events(person: Person) -> Iterator[EventRow]:
    """Yield what happened: an event in each of their programs, whose endpoints may have copies; or in none."""
    assert person.erased_at is not None, "who was erased says so"
    new = partial(
        new_event,
        f"{person.kind}.erased",
        person.id,
        occurred_at=person.erased_at,
        subject_id=person.id,
        data=ErasedData(instants.text(person.erased_at)),
        partner_id=person.id if person.kind == "partner" else None,
        customer_id=person.id if person.kind == "customer" else None,
    )
    if not person.program_ids:
        yield new()
    for program_id in person.program_ids:
        yield new(program_id, program_id=program_id)


def _save(row: Erasure, source: str | None, position: object) -> None:
    """Store where a walk continues; the next call starts a new round after the end of one."""
    row.source, row.position = source, json.dumps(position) if position is not None else None
    actions = [
        Erasure.source.set(source) if source is not None else Erasure.source.remove(),
        Erasure.position.set(row.position) if row.position is not None else Erasure.position.remove(),
        Erasure.round_at.set(row.round_at),
    ]
    writes.commit(writes.update_if(row, *actions, condition=Erasure.begun_at == row.begun_at))
