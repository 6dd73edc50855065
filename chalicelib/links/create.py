"""
Creates links, with a random code or a slug.

A partner has a hundred at most: those that were ended, or have expired, leave room for others.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, ids, instants, urls
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, DestinationRefused, ExternalIdTaken, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.links import codes
from chalicelib.links.find import is_live, list_all
from chalicelib.links.shapes import NewLink
from chalicelib.links.table import Link, LinkCount, LinkName, count_key, name_key, partner_link
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotEnrolled
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

MOST_PER_PARTNER = 100


class CodeTaken(Refused):
    """Another link already has this code."""

    STATUS_CODE = 409


class CodeRefused(Refused):
    """A link cannot have this code."""


class TooManyLinks(Refused):
    """The partner has the maximum number of links."""


def create(new: NewLink, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Link:
    """
    Create a link. A slug that is taken is refused; a random code that is taken is drawn again.

    It is written only if the partner still takes part: of those who leave at that moment, no link stays behind.
    """
    program_terms = programs.find(new.program)
    programs.check_not_ended(program_terms.program, at=at)
    profile = partners.find_survivor(new.partner)
    enrollment = profile.enrollment(program_terms.program.id)
    not_enrolled = f"{profile.partner.id} is not enrolled in {program_terms.program.id}."
    if enrollment is None or enrollment.left_at is not None:
        raise PartnerNotEnrolled(not_enrolled, pointer="/partner")
    still_enrolled = writes.check(enrollment, Enrollment.left_at.does_not_exist())
    link = compose(new, program_terms.program, profile.partner.id, at=at)
    for _ in writes.attempts():
        counted = count_new(profile.partner.id, at=at)
        changes = [*name(link, new.code), counted, still_enrolled, *receipt(link)]
        refused = [write.row for write in actor.commit(*changes, action="link.created", subject=link.id, at=at)]
        if not refused:
            return link
        if any(isinstance(row, LinkName) for row in refused):
            raise ExternalIdTaken(
                f"A link with the external id {new.external_id!r} already exists.", pointer="/external_id"
            )
        if enrollment in refused:
            raise PartnerNotEnrolled(not_enrolled, pointer="/partner")
        if refused and all(row is counted.row for row in refused):
            # Another call was faster in making, or ending, a link of the partner's.
            continue
        if not any(isinstance(row, Link) for row in refused) or new.code is not None:
            raise CodeTaken(f"The code {link.code!r} belongs to another link.", pointer="/code")
    raise Busy("No free code was found, or the partner's links are changing; send the same call again.")


def compose(new: NewLink, program: Program, partner_id: str, *, at: datetime) -> Link:
    """Return a new link, whose code `name` gives it. Refuses a slug, a destination or an expiry that cannot be."""
    if new.code is not None and (objection := codes.find_objection(new.code)):
        raise CodeRefused(objection, pointer="/code")
    return Link(
        "",
        "link",
        id=ids.new("lnk", at),
        program_id=program.id,
        partner_id=partner_id,
        destination=read_destination(new.destination, program),
        channel=new.channel,
        external_id=new.external_id,
        expires_at=read_expiry(new.expires_at, at=at),
        created_at=at,
    )


def name(link: Link, slug: str | None) -> list[writes.Write]:
    """Give a link a slug, or a random code, and return the writes that add it; they do not count it."""
    link.code = slug or codes.generate()
    link.key = codes.make_key(link.code)
    names = [LinkName(link.id, "name", code_key=link.key)]
    if link.external_id is not None:
        names.append(LinkName(name_key(link.external_id), "name", code_key=link.key))
    return [writes.insert(row) for row in (link, *names, partner_link(link))]


def read_destination(url: str | None, program: Program) -> str:
    """Return a link's destination: the landing page, if none is given. Refuses one that is on none of the hosts."""
    if url is None:
        return program.landing_url
    try:
        return urls.checked(url, hosts=program.hosts)
    except ValueError as error:
        raise DestinationRefused(f"The destination is refused: {error}.", pointer="/destination") from error


def read_expiry(written: str | None, *, at: datetime) -> datetime | None:
    """Return when a link is to expire, as it is stored. Refuses a moment that is over."""
    if written is None:
        return None
    expires_at = instants.parse(instants.text(bodies.read_instant(written, pointer="/expires_at")))
    if expires_at <= at:
        raise InvalidValue("`expires_at` must be in the future.", pointer="/expires_at")
    return expires_at


def count_new(partner_id: str, *, at: datetime) -> writes.Write:
    """Return the write that counts a new link, if there is room for one. Raises TooManyLinks."""
    row = rows.find(LinkCount, count_key(partner_id), "count")
    number = row.number if row is not None else len(_not_ended(partner_id))
    most = MOST_PER_PARTNER
    if number >= most:
        # Expiry writes nothing, so an expired link counts until its place is needed.
        most += sum(not is_live(link, at) for link in _not_ended(partner_id))
    if number >= most:
        raise TooManyLinks(_too_many(), pointer="/partner")
    if row is None:
        return writes.insert(LinkCount(count_key(partner_id), "count", number=number + 1))
    return writes.update_if(row, LinkCount.number.add(1), condition=LinkCount.number < most)


def check_room_for(link: Link, *, at: datetime) -> None:
    """Refuse to extend an expired link if its partner already has the maximum of active ones."""
    others = [one for one in list_all(link.partner_id) if one.key != link.key and is_live(one, at)]
    if len(others) >= MOST_PER_PARTNER:
        raise TooManyLinks(_too_many(), pointer="/partner")


def count_change(link: Link, by: int) -> writes.Write:
    """Return the write that counts a link that is ended (-1), or is back (1)."""
    row = rows.find(LinkCount, count_key(link.partner_id), "count")
    if row is None:
        return writes.insert(LinkCount(count_key(link.partner_id), "count", number=_after(link, by)))
    return writes.update_if(row, LinkCount.number.add(by), condition=LinkCount.number.exists())


def _after(link: Link, by: int) -> int:
    others = [one for one in _not_ended(link.partner_id) if one.key != link.key]
    return len(others) + (by > 0)


def _too_many() -> str:
    return f"A partner can have at most {MOST_PER_PARTNER} active links."


def _not_ended(partner_id: str) -> list[Link]:
    return [link for link in list_all(partner_id) if link.disabled_at is None]
