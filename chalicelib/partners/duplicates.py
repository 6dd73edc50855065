"""Duplicates: a person who became two partners, of which one was merged into the other, and what is theirs by that."""

from collections.abc import Iterable

from chalicelib.kit.errors import Refused
from chalicelib.kit.keyed_digests import address_digests
from chalicelib.partners.find import PartnerProfile, find_all, find_rows, recall_all
from chalicelib.partners.table import Partner


class PartnerMerged(Refused):
    """The partner was merged into another one; use that one."""

    STATUS_CODE = 409


def refuse_merged(partner: Partner) -> None:
    """Refuse a duplicate that was merged into another partner."""
    if partner.merged_into is not None:
        raise PartnerMerged(
            f"{partner.id} was merged into {partner.merged_into}.", details={"merged_into": partner.merged_into}
        )


def every_id(partner: Partner) -> list[str]:
    """Return our ids of a partner and of their duplicates."""
    return [partner.id, *(partner.duplicates or ())]


def find_survivors(identifiers: Iterable[str]) -> dict[str, Partner]:
    """Return the rows of those partners that exist, by id; of a duplicate, of who stays. Two reads a hundred."""
    several = find_rows(identifiers)
    into = {row.merged_into for row in several.values() if row.merged_into is not None}
    stored = several | find_rows(sorted(into - several.keys()))
    return {one: stored.get(row.merged_into or one, row) for one, row in several.items()}


def families_of(identifiers: Iterable[str]) -> dict[str, list[str]]:
    """Return our ids of all who are one person, for each partner who was merged with another. A hundred a read."""
    families = {one: every_id(row) for one, row in find_survivors(identifiers).items()}
    return {one: family for one, family in families.items() if len(family) > 1}


def every_email(partner: Partner) -> list[str]:
    """Return the email addresses that open a partner's profile: their own first, then those of their duplicates."""
    return [email for email in (partner.email, *(partner.other_emails or ())) if email is not None]


def email_of_mailbox(partner: Partner, mailbox: str) -> str | None:
    """Return the address of a partner's whose digest a session or a magic link has; None if they have it no longer."""
    return next((email for email in every_email(partner) if mailbox in address_digests(email)), None)


def recall_survivor_id(identifier: str) -> str:
    """Return the id of the partner who is credited with what a partner brings; up to half a minute old."""
    profile = recall_all([identifier]).get(identifier)
    return (profile.partner.merged_into if profile is not None else None) or identifier


def survivor_of(profile: PartnerProfile) -> PartnerProfile | None:
    """Return the partner that a duplicate was merged into; None for any other partner."""
    into = profile.partner.merged_into
    return find_all([into]).get(into) if into is not None else None
