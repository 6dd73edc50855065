"""Does what the forms of a partner's page ask for, as the API does it. Each returns what was done, in words."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from msgspec import UNSET

from chalicelib.access.rate_limit import TooManyRequests
from chalicelib.admin import codes
from chalicelib.admin.once import Form, begin_once
from chalicelib.admin.partners.partner_page import fields_of_partner
from chalicelib.audit.actor import Actor
from chalicelib.emails.catalog import SIGN_IN
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.idempotency import Receipt
from chalicelib.kit.revisions import read_if_match
from chalicelib.links import create as links
from chalicelib.links.disable import enroll_again
from chalicelib.links.shapes import NewLink, make_url
from chalicelib.notes.table import new_note
from chalicelib.partners import find as partners
from chalicelib.partners.change import change_partner
from chalicelib.partners.change_standing import change_standing
from chalicelib.partners.preferences import TOPICS
from chalicelib.partners.settings import switch_topics
from chalicelib.partners.shapes import NewCategory, NewEnrollment, NewTier, PartnerChange
from chalicelib.partners.table import StandingChange
from chalicelib.programs import find as programs
from chalicelib.web.sign_in_link import send_sign_in_link

_OPTIONAL = ("external_id", "payout_name", "payout_email", "friend_name", "display_name")


def edit(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Change who a partner is, unless someone else did after the form was opened."""
    before = partners.find(partner).partner
    fields: dict[str, object] = {name: form[name] for name in ("name", "email", "locale") if name in form}
    fields |= {name: form.get(name) for name in _OPTIONAL}
    fields["metadata"] = _read_metadata(form.get("metadata", ""))
    new = bodies.typed(fields, PartnerChange, strict=True)
    if new.metadata == _read_metadata(fields_of_partner(before)["metadata"]):
        # What stands there without the spaces around it stays as it is.
        new.metadata = UNSET
    if before.email is not None and "email" not in form:
        raise InvalidValue("Enter an email address; it can be changed, and not taken away.", pointer="/email")
    after = change_partner(partner, new, if_match=read_if_match(form.get("etag")), actor=actor, at=at).partner
    moved = before.email is not None and before.email != after.email
    return f"Saved. {before.email} will be notified by email." if moved else "Saved."


def _read_metadata(text: str) -> dict[str, str]:
    """Read one `name: value` a line."""
    metadata: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or name in metadata:
            raise InvalidValue("Write one `name: value` on each line, each name once.", pointer="/metadata")
        metadata[name] = value
    return metadata


def change_category(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Put a partner into another category, once however often the form is sent."""
    new = bodies.typed(_fields(form, "category", "note"), NewCategory, strict=True)
    change = partial(change_standing, partner, what="category", to=new.category)
    _change_once(partner, "category", form, new, change, actor=actor, at=at)
    return f"The category is {codes.name_of(new.category)} from a minute from now on."


def change_tier(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Put a partner into a tier of a program by hand, once however often the form is sent."""
    fields: dict[str, object] = _fields(form, "program", "note")
    pinned_until = form.get("pinned_until")
    # A browser's control has it by the minute.
    fields |= {"tier": form.get("tier"), "pinned_until": f"{pinned_until}:00Z" if pinned_until else None}
    new = bodies.typed(fields, NewTier, strict=True)
    change = partial(
        change_standing, partner, what="tier", program=new.program, to=new.tier, pinned_until=new.pinned_until
    )
    _change_once(partner, "tier", form, new, change, actor=actor, at=at)
    program = programs.find(new.program).program
    tier = codes.name_of(new.tier) if new.tier else "no tier"
    return f"In {program.name}, {tier} from a minute from now on."


def _change_once(
    partner: str,
    what: str,
    form: Form,
    new: NewCategory | NewTier,
    change: Callable[..., StandingChange],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Make an admin's change of standing, with its note, once however often the form is sent."""
    note = new_note(new.note, at=at)

    def begin(receipt: Receipt) -> StandingChange:
        return change(by="admin", note=note, actor=actor, at=at, receipt=receipt)

    address = f"/admin/partners/{partner}/{what}"
    begin_once(form, address, new, begin, id_of=lambda made: made.id, actor=actor, at=at)


def enroll(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Enroll a partner in a program; a second time changes nothing."""
    new = bodies.typed(_fields(form, "program"), NewEnrollment, strict=True)
    profile = enroll_again(partner, new.program, actor=actor, at=at)
    return f"{profile.partner.name} takes part in {programs.find(new.program).program.name}."


def create_link(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Create a link, once however often the form is sent."""
    fields: dict[str, object] = _fields(form, "program", "code", "destination", "channel")
    new = bodies.typed({**fields, "partner": partner}, NewLink, strict=True)
    code = begin_once(
        form,
        f"/admin/partners/{partner}/links",
        new,
        lambda receipt: links.create(new, actor=actor, at=at, receipt=receipt),
        id_of=lambda link: link.code,
        actor=actor,
        at=at,
    )
    return f"Created {make_url(code)}."


def turn_off_emails(partner: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Turn off the topics that a form names. None is turned on: a partner who unsubscribed has said no."""
    topics = tuple(topic for topic in TOPICS if f"off_{topic}" in form)
    if not topics:
        raise InvalidValue("Choose what to turn off.", pointer=f"/off_{TOPICS[0]}")
    # A duplicate has none of its own.
    survivor = partners.find_to_change(partner).partner.id
    switch_topics(survivor, topics, on=False, actor=actor, at=at)
    return "Turned off, for emails written from now on."


def send_link(partner: str, _form: Form, *, actor: Actor, at: datetime) -> str:
    """Email a partner a link to sign in by, within hourly limits."""
    row = partners.find_to_change(partner).partner
    if row.email is None:
        raise InvalidValue("The partner has no email address.", pointer="/email")
    sent = send_sign_in_link(
        row.email,
        next(iter(partners.find_ids_by_address(row.email)), None),
        template=SIGN_IN,
        prefix="ptr",
        limited_as="magic link",
        visitor=actor.id,
        at=at,
        commit=partial(actor.commit, action="partner.sign_in_link_sent", subject=row.id, at=at),
    )
    if not sent:
        raise TooManyRequests(at=at)
    return f"A link to sign in was sent to {row.email}."


def _fields(form: Form, *names: str) -> dict[str, object]:
    return {name: form[name] for name in names if name in form}
