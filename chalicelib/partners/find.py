"""Finds partners, with the programs they take part in."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct

from chalicelib.kit import ids, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.ids import is_test
from chalicelib.kit.memory import Memory
from chalicelib.partners.shared_name_table import SharedName
from chalicelib.partners.standing import STATE, PartnerStanding, reaches_back_to, resolve_standing
from chalicelib.partners.table import (
    AnyStandingChange,
    EarlierStandingChange,
    EmailChange,
    EmailRequest,
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    PartnerRow,
    PayeeChange,
    StandingChange,
    address_keys,
    change_key,
    change_of_email,
    earlier_changes_key,
    email_key,
    enrollment_key,
    name_key,
    payee_key,
)

# Changes of standing begin no sooner than this after they are written (see `change_standing`).
REMEMBERED = 30.0
_MOST_OF_AN_ADDRESS = 100
_members: Memory["PartnerProfile | None"] = Memory(seconds=REMEMBERED, most=1000)
_histories: Memory[list[AnyStandingChange]] = Memory(seconds=REMEMBERED, most=20)


class PartnerNotFound(NotFound):
    """There is no such partner."""


class PartnerErased(Refused):
    """The partner's personal data were erased; nothing about them is stored any longer."""

    STATUS_CODE = 410


class PartnerNotEnrolled(Refused):
    """The partner is not enrolled in this program."""


class PartnerProfile(Struct, frozen=True):
    """A partner, their enrollments, how their standing changed lately, and the names they share, one a program."""

    partner: Partner
    enrollments: list[Enrollment]
    changes: list[StandingChange] = []
    shared_names: list[SharedName] = []

    def standing(self, program_id: str, at: datetime) -> PartnerStanding:
        """Return how they stood at a moment: their category, and their tier in a program."""
        return resolve_standing(at, self.changes, category=self.partner.category, program_id=program_id)

    def takes_part(self, program_id: str) -> bool:
        """Return whether they are in a program and have not left it."""
        enrollment = self.enrollment(program_id)
        return enrollment is not None and enrollment.left_at is None

    @property
    def stopped(self) -> StandingChange | None:
        """Return the change that suspended or banned them, as soon as it is written; None if they are not."""
        changes = [one for one in self.changes if one.what == STATE]
        last = max(changes, key=lambda one: one.number, default=None)
        return last if last is not None and last.to is not None else None

    @property
    def is_banned(self) -> bool:
        return self.stopped is not None and self.stopped.to == "banned"

    @property
    def has_form_link(self) -> bool:
        """Return whether the sender of a join form can see the page although the address is not proven yet."""
        return any(one.form_nonce is not None for one in self.enrollments)

    @property
    def takes_part_somewhere(self) -> bool:
        return any(one.left_at is None for one in self.enrollments)

    def enrollment(self, program_id: str) -> Enrollment | None:
        return next((one for one in self.enrollments if one.program_id == program_id), None)

    def shared_name(self, program_id: str) -> SharedName | None:
        return next((one for one in self.shared_names if one.program_id == program_id), None)


def find(reference: str) -> PartnerProfile:
    """Return a partner by our id or by `ext_` and the caller's."""
    identifier = reference
    if reference.startswith("ext_"):
        name = rows.find(PartnerName, name_key(reference.removeprefix("ext_")), "name")
        identifier = name.partner_id if name else reference
    profile = _read(identifier)
    if profile is None:
        raise PartnerNotFound(f"There is no partner {reference!r}.", pointer="/partner")
    return profile


def find_survivor(reference: str) -> PartnerProfile:
    """Return a partner; of a duplicate that was merged into another one, that one."""
    profile = find(reference)
    return find(profile.partner.merged_into) if profile.partner.merged_into is not None else profile


def find_to_change(reference: str) -> PartnerProfile:
    """Return a partner, or the one they were merged into, to store something about them. Refuses one who was erased."""
    profile = find_survivor(reference)
    if profile.partner.erased_at is not None:
        raise PartnerErased(f"{profile.partner.id} was erased.", pointer="/partner")
    return profile


