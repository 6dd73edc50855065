"""Takes down that a partner has read a version, once; of an agreement, that they accept it."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.materials import find as materials
from chalicelib.materials.applies import is_for
from chalicelib.materials.reading import find_reads
from chalicelib.materials.shapes import MaterialRead
from chalicelib.materials.table import Read, read_key, readers_of
from chalicelib.partners.find import PartnerNotEnrolled, find_to_change


class MaterialNotInForce(Refused):
    """Only the published version can be read: read that, then say so."""

    STATUS_CODE = 409


def mark_read(
    identifier: str, body: MaterialRead, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> Read:
    """Store that a partner has read the published version. Idempotent; what they read before stays."""
    profile = find_to_change(body.partner)
    material = materials.find(identifier)
    if not profile.takes_part(material.program_id):
        raise PartnerNotEnrolled("The partner is not in the program of this material.", pointer="/partner")
    if (earlier := find_reads(profile.partner, [material]).get(material.id)) and earlier.version == body.version:
        return earlier
    if material.state != "published" or material.version != body.version:
        in_force = material.version if material.state == "published" else None
        detail = f"Version {in_force} is published." if in_force else "It is not published."
        raise MaterialNotInForce(detail, pointer="/version", details={"version": in_force})
    if not is_for(material.audience, profile.standing(material.program_id, at)):
        raise InvalidValue("This material is not for this partner.", pointer="/partner")
    version = materials.find_version(material, body.version)
    read = Read(
        profile.partner.id,
        read_key(material.id, version.number, profile.partner.handed_over_at),
        object=readers_of(material.id, version.number),
        program_id=material.program_id,
        material_id=material.id,
        sort_of=material.sort_of,
        title=version.title,
        version=version.number,
        digest=version.digest,
        read_at=at,
    )
    changes = [writes.insert(read), *receipt(read)]
    if actor.commit(*changes, action="material.read", subject=material.id, part=profile.partner.id, at=at):
        stored = rows.find(Read, *rows.key_of(read))
        if stored is None:
            raise Busy("This is being stored right now; send the same call again.")
        return stored
    return read
