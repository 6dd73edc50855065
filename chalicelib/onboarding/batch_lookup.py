"""Whom and what a batch refers to: as it is stored, and in a dry run, as its earlier items would have stored it."""

from datetime import datetime

from chalicelib.kit import idempotency
from chalicelib.kit.dynamo.writes import AnyRow, Write
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.ids import is_test
from chalicelib.links import codes
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.onboarding.batch_shapes import BatchPartner
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound, PartnerProfile
from chalicelib.partners.table import address_keys
from chalicelib.programs.table import Program

# Of partners without an id of the caller's, for as long as two calls may meet.
_FINGERPRINT = "imported"


class PartnerAmbiguous(Refused):
    """Several partners have this email address; name the one you mean by `external_id`."""

    STATUS_CODE = 409


class Lookup:
    """Finds partners and links for a batch; `keep` adds what a dry run has not written."""

    def __init__(self) -> None:
        self._profiles: dict[str, PartnerProfile] = {}
        self._ids: dict[str, str] = {}
        self._addresses: dict[str, list[str]] = {}
        self._links: dict[str, Link] = {}
        self._unwritten: list[AnyRow] = []

    def keep(self, profile: PartnerProfile, link: Link | None, changes: list[Write]) -> None:
        """Remember a partner, and a link, as if the changes were written that they are part of."""
        partner = profile.partner
        self._unwritten += [write.row for write in changes if not write.checks]
        self._profiles[partner.id] = profile
        if partner.external_id is not None:
            self._ids[partner.external_id] = partner.id
        if partner.email is not None:
            self._addresses.setdefault(partner.email.lower(), []).append(partner.id)
        if link is not None:
            self._links[f"code {link.key}"] = link
            if link.external_id is not None:
                self._links[f"id {link.external_id}"] = link

    def is_stored(self, row: AnyRow) -> bool:
        """Return whether a row is more than what a dry run would write."""
        return not any(row is one for one in self._unwritten)

    def find_partner(self, item: BatchPartner, program: Program | None, *, at: datetime) -> PartnerProfile | None:
        """
        Return the partner that an item means; None if they are new. Refuses one who was erased.

        By an address, only partners of the program's mode are meant.
        """
        if item.external_id is not None:
            reference: str | None = self._ids.get(item.external_id, f"ext_{item.external_id}")
        elif item.email is not None:
            reference = self._find_by_address(item.email, is_test(program.id if program else None), at=at)
        else:
            raise InvalidValue("Name the partner by `external_id` or `email`.", pointer="/external_id")
        if reference is None:
            return None
        try:
            return self._profiles.get(reference) or self._as_kept(partners.find_to_change(reference))
        except PartnerNotFound:
            return None

    def find_others(self, item: BatchPartner) -> list[str]:
        """Return the ids of the partners who have the address of a new one."""
        return partners.find_ids_by_address(item.email) if item.email is not None else []

    def find_link(self, external_id: str | None, code: str | None) -> tuple[Link | None, Link | None]:
        """Return the links that have an id of the caller's, and that code."""
        named = self._links.get(f"id {external_id}") or _read(f"ext_{external_id}") if external_id else None
        key = codes.make_key(code or "")
        # What is no code is refused later, and no key of a row.
        coded = self._links.get(f"code {key}") or _read(key) if code and codes.read(code) == key else None
        return named, coded

    def _as_kept(self, profile: PartnerProfile) -> PartnerProfile:
        return self._profiles.get(profile.partner.id, profile)

    def _find_by_address(self, email: str, test: bool, *, at: datetime) -> str | None:
        holders = [*partners.find_ids_by_address(email), *self._addresses.get(email.lower(), [])]
        holders = [one for one in holders if is_test(one) == test]
        if len(set(holders)) > 1:
            raise PartnerAmbiguous(
                f"{len(set(holders))} partners have this address: name the one you mean by `external_id`.",
                pointer="/email",
            )
        if holders:
            return holders[0]
        # Imported with this address a moment ago, and perhaps given another one since.
        receipt = idempotency.find(_call(email, test), fingerprints=[_FINGERPRINT], at=at)
        return receipt.body if receipt is not None else None


def claim(email: str, partner_id: str, *, at: datetime) -> Write:
    """Return the write that lets only one of several batches that run at once add the partner of an address."""
    return idempotency.receipt(
        _call(email, is_test(partner_id)), fingerprint=_FINGERPRINT, status=201, body=partner_id, at=at
    )


def _call(email: str, test: bool) -> str:
    return f"{'test ' if test else ''}partner#{address_keys(email)[0]}"


def _read(reference: str) -> Link | None:
    try:
        return links.find(reference)
    except links.LinkNotFound:
        return None
