"""Finds partners, with the programmes they take part in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.kit import rows
from chalicelib.kit.errors import NotFound
from chalicelib.partners.table import Enrolment, Partner, PartnerName, PartnerRow, name_key


class PartnerNotFound(NotFound):
    """There is no such partner."""


@dataclass(frozen=True)
class Member:
    """A partner and their enrolments."""

    partner: Partner
    enrolments: list[Enrolment]

    def enrolment(self, program_id: str) -> Enrolment | None:
        return next((one for one in self.enrolments if one.program_id == program_id), None)


def find(reference: str) -> Member:
    """Return a partner by our id or by `ext_` and the caller's."""
    identifier = reference
    if reference.startswith("ext_"):
        name = rows.find(PartnerName, name_key(reference.removeprefix("ext_")), "name")
        identifier = name.partner_id if name else reference
    member = _read(identifier)
    if member is None:
        raise PartnerNotFound(f"There is no partner {reference!r}.", pointer="/partner")
    return member


def members(identifiers: Iterable[str]) -> dict[str, Member]:
    """Return those partners that exist, by id."""
    found = {identifier: _read(identifier) for identifier in dict.fromkeys(identifiers)}
    return {identifier: member for identifier, member in found.items() if member is not None}


def page(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Partner], dict[str, Any] | None]:
    """Return one page of all partners, oldest first, and where the next one begins."""
    found = Partner.listed.query("partner", limit=limit, last_evaluated_key=position)
    return list(found), found.last_evaluated_key


def _read(identifier: str) -> Member | None:
    if not identifier.startswith("ptr_"):
        return None
    found = list(PartnerRow.query(identifier, consistent_read=True))
    partner = next((row for row in found if isinstance(row, Partner)), None)
    return Member(partner, [row for row in found if isinstance(row, Enrolment)]) if partner else None
