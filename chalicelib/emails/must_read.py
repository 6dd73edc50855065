"""
The email about a new version of a material that partners must read: to each of those it is for. Scheduled; idempotent.

Whoever has read it by then, or left, or whom it is no longer for, gets none: see the skip rules.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import config, walk
from chalicelib.kit.walk import Deadline
from chalicelib.language.texts import texts
from chalicelib.materials import find as materials
from chalicelib.materials import reading
from chalicelib.materials.applies import choose, is_for
from chalicelib.materials.find import list_in
from chalicelib.materials.kinds import Audience
from chalicelib.materials.markup import fill_title
from chalicelib.materials.table import Material
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.outbox.table import Message
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs

# The job that enqueues them asks for no recipient.
if TYPE_CHECKING:
    from chalicelib.emails.recipients import Recipient

MUST_READ = "must_read"
# After a longer outage, partners see it on their pages only.
_LATE = timedelta(days=2)
_MOST_SECONDS = 80
_PAGE = 100


def announce_must_reads(*, at: datetime) -> int:
    """
    Enqueue an email about every version published lately that must be read, to each partner it is for; return how many.

    To each partner once. Idempotent: safe to run late, twice or concurrently. Bounded by time; the next run resumes.
    """
    deadline, enqueued = Deadline(_MOST_SECONDS), 0
    for program in walk.each(partial(programs.walk_every_mode, limit=_PAGE), deadline=deadline):
        published = list_in("published", program.id)
        for one in published:
            if one.must_read and one.published_at is not None and one.published_at > at - _LATE:
                enqueued += _announce(one, published, at=at, deadline=deadline)
    return enqueued


def must_read_values(message: Message, _recipient: "Recipient", locale: str) -> dict[str, str]:
    """Return what is to be read: its title, and what it is."""
    material = materials.find(_named(message)[0])
    program, t = programs.find(message.program_id).program, texts(locale)
    return {
        "title": fill_title(material.title, program.name),
        "kind": t[f"material_{material.sort_of}"],
        "url": f"{config.public_url()}/portal/materials",
    }


def why_not_to_read(message: Message, recipient: "Recipient", at: datetime) -> str | None:
    """Return why a partner need not be asked any more to read a version, or None."""
    identifier, number = _named(message)
    material = materials.find(identifier)
    if material.state != "published":
        return "withdrawn"
    if material.version != number:
        return "replaced"
    profile = recipient.profile
    if profile is None or not profile.takes_part(material.program_id):
        return "has_left"
    if reading.find_reads(profile.partner, [material]):
        return "has_read"
    return None if is_for(material.audience, profile.standing(material.program_id, at)) else "not_for_them"


def _announce(material: Material, published: list[Material], *, at: datetime, deadline: Deadline) -> int:
    subject, enqueued = f"{material.id}#{material.version}", 0
    read = partial(partners.walk_enrolled, material.program_id, limit=_PAGE)
    for page in walk.resume("emails", f"walk#must_read#{subject}", read, deadline=deadline, once=f"{at:%Y-%m-%d}"):
        messages = [
            new_message(MUST_READ, subject, one, material.program_id, at=at)
            for one in _who_sees(material, published, page, at=at)
        ]
        enqueue(messages)
        enqueued += len(messages)
    return enqueued


def _who_sees(
    material: Material, published: list[Material], enrollments: Iterable[Enrollment], *, at: datetime
) -> list[str]:
    """Return the partners who see a material, and not the same in their language in its place."""
    identifiers = [one.id for one in enrollments if one.left_at is None]
    standings: dict[str, PartnerStanding] = {}
    members: dict[str, Partner] = {}
    if all(one.audience == Audience() for one in published):
        members = partners.find_rows(identifiers)
    else:
        profiles = partners.find_all(identifiers)
        standings = {one: profile.standing(material.program_id, at) for one, profile in profiles.items()}
        members = {one: profile.partner for one, profile in profiles.items()}
    theirs = []
    for one, partner in members.items():
        own = [other for other in published if is_for(other.audience, standings.get(one, PartnerStanding()))]
        if any(other is material for other in choose(own, (), texts(partner.locale).language)):
            theirs.append(one)
    return theirs


def _named(message: Message) -> tuple[str, int]:
    """Return the material and the version that a message is about."""
    identifier, _, number = message.subject_id.partition("#")
    return identifier, int(number)