def find_all(identifiers: Iterable[str]) -> dict[str, PartnerProfile]:
    """Return those partners that exist, by id."""
    profiles = {identifier: _read(identifier) for identifier in dict.fromkeys(identifiers)}
    return {identifier: profile for identifier, profile in profiles.items() if profile is not None}


def find_rows(identifiers: Iterable[str]) -> dict[str, Partner]:
    """Return the rows of those partners that exist, by id, without where they take part: a hundred a read."""
    keys = [(identifier, "partner") for identifier in identifiers if identifier.startswith("ptr_")]
    return {identifier: row for (identifier, _), row in rows.find_all(Partner, keys).items()} if keys else {}


def find_by_address(email: str) -> list[PartnerProfile]:
    """
    Return the partners who have an email address, in any case: usually one, a few at most.

    First those that only the mailbox's reader can see, then those that take part in a program, then the oldest.
    """
    profiles = find_all(find_ids_by_address(email)).values()
    return sorted(profiles, key=lambda one: (one.has_form_link, not one.takes_part_somewhere, one.partner.id))


def find_enrolled(email: str, program_id: str) -> list[Enrollment]:
    """Return the enrollments in a program under an address, oldest first; an unknown address takes as many reads."""
    # For an unknown address, a row that never exists.
    holders = find_ids_by_address(email) or address_keys(email)[:1]
    enrollments = rows.find_all(Enrollment, [(holder, enrollment_key(program_id)) for holder in holders])
    return sorted((one for one in enrollments.values() if one.left_at is None), key=lambda one: one.id)


def find_ids_by_address(email: str) -> list[str]:
    """Return the ids of the partners who have an email address, oldest first: as many reads, whether anybody has it."""
    addresses = [
        address
        for key in address_keys(email)
        for address in PartnerAddress.query(key, limit=_MOST_OF_AN_ADDRESS, consistent_read=True)
    ]
    return sorted(str(address.sort) for address in addresses)


def find_others_by_address(partner: Partner) -> list[str]:
    """Return the ids of the other partners who have a partner's email address, oldest first."""
    return [
        one
        for one in (find_ids_by_address(partner.email) if partner.email else ())
        if one != partner.id and is_test(one) == is_test(partner.id)
    ]


def recall_all(identifiers: Iterable[str]) -> dict[str, PartnerProfile]:
    """Return those partners that exist, by id; up to half a minute old."""
    profiles = {one: _members.get(one, partial(_read, one)) for one in dict.fromkeys(identifiers)}
    return {identifier: profile for identifier, profile in profiles.items() if profile is not None}


def recall_by_external_id(external_id: str) -> PartnerProfile | None:
    """Return the partner the website knows by that id, if there is one; up to half a minute old."""
    return recall_named(rows.find(PartnerName, name_key(external_id), "name"))


def recall_named(name: PartnerName | None) -> PartnerProfile | None:
    """Return the partner whom a stored name is of, if there is one; up to half a minute old."""
    return recall_all([name.partner_id]).get(name.partner_id) if name is not None else None


def find_payee_change(partner_id: str, sort: str) -> PayeeChange | None:
    """Return one change of a partner's payee, by its sort key."""
    return rows.find(PayeeChange, payee_key(partner_id), sort)


def find_email_request(partner_id: str, sort: str) -> EmailRequest | None:
    """Return one wish of a partner for another email address, by its sort key."""
    return rows.find(EmailRequest, email_key(partner_id), sort)


def find_email_change(partner_id: str, sort: str) -> EmailChange | None:
    """Return one change of a partner's email address, by its sort key."""
    return rows.find(EmailChange, email_key(partner_id), sort)


def list_email_changes(partner_id: str, *, begin: datetime, end: datetime) -> list[EmailChange]:
    """Return the changes of a partner's email address, from one moment up to before another."""
    between = EmailChange.sort.between(change_of_email(ids.first_of(begin)), change_of_email(ids.first_of(end)))
    return list(EmailChange.query(email_key(partner_id), between, consistent_read=True))


