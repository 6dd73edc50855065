"""The page of events of a subject, such as a program, a partner or an order; and the choices of a search."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.admin import codes
from chalicelib.admin.codes import name_of_conversion
from chalicelib.admin.english import moment
from chalicelib.admin.history.event_sentences import sentence
from chalicelib.admin.names import name_of_customer, names_of
from chalicelib.admin.page import AdminPage
from chalicelib.conversions.credits import credited
from chalicelib.conversions.find import find as find_conversion
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Conversion
from chalicelib.events import find
from chalicelib.events.table import EventRow
from chalicelib.events.view import view_event
from chalicelib.introductions import find as introductions
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.kit.errors import NotFound
from chalicelib.materials import find as materials
from chalicelib.materials.markup import fill_title
from chalicelib.partners import find as partners
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Customer
from chalicelib.rewards.find import reward_of

_MOST_CHOICES = 25
_KINDS = {"ptr_": "Partner", "cus_": "Customer", "rwd_": "Reward"}
# What is written down later than this after it happened says so.
_LATE_SECONDS = 300


def show_event(event: EventRow) -> dict[str, Any]:
    """Return an event as this page shows it: when, what, and links to whom and what it is about."""
    return describe(event, names_in([event]), "")


def names_in(page: list[EventRow]) -> dict[str, str]:
    """Return what the people and conversions in events are called, by id."""
    names = names_of({one for event in page for one in _people_in(event)})
    return names | _names_of_conversions({one for event in page if (one := _conversion_of(event))})


def describe(event: EventRow, names: dict[str, str], subject: str) -> dict[str, Any]:
    """Return an event as a page about a subject shows it, in the zone of its program."""
    return _row(event, names, subject, zone_of_event(event))


def list_latest(partner_id: str, *, limit: int, at: datetime) -> list[dict[str, Any]]:
    """Return what happened to a partner lately, newest first, in UTC: no program is read for its zone."""
    page = find.page(
        find.Selection("partner", [partner_id], lambda _: True),
        after=find.first_position(None, at=at),
        until=find.last_position(None, at=at),
        limit=limit,
        newest_first=True,
    )
    names = _read_names(page.events)
    return [_row(event, names, partner_id, ZoneInfo("UTC")) for event in page.events]


def _read_names(events: list[EventRow]) -> dict[str, str]:
    """Return what the partners, customers and conversions of a few events are called, by one read."""
    people = {one for event in events for one in _people_in(event)}
    keys: list[tuple[type[AnyRow], str, str]] = [(Partner, one, "partner") for one in people if one.startswith("ptr_")]
    keys += [(Customer, one, "customer") for one in people if one.startswith("cus_")]
    keys += [(Conversion, one, "conversion") for event in events if (one := _conversion_of(event))]
    names: dict[str, str] = {}
    for row in rows.find_anywhere(keys) if keys else ():
        match row:
            case Partner():
                names[row.id] = row.name
            case Customer():
                names[row.customer_id] = name_of_customer(row)
            case Conversion():
                names[row.id] = name_of_conversion(row.type).capitalize()
    return names


def find_events(choices: str = "", *, typed: str = "") -> AdminPage:
    """Show a form to find the subject of a question, and the results, if there are several."""
    values = {
        "subject": "",
        "choices": [_choice(one) for one in choices.split(",")[:_MOST_CHOICES] if one],
        "typed": typed,
    }
    return AdminPage("events", "events", "Events", values)


def _choice(identifier: str) -> dict[str, str]:
    kind, name = _KINDS.get(identifier[:4], ""), names_of([identifier]).get(identifier, identifier)
    if identifier.startswith("cnv_"):
        conversion = find_conversion(identifier, ConversionQuery())
        kind = name_of_conversion(conversion.type).capitalize()
        name = f"{conversion.external_id}, {programs.find(conversion.program_id).program.name}"
    return {"kind": kind, "name": name, "id": identifier}


def heading_and_links(subject: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the page's heading, and links to its subjects. Refuses an unknown subject."""
    match subject[:4]:
        case "prg_":
            program = programs.find(subject).program
            return f"Activity of {program.name}", [("Program", f"/admin/programs/{program.id}")]
        case "ptr_":
            return f"Events of {partners.find(subject).partner.name}", [("Partner", f"/admin/partners/{subject}")]
        case "cus_":
            profile = referrals.find(subject)
            name = names_of([subject]).get(subject, subject)
            sent_by = dict.fromkeys(one.partner_id for one in profile.referrals)
            sponsors = names_of(sent_by)
            links = [(f"Referred by {sponsors.get(one, one)}", f"/admin/partners/{one}") for one in sent_by]
            erased = profile.customer.erased_at is not None
            known_as = "Erased" if erased else f"Your ID: {profile.customer.external_id}"
            own = [("Customer", f"/admin/customers/{profile.customer.customer_id}")]
            own += [("Copy of their data", f"/admin/privacy/{profile.customer.customer_id}/data")]
            if not erased:
                own.append(("Erase", f"/admin/privacy/{profile.customer.customer_id}/erase"))
            return f"Events of {name}", [(known_as, ""), *links, *own]
        case "cnv_":
            conversion = credited(find_conversion(subject, ConversionQuery()))
            what = name_of_conversion(conversion.type)
            links = [(what.capitalize(), f"/admin/conversions/{subject}")]
            links.append(("Customer", _events_of(conversion.customer_id)))
            if conversion.partner_id is not None:
                links.append(("Partner", f"/admin/partners/{conversion.partner_id}"))
            return f"Events of the {what} {conversion.external_id}", links
        case "rwd_":
            reward_of(subject)
            return "Events of a reward", [("Evidence", f"/admin/rewards/{subject}")]
        case "itr_" | "mat_":
            return _heading_of_work(subject)
    raise NotFound("Enter a partner, a customer, an order, a reward, an introduction or a material.")


