"""Creates links, with a random code or a slug."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, ids, urls
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, DestinationRefused, ExternalIdTaken, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.links import codes
from chalicelib.links.shapes import NewLink
from chalicelib.links.table import Link, LinkName, LinkRow, name_key
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotEnrolled
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

MOST_PER_PARTNER = 100
_TRIES = 5


class CodeTaken(Refused):
    """Another link already has this code."""

    STATUS_CODE = 409


class CodeRefused(Refused):
    """A link cannot have this code."""


class TooManyLinks(Refused):
    """The partner has the maximum number of links."""


def create(new: NewLink, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> Link:
    """Create a link. A slug that is taken is refused; a random code that is taken is drawn again."""
    program_terms = programs.find(new.program)
    profile = partners.find(new.partner)
    if not profile.takes_part(program_terms.program.id):
        raise PartnerNotEnrolled(
            f"{profile.partner.id} is not enrolled in {program_terms.program.id}.", pointer="/partner"
        )
    if new.code is not None and (objection := codes.find_objection(new.code)):
        raise CodeRefused(objection, pointer="/code")
    if Link.by_partner.count(profile.partner.id, limit=MOST_PER_PARTNER) >= MOST_PER_PARTNER:
        raise TooManyLinks(f"A partner has at most {MOST_PER_PARTNER} links.", pointer="/partner")
    link = Link(
        "",
        "link",
        id=ids.new("lnk", at),
        program_id=program_terms.program.id,
        partner_id=profile.partner.id,
        destination=_destination(new, program_terms.program),
        channel=new.channel,
        external_id=new.external_id,
        expires_at=_expiry(new, at=at),
        created_at=at,
    )
    for _ in range(_TRIES):
        _name(link, new.code or codes.generate())
        changes = [*_rows(link), *receipt(link)]
        refused = [write.row for write in actor.commit(*changes, action="link.created", subject=link.id, at=at)]
        if not refused:
            return link
        if any(isinstance(row, LinkName) for row in refused):
            raise ExternalIdTaken(f"There is a link {new.external_id!r} already.", pointer="/external_id")
        if not any(isinstance(row, LinkRow) for row in refused) or new.code is not None:
            raise CodeTaken(f"The code {link.code!r} belongs to another link.", pointer="/code")
    raise Busy("No free code was found; send the same call again.")


def _name(link: Link, code: str) -> None:
    link.key, link.code = codes.make_key(code), code


def _rows(link: Link) -> list[writes.Write]:
    names = [LinkName(link.id, "name", code_key=link.key)]
    if link.external_id is not None:
        names.append(LinkName(name_key(link.external_id), "name", code_key=link.key))
    return [writes.insert(row) for row in (link, *names)]


def _destination(new: NewLink, program: Program) -> str:
    if new.destination is None:
        return program.landing_url
    try:
        return urls.checked(new.destination, hosts=program.hosts)
    except ValueError as error:
        raise DestinationRefused(f"The destination is refused: {error}.", pointer="/destination") from error


def _expiry(new: NewLink, *, at: datetime) -> datetime | None:
    if new.expires_at is None:
        return None
    expires_at = bodies.read_instant(new.expires_at, pointer="/expires_at")
    if expires_at <= at:
        raise InvalidValue("A link must expire in the future.", pointer="/expires_at")
    return expires_at
