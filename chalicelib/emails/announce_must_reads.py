"""Enqueues the emails about what partners must read: one for a new version to each of those it is for. Scheduled."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from chalicelib.emails.must_read import MUST_READ
from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.language.texts import texts
from chalicelib.materials.applies import choose, is_for
from chalicelib.materials.find import list_in
from chalicelib.materials.kinds import Audience
from chalicelib.materials.table import Material
from chalicelib.outbox.queue import enqueue, new_message
from chalicelib.partners import find as partners
from chalicelib.partners.standing import PartnerStanding
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs

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