def _heading_of_work(subject: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the heading and links of an introduction, or of a material."""
    if subject.startswith("mat_"):
        material = materials.find(subject)
        title = fill_title(material.title, programs.find(material.program_id).program.name)
        return f"Events of {title}", [("Material", f"/admin/materials/{subject}")]
    introduction = introductions.find(subject)
    person = introduction.person.name if introduction.person is not None else "a person whose data was erased"
    links = [
        ("Introduction", f"/admin/introductions/{subject}"),
        ("Partner", f"/admin/partners/{introduction.partner_id}"),
    ]
    return f"Events of the introduction of {person}", links


def _row(event: EventRow, names: dict[str, str], subject: str, zone: ZoneInfo) -> dict[str, Any]:
    late = (event.written_at - event.occurred_at).total_seconds() > _LATE_SECONDS
    return {
        "at": moment(event.occurred_at, zone),
        "recorded": moment(event.written_at, zone) if late else "",
        "type": codes.name_of(event.type.replace(".", "_")),
        "sentence": sentence(view_event(event), names, zone),
        "links": [(label, path) for label, path in _links(event, names) if not path.endswith(subject)],
    }


def _links(event: EventRow, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return the pages of the people and objects an event is about."""
    conversion = _conversion_of(event)
    payout = event.subject_id if event.subject_id.startswith("pay_") else event.data.get("payout")
    links: list[tuple[str, str]] = []
    if event.partner_id in names:
        links.append((names[event.partner_id], f"/admin/partners/{event.partner_id}"))
    if event.customer_id in names:
        links.append((names[event.customer_id], _events_of(event.customer_id)))
    if conversion in names:
        links.append((names[conversion], f"/admin/conversions/{conversion}"))
    if event.subject_id.startswith("rwd_"):
        links.append(("Evidence", f"/admin/rewards/{event.subject_id}"))
    if payout:
        links.append(("Payout", f"/admin/payouts/{payout}"))
    return links


def _events_of(identifier: str) -> str:
    return f"/admin/events?subject={identifier}"


def _conversion_of(event: EventRow) -> str:
    """Return the id of the conversion an event is about; empty if there is none."""
    conversion = event.subject_id if event.subject_id.startswith("cnv_") else event.data.get("conversion") or ""
    return conversion if conversion.startswith("cnv_") else ""


def _names_of_conversions(identifiers: set[str]) -> dict[str, str]:
    """Return the type of each conversion for display, such as `Sign-up`; a hundred a read."""
    stored = rows.find_all(Conversion, [(one, "conversion") for one in sorted(identifiers)])
    return {identifier: name_of_conversion(row.type).capitalize() for (identifier, _), row in stored.items()}


def _people_in(event: EventRow) -> list[str]:
    named = (event.partner_id, event.customer_id, event.data.get("owner"), event.data.get("recipient"))
    return [one for one in named if one is not None]


def zone_of_event(event: EventRow) -> ZoneInfo:
    """Return the zone of an event's program; UTC if it has none, or the program is gone."""
    if event.program_id is None:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(programs.find(event.program_id).program.calendar.zone_at(event.occurred_at))
    except ProgramNotFound:
        return ZoneInfo("UTC")
