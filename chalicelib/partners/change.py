"""Changes who a partner is: their names, address, language, category, payee, and what a business keeps of them."""

from datetime import datetime
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from chalicelib.audit.actor import Actor
from chalicelib.kit import ids, revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, ExternalIdTaken
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.kit.shapes import fold
from chalicelib.partners.change_standing import NOTICE, new_change
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.payee import change_payee
from chalicelib.partners.shapes import PartnerChange
from chalicelib.partners.share import new_nonce
from chalicelib.partners.table import (
    EmailChange,
    EmailRequest,
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    address_keys,
    change_of_email,
    email_key,
    name_key,
)
from chalicelib.partners.tokens import find_request

T = TypeVar("T")
# Who changes these could sign in as the partner, have them earn at other rates, or be reported as someone else.
_ONLY_BY_ADMIN = ("name", "email", "category", "external_id")


def change_partner(
    reference: str, change: PartnerChange, *, if_match: IfMatch = ANY, actor: Actor, at: datetime
) -> PartnerProfile:
    """
    Set the fields that are given; an address is theirs at once, unconfirmed: an admin knows that it is.

    With another mailbox, sessions and the links sent to the previous one end. The old address gets an email.
    A new payee waits, and the partner gets an email about it; to choose the previous one again ends that at once.
    A category begins a minute from now.

    If nothing changes, nothing is written, whichever revision was read. Otherwise a revision that is not in *if_match*
    is refused.
    """
    profile = find_to_change(reference)
    for _ in writes.attempts():
        changes = _changes(profile, change, at=at)
        if not changes:
            return profile
        revisions.check_revision(profile.partner, if_match)
        refused = actor.commit(*changes, action="partner.changed", subject=profile.partner.id, at=at)
        if refused and all(isinstance(write.row, PartnerName) for write in refused):
            raise ExternalIdTaken(
                f"A partner with the external id {change.external_id!r} already exists.", pointer="/external_id"
            )
        profile = find_to_change(profile.partner.id)
        if not refused:
            return profile
    raise Busy("Someone else is changing this partner right now; check it and send your change again.")


def needs_admin(change: PartnerChange) -> str | None:
    """Return the first field that is sent and that not everybody who writes partners may change; None if none is."""
    return next((name for name in _ONLY_BY_ADMIN if getattr(change, name) is not UNSET), None)


def confirm_email(token: str, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Give a partner the address where they opened the email; request and change are written in one transaction.

    Refused: a link that is unknown, used or expired, or older than another change of the address.
    """
    request = find_request(token, at=at)
    profile = find_to_change(request.partner_id)
    unused = EmailRequest.confirmed_at.does_not_exist()
    confirmed = writes.update_if(request, EmailRequest.confirmed_at.set(at), condition=unused)
    changes = [*_changes(profile, PartnerChange(email=request.email), at=at), confirmed]
    if actor.commit(*changes, action="partner.changed", subject=profile.partner.id, at=at):
        raise Busy("Someone else is changing this partner right now; check it and send your change again.")
    return find(profile.partner.id)


def _changes(profile: PartnerProfile, change: PartnerChange, *, at: datetime) -> list[Write]:
    """Return the writes of what differs, that of the partner's row first; none, if nothing does."""
    partner = profile.partner
    name, email = _or(change.name, partner.name), _or(change.email, partner.email)
    external_id = _or(change.external_id, partner.external_id)
    payout_name, payout_email = (
        _or(change.payout_name, partner.payout_name),
        _or(change.payout_email, partner.payout_email),
    )
    actions = _set(
        partner,
        name=name,
        # Partners of before there was a search have none.
        name_key=fold(name) if name != partner.name else partner.name_key,
        email=email,
        locale=_or(change.locale, partner.locale),
        external_id=external_id,
        metadata=_or(change.metadata, partner.metadata or {}) or None,
        payout_name=payout_name,
        payout_email=payout_email,
        friend_name=_or(change.friend_name, partner.friend_name),
        display_name=_or(change.display_name, partner.display_name),
    )
    former, payee = change_payee(partner, (payout_name or name, payout_email or email), at=at)
    changes: list[Write] = [writes.insert(payee)] if payee is not None else []
    if external_id != partner.external_id:
        changes += rename(partner, external_id)
    if email is not None and _is_another_mailbox(partner.email, email):
        changes += _move_mailbox(profile, email, at=at)
    category = change.category
    if category is not UNSET and category != profile.standing("", at + NOTICE).category:
        changes += new_change(profile, what="category", to=category, by="admin", at=at)[1]
        actions.append(Partner.latest_category.set(category))
    return [revisions.change(partner, *actions, *former), *changes] if actions or former or changes else []


def _or(value: T | UnsetType, stored: T) -> T:
    return stored if value is UNSET else value


def _set(partner: Partner, **values: Any) -> list[RowAction]:
    """Return the actions that set those attributes of a partner that differ; None removes one."""
    return [
        field.set(value) if value is not None else field.remove()
        for name, value in values.items()
        if value != getattr(partner, name)
        for field in (getattr(Partner, name),)
    ]


def rename(partner: Partner, external_id: str | None) -> list[Write]:
    """Return the writes by which a partner is found by another id of the caller's; the one before is free again."""
    changes: list[Write] = []
    if partner.external_id is not None:
        changes.append(writes.delete(PartnerName(name_key(partner.external_id), "name")))
    if external_id is not None:
        changes.append(writes.insert(PartnerName(name_key(external_id), "name", partner_id=partner.id)))
    return changes


def _move_mailbox(profile: PartnerProfile, email: str, *, at: datetime) -> list[Write]:
    """Return the writes that make a profile found by another address, and void links sent to the previous one."""
    partner = profile.partner
    change = EmailChange(
        email_key(partner.id),
        change_of_email(ids.ulid(at)),
        partner_id=partner.id,
        email_before=partner.email,
        email=email,
        created_at=at,
    )
    changes = [writes.insert(change), writes.insert(PartnerAddress(address_keys(email)[0], partner.id))]
    if partner.email is None:
        return changes
    stored = rows.find_all(PartnerAddress, [(key, partner.id) for key in address_keys(partner.email)])
    changes += [writes.delete(row) for row in stored.values()]
    for row in profile.enrollments:
        anew = [Enrollment.share_nonce.set(new_nonce()), Enrollment.form_nonce.remove()]
        changes.append(writes.update_if(row, *anew, condition=Enrollment.share_nonce == row.share_nonce))
    return changes


def _is_another_mailbox(before: str | None, after: str) -> bool:
    return before is None or address_keys(before) != address_keys(after)
