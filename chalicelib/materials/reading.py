"""Says what is for a partner, and what of it they have read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.materials import find as materials
from chalicelib.materials.applies import choose, is_for
from chalicelib.materials.find import list_in, list_starters
from chalicelib.materials.starters import Starter
from chalicelib.materials.table import Material, Read, read_key, readers_of
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Partner


class Applied(Struct, frozen=True):
    """A material that is for a partner, one of the starter set or a program's own, and when they read its version."""

    material: Material | Starter
    read_at: datetime | None = None

    @property
    def is_due(self) -> bool:
        """Return whether they must read it, and have not yet."""
        return isinstance(self.material, Material) and bool(self.material.must_read) and self.read_at is None


def find_reads(partner: Partner, of: Iterable[Material]) -> dict[str, Read]:
    """
    Return what a partner, or a duplicate merged into them, has read of the published versions, by material.

    A call for every hundred. What an account's former holder read is not theirs.
    """
    keys = [(owner, key) for one in of for owner, key in _keys(partner, one.id, one.version)]
    reads: dict[str, Read] = {}
    for row in sorted(rows.find_all(Read, keys).values(), key=lambda read: read.read_at):
        reads.setdefault(row.material_id, row)
    return reads


def list_for(profile: PartnerProfile, program_id: str, language: str, *, at: datetime) -> list[Applied]:
    """Return what is for a partner in a program, what they must read first: three calls, whatever there is."""
    own = _own(profile, program_id, at=at)
    chosen = choose(own, list_starters(program_id, own), language)
    reads = find_reads(profile.partner, [one for one in chosen if isinstance(one, Material)])
    return [Applied(one, reads[one.id].read_at if one.id in reads else None) for one in chosen]


def list_starters_for(profile: PartnerProfile, program_id: str, *, at: datetime) -> list[Starter]:
    """Return what a partner may see of the starter set, in every language: two calls."""
    return list_starters(program_id, _own(profile, program_id, at=at))


def list_due(profile: PartnerProfile, program_id: str, language: str, *, at: datetime) -> list[Material]:
    """Return what a partner must read in a program and has not read yet: one call, or two."""
    chosen = choose(_own(profile, program_id, at=at), (), language)
    must = [one for one in chosen if isinstance(one, Material) and one.must_read]
    reads = find_reads(profile.partner, must) if must else {}
    return [one for one in must if one.id not in reads]


def find_for(profile: PartnerProfile, identifier: str, *, at: datetime) -> Material:
    """Return a published material that is for a partner. Raises MaterialNotFound for any other."""
    material = materials.find(identifier)
    theirs = profile.takes_part(material.program_id) and material.state == "published"
    if not theirs or not is_for(material.audience, profile.standing(material.program_id, at)):
        raise materials.MaterialNotFound(f"There is no material {identifier!r}.")
    return material


def reads_of_version(partners: Sequence[Partner], material: Material, number: int) -> dict[str, datetime]:
    """Return when some partners, or duplicates merged into them, read a version: by partner, a call a hundred."""
    keys = {key: partner.id for partner in partners for key in _keys(partner, material.id, number)}
    at_of: dict[str, datetime] = {}
    for key, row in rows.find_all(Read, list(keys)).items():
        owner = keys[key]
        at_of[owner] = min(at_of.get(owner, row.read_at), row.read_at)
    return at_of


def count_readers(material: Material, number: int, *, most: int) -> int:
    """Return how many read a version; more than *most* are counted as one more. One call."""
    return rows.count_some(Read.listed, [readers_of(material.id, number)], most=most) if number else 0


def _keys(partner: Partner, material_id: str, version: int) -> list[tuple[str, str]]:
    """Return under which keys it may be that a partner read a version: of a duplicate's account, they had it before."""
    if partner.handed_over_at is not None:
        return [(partner.id, read_key(material_id, version, partner.handed_over_at))]
    return [(one, read_key(material_id, version, None)) for one in every_id(partner)]


def _own(profile: PartnerProfile, program_id: str, *, at: datetime) -> list[Material]:
    """Return a program's published materials that are for a partner: one call."""
    standing = profile.standing(program_id, at)
    return [one for one in list_in("published", program_id) if is_for(one.audience, standing)]
