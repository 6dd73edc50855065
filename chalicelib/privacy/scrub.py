"""What an erasure does to each kind of row: removes the person from it, or deletes it."""

from typing import Any

from chalicelib.conversions.personal import erase_person
from chalicelib.conversions.table import Conversion
from chalicelib.events.table import EventRow
from chalicelib.introductions.table import Introduction, Step
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import AnyRow, RowAction, Write
from chalicelib.links.table import Link, LinkName
from chalicelib.links.table import name_key as link_name_key
from chalicelib.notes.table import Note
from chalicelib.partners.preferences import Preferences
from chalicelib.partners.share import new_nonce
from chalicelib.partners.shared_name_table import SharedName, unlist
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.privacy.people import Person
from chalicelib.privacy.places import PLACES
from chalicelib.programs import find as programs
from chalicelib.referrals.table import Customer

_CREDITED = ("conversion.recorded", "conversion.credited")


def erase_row(row: AnyRow, person: Person, *, at: Any) -> list[Write]:
    """Return the writes that remove from a row who it is about; none, if nothing of that is left."""
    place = PLACES.get(type(row))
    if place is None or isinstance(row, Introduction | Step):
        # An introduction is erased as a whole, with its history: it may have to end.
        return []
    if isinstance(row, SharedName):
        return unlist(row)
    if place.deleted:
        return [writes.delete(row)]
    actions = _actions(row, person, at=at)
    erased = [writes.update(row, *actions)] if actions else []
    if isinstance(row, Link) and row.external_id is not None:
        # First the row that nothing leads to once this is gone.
        return [writes.delete(LinkName(link_name_key(row.external_id), "name")), *erased]
    return erased


def erase_partner(partner: Partner) -> list[RowAction]:
    """Return what is done to a partner's row: they are called by their id."""
    replaced = [Partner.name.set(partner.id), Partner.locale.set("en"), Partner.emails.set(Preferences())]
    payee = (Partner.payout_name, Partner.payout_email, Partner.former_payee)
    names = (Partner.friend_name, Partner.display_name)
    fields = (
        Partner.email,
        Partner.customer_id,
        Partner.external_id,
        Partner.metadata,
        Partner.other_emails,
        *names,
        *payee,
    )
    return [*replaced, Partner.name_key.remove(), *(field.remove() for field in fields)]


def erase_customer(customer: Customer) -> list[RowAction]:
    """Return the changes of a customer's row: our id replaces the website's."""
    fields = (
        Customer.email,
        Customer.name,
        Customer.locale,
        Customer.introduced_as,
        Customer.search_key,
        Customer.other_ids,
    )
    return [Customer.external_id.set(customer.customer_id), *(field.remove() for field in fields)]


def _actions(row: AnyRow, person: Person, *, at: Any) -> list[RowAction]:
    match row:
        case Partner():
            return erase_partner(row) if row.name != row.id or row.email or row.payout_email or row.payout_name else []
        case Customer():
            return (
                erase_customer(row)
                if row.external_id != row.customer_id or row.email or row.name or row.other_ids
                else []
            )
        case Enrollment():
            # The old address of their page no longer shows it.
            ended: list[RowAction] = [Enrollment.share_nonce.set(new_nonce()), Enrollment.form_nonce.remove()]
            return ended
        case Conversion():
            return erase_person(row, programs.find(row.program_id).versions)
        case EventRow():
            data = erase_event(row, person)
            changed: list[RowAction] = [EventRow.data.set(data)]
            return changed if data != row.data else []
        case Note():
            gone: list[RowAction] = [Note.words.remove(), Note.salt.remove(), Note.erased_at.set(at)]
            return gone if row.erased_at is None else []
        case Link():
            landing = programs.find(row.program_id).program.landing_url
            moved: list[RowAction] = [Link.destination.set(landing)] if row.destination != landing else []
            return moved + _removed(row, "channel", "external_id")
    return _removed(row, *PLACES[type(row)].personal.split())


def erase_event(event: EventRow, person: Person) -> dict[str, Any]:
    """
    Return the data of an event without a person's own words or number.

    An order's number stays with its amount; the number of a sign-up is often the customer's.
    """
    data = dict(event.data)
    if person.kind == "partner" and event.type.startswith("link."):
        data = {name: value for name, value in data.items() if name not in ("channel", "external_id", "destination")}
    if person.kind == "customer" and event.type in _CREDITED and "amount" not in data:
        data["external_id"] = event.subject_id
    if event.type.startswith("benefit.") and data.get("owner") == person.id:
        data.pop("reference", None)
    return data


def _removed(row: AnyRow, *names: str) -> list[RowAction]:
    return [getattr(type(row), name).remove() for name in names if getattr(row, name) is not None]