def list_payee_changes(partner_id: str, *, begin: datetime, end: datetime) -> list[PayeeChange]:
    """Return the changes of a partner's payee in a half-open interval."""
    between = PayeeChange.sort.between(ids.first_of(begin), ids.first_of(end))
    return list(PayeeChange.query(payee_key(partner_id), between, consistent_read=True))


def recall_standing(partner_id: str, program_id: str, at: datetime) -> PartnerStanding:
    """Return how a partner stood at a moment; changes are dated ahead, so a memory of half a minute is right."""
    profile = _members.get(partner_id, lambda: _read(partner_id))
    if profile is None or reaches_back_to(at, profile.changes):
        return profile.standing(program_id, at) if profile else PartnerStanding()
    history = _histories.get(partner_id, partial(_read_history, partner_id))
    return resolve_standing(at, history, category=profile.partner.category, program_id=program_id)


def list_standing_changes(profile: PartnerProfile, *, since: datetime) -> list[AnyStandingChange]:
    """Return a partner's changes of standing that took effect since a moment, and perhaps some before."""
    return [*profile.changes] if reaches_back_to(since, profile.changes) else _read_history(profile.partner.id)


def list_standing_page(
    profile: PartnerProfile, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[AnyStandingChange], dict[str, Any] | None]:
    """Return one page of a partner's changes of standing, newest first, and where the next one begins."""
    before = int(position["number"]) if position is not None else None
    begun = EarlierStandingChange.sort < change_key(before) if before is not None else None
    earlier = EarlierStandingChange.query(
        earlier_changes_key(profile.partner.id), begun, scan_index_forward=False, limit=limit + 1, consistent_read=True
    )
    latest = [one for one in profile.changes if before is None or one.number < before]
    # What is moved between the two reads is in both.
    changes = {one.number: one for one in (*earlier, *latest)}
    page = sorted(changes.values(), key=lambda one: -one.number)
    return page[:limit], {"number": page[limit - 1].number} if len(page) > limit else None


@walk.full
def list_enrolled(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Enrollment], dict[str, Any] | None]:
    """Return one page of a program's enrollments, newest partner first, and where the next one begins."""
    page = Enrollment.enrolled.query(program_id, scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def walk_enrolled(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Enrollment], dict[str, Any] | None]:
    """Return one page of a program's enrollments, oldest partner first: a walk also reaches new ones."""
    page = Enrollment.enrolled.query(program_id, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def walk_page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Partner], dict[str, Any] | None]:
    """Return one page of all partners, oldest first: a walk also reaches new ones."""
    page = Partner.listed.query("partner", limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def walk_every_mode(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Partner], dict[str, Any] | None]:
    """Return one page of all partners, the live ones first: for what keeps numbers right, and counts nothing."""
    return rows.page_of_lists(Partner.listed, ["partner", "test_partner"], limit=limit, position=position)


def _read_history(identifier: str) -> list[AnyStandingChange]:
    """Return all changes of a partner's standing, however many: for moments before those that are read with them."""
    profile = _read(identifier)
    latest = profile.changes if profile is not None else []
    earlier = EarlierStandingChange.query(earlier_changes_key(identifier), consistent_read=True)
    # What is moved between the two reads is in both.
    changes: dict[int, AnyStandingChange] = {one.number: one for one in (*earlier, *latest)}
    return list(changes.values())


def _read(identifier: str) -> PartnerProfile | None:
    if not identifier.startswith("ptr_"):
        return None
    partition = list(PartnerRow.query(identifier, consistent_read=True))
    partner = next((row for row in partition if isinstance(row, Partner)), None)
    if partner is None:
        return None
    changes = [row for row in partition if isinstance(row, StandingChange)]
    shared = [row for row in partition if isinstance(row, SharedName)]
    return PartnerProfile(partner, [row for row in partition if isinstance(row, Enrollment)], changes, shared)
