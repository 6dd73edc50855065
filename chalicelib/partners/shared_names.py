"""
Names that partners share: a friend who bought without link and code says who sent them.

Several partners of a program may share a name, as people do. A name and the first two letters of an email address are
of one partner, as far as that can be checked when it is chosen; whoever looks a name up never chooses between two.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.keyed_digests import shared_name_digests
from chalicelib.partners.duplicates import every_email
from chalicelib.partners.find import PartnerNotEnrolled, PartnerProfile, find_rows, find_to_change
from chalicelib.partners.name_rules import Objection, find_objection, fold_name, hint_of, tidy
from chalicelib.partners.shared_name_table import (
    FORMER_NAMES_COUNT,
    MOST_FORMER,
    FormerName,
    NameHolder,
    SharedName,
    holders_key,
    shared_name_key,
    unlist,
)
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs

# Of one name in a program, former names included; a look-up reads some more.
MOST_HOLDERS, READ_HOLDERS = 20, 24
FIELD = "/shared_name"
_OBJECTIONS: dict[Objection, str] = {
    "length": "A shared name has 3 to 50 characters.",
    "characters": "A shared name has letters, digits, spaces, hyphens, dots and apostrophes only.",
    "short": "A shared name has at least two letters.",
    "refused": "This name cannot be shared: it is a brand, a rude word, or not a person's.",
}


class SharedNameRefused(Refused):
    """A partner cannot share this name."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(_OBJECTIONS[objection], pointer=FIELD, details={"because": objection})
        self.objection = objection


class NameTaken(Refused):
    """Friends could not tell this partner from another one of the same name: choose a longer name."""


def share(
    reference: str, program: str, name: str, *, words_hash: str, language: str, actor: Actor, at: datetime
) -> SharedName:
    """
    Share a name with friends in a program, in place of a previous one, which counts for 400 more days.

    *words_hash* is a digest of the words that the partner agrees to by this. Idempotent. Refused: a name that is no
    person's, and one under which friends could not tell the partner from another one.
    """
    terms, name = programs.find(program), tidy(name)
    programs.check_not_ended(terms.program, at=at)
    if objection := find_objection(name, brand=terms.program.name):
        raise SharedNameRefused(objection)
    program_id = terms.program.id
    digests = shared_name_digests(program_id, fold_name(name))
    for _ in writes.attempts():
        profile = find_to_change(reference)
        enrollment, before = profile.enrollment(program_id), profile.shared_name(program_id)
        if enrollment is None or enrollment.left_at is not None:
            raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program_id}.")
        if before is not None and before.name == name and before.words_hash == words_hash:
            return before
        if before is None or before.digest not in digests:
            _check_free(profile, program_id, digests)
        row = _chosen(profile.partner.id, program_id, name, digests[0], before, at=at)
        row.words_hash, row.language = words_hash, language
        standing = Partner.erased_at.does_not_exist() & Partner.merged_into.does_not_exist()
        changes = [
            _put(row, before),
            *_relist(row, before),
            writes.check(profile.partner, standing),
            writes.check(enrollment, Enrollment.left_at.does_not_exist()),
        ]
        subject = profile.partner.id
        if not actor.commit(*changes, action="partner.name_shared", subject=subject, part=program_id, at=at):
            return row
    raise Busy("Someone else is changing this partner right now; check it and send your change again.")


def withdraw(reference: str, program_id: str, *, actor: Actor, at: datetime) -> None:
    """Share no name any longer, former ones included; at once. Idempotent."""
    for _ in writes.attempts():
        profile = find_to_change(reference)
        row = profile.shared_name(program_id)
        if row is None:
            return
        changes = unlist(row)
        subject = profile.partner.id
        if not actor.commit(*changes, action="partner.name_withdrawn", subject=subject, part=program_id, at=at):
            return
    raise Busy("Someone else is changing this partner right now; check it and send your change again.")


def unite(merged: PartnerProfile, survivor: PartnerProfile, *, at: datetime) -> list[Write]:
    """Return the writes by which the names of a duplicate are names of the partner who stays, once they are merged."""
    changes: list[Write] = []
    for row in merged.shared_names:
        own = survivor.shared_name(row.program_id)
        if own is None:
            values = {name: value for name, value in row.attribute_values.items() if name not in ("id", "kind")}
            united = SharedName(survivor.partner.id, **values)
        else:
            until = at + FORMER_NAMES_COUNT
            theirs = [FormerName(row.digest, row.since, until), *row.former]
            former = [*own.former, *(one for one in theirs if one.digest not in own.digests)]
            values = {name: value for name, value in own.attribute_values.items() if name not in ("kind", "former")}
            united = SharedName(**values, former=former)
        changes += [*unlist(row), _put(united, own), *_relist(united, own)]
    return changes


def hints_of(partner: Partner) -> set[str]:
    """Return what a friend may say of a partner's email address, if several share a name."""
    return {hint_of(email) for email in every_email(partner)}


def _chosen(
    partner_id: str, program_id: str, name: str, digest: str, before: SharedName | None, *, at: datetime
) -> SharedName:
    """Return the row of a newly chosen name; the latest former ones still count."""
    since, former = at, list[FormerName]()
    if before is not None:
        earlier = {one.digest: one.since for one in before.former} | {before.digest: before.since}
        since = earlier.get(digest, at)
        replaced = FormerName(before.digest, before.since, at + FORMER_NAMES_COUNT)
        former = [one for one in (replaced, *before.former) if one.digest != digest and one.until > at]
    return SharedName(
        partner_id,
        shared_name_key(program_id),
        program_id=program_id,
        name=name,
        digest=digest,
        since=since,
        consented_at=before.consented_at if before is not None else at,
        former=former[:MOST_FORMER],
    )


def _put(row: SharedName, before: SharedName | None) -> Write:
    """Return the write of a shared name, which holds if it was not changed since it was read."""
    if before is None:
        return writes.insert(row)
    same = (SharedName.digest == before.digest) & (SharedName.name == before.name)
    return writes.put_if(row, same & (SharedName.words_hash == before.words_hash))


def _relist(row: SharedName, before: SharedName | None) -> list[Write]:
    """Return the writes that list a partner under the names that count now, and under no others."""
    anyhow = NameHolder.since.exists() | NameHolder.since.does_not_exist()
    gone = [one for one in (before.listed_as if before is not None else ()) if one.id not in _keys(row)]
    return [*(writes.put_if(one, anyhow) for one in row.listed_as), *map(writes.delete, gone)]


def _keys(row: SharedName) -> set[str]:
    return {one.id for one in row.listed_as}


def list_holders(program_id: str, digests: list[str]) -> list[NameHolder]:
    """Return who shares a name, or shared it before: by as many reads, whether anybody does."""
    return [
        row
        for digest in digests
        for row in NameHolder.query(holders_key(program_id, digest), limit=READ_HOLDERS, consistent_read=True)
    ]


def _check_free(profile: PartnerProfile, program_id: str, digests: list[str]) -> None:
    """Refuse a name that another partner shares whose email address begins alike: a hint could not tell them apart."""
    others = {row.partner_id for row in list_holders(program_id, digests)} - {profile.partner.id}
    own = hints_of(profile.partner)
    alike = [one for one in find_rows(others).values() if not own or own & hints_of(one)]
    if alike or len(others) >= MOST_HOLDERS:
        raise NameTaken(
            "Friends could not tell you from another person of this name. Add your family name or your town.",
            pointer=FIELD,
        )
