"""
Hands a partner's account over to another person: an heir, a buyer, a successor.

The partner keeps their id: links, codes, customers, enrollments, balances and tiers go over. What is of the person
does not: sessions, emailed links, email preferences, and their payee. Payouts wait until the new holder confirms one.
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET

from chalicelib.audit.actor import Actor
from chalicelib.kit import ids, revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, ExternalIdTaken, InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import is_test
from chalicelib.kit.shapes import fold
from chalicelib.notes.table import new_note
from chalicelib.partners.change import rename
from chalicelib.partners.duplicates import every_email
from chalicelib.partners.enrollment import check_may_join
from chalicelib.partners.find import PartnerProfile, find, find_rows, find_to_change
from chalicelib.partners.hand_over_shapes import NewHandOver, NewPayee
from chalicelib.partners.hand_over_table import FormerHolder, HandOver, hand_overs_key
from chalicelib.partners.merge import PartnerStopped, not_stopped_since
from chalicelib.partners.payee import first_payee
from chalicelib.partners.preferences import Preferences
from chalicelib.partners.share import new_nonce
from chalicelib.partners.shared_name_table import unlist
from chalicelib.partners.table import Enrollment, Partner, PartnerAddress, PartnerName, address_keys

_MOST_SHOWN = 40


class TooMuchToHandOver(Refused):
    """The partner is in more programs than fit into one transaction."""

    STATUS_CODE = 409


class PayeeConfirmed(Refused):
    """No payee is awaited; change it as any other."""

    STATUS_CODE = 409


def hand_over(
    reference: str, new: NewHandOver, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> PartnerProfile:
    """
    Hand an account over to a person, who is returned as the partner. All or nothing.

    Idempotent: an account whose last holder has this name and address is left as it is. Refused: the name and address
    of the present holder, if there was no hand-over; who was erased, suspended or banned; a banned person's address.
    """
    for _ in writes.attempts():
        profile = find_to_change(reference)
        if is_held_by(profile.partner, new):
            if profile.partner.handed_over_at is None:
                raise InvalidValue("This is who has the account already.", pointer="/email")
            receipts = receipt(profile)
            return find(profile.partner.id) if receipts and writes.commit(*receipts) else profile
        changes = check_and_list(profile, new, at=at)
        partner_id = profile.partner.id
        refused = actor.commit(*changes, *receipt(profile), action="partner.handed_over", subject=partner_id, at=at)
        if not refused:
            return find(partner_id)
        if all(isinstance(write.row, PartnerName) for write in refused):
            raise ExternalIdTaken(
                f"A partner with the external id {new.external_id!r} already exists.", pointer="/external_id"
            )
    raise Busy("Someone else is changing this partner right now; check it and send the same call again.")


def is_held_by(partner: Partner, new: NewHandOver) -> bool:
    """Return whether a partner has the name and the address of a new holder."""
    return partner.name == new.name and partner.email is not None and partner.email.lower() == new.email.lower()


def check_may_hand_over(profile: PartnerProfile) -> None:
    """Refuse a partner who is suspended or banned: another name does not set them free."""
    if profile.stopped is not None:
        raise PartnerStopped(
            f"{profile.partner.id} is {profile.stopped.to}: reactivate them before you hand their account over."
        )


def check_and_list(profile: PartnerProfile, new: NewHandOver, *, at: datetime) -> list[Write]:
    """Return the writes of a hand-over; refuses whose account cannot be handed over."""
    check_may_hand_over(profile)
    partner = profile.partner
    if not _has_mailbox(partner, new.email):
        check_may_join(new.email, test=is_test(partner.id))
    note = new_note(new.note, at=at) if new.note is not None else None
    fact = HandOver(
        hand_overs_key(partner.id),
        ids.ulid(at),
        partner_id=partner.id,
        reason=new.reason,
        note=note.id if note is not None else None,
        former=_former(partner, at=at),
        created_at=at,
    )
    changes = [
        revisions.change(partner, *_new_holder(partner, new, at=at), condition=Partner.erased_at.does_not_exist())
    ]
    changes += [writes.insert(fact), not_stopped_since(profile)]
    changes += [writes.insert(note)] if note is not None else []
    changes += _addresses(partner, new.email) + _duplicates(partner)
    if new.external_id is not UNSET and new.external_id != partner.external_id:
        changes += rename(partner, new.external_id)
    for row in profile.enrollments:
        anew = [Enrollment.share_nonce.set(new_nonce()), Enrollment.form_nonce.remove()]
        changes.append(writes.update_if(row, *anew, condition=Enrollment.share_nonce == row.share_nonce))
    # Whether friends may name the new holder, they say.
    changes += [change for row in profile.shared_names for change in unlist(row)]
    if len(changes) > writes.MOST_OF_A_DECISION:
        raise TooMuchToHandOver("A partner in some 70 programs at most can be handed over; have them leave some first.")
    return changes


def _former(partner: Partner, *, at: datetime) -> FormerHolder:
    """Return who holds an account now, as it is kept beside it."""
    former = partner.former_payee
    payees = [partner.payee_at(at), partner.chosen_payee, *([(former.name, former.email)] if former else [])]
    return FormerHolder(
        partner.name,
        partner.email,
        list(dict.fromkeys(payees)),
        list(partner.other_emails or ()),
        partner.external_id,
        partner.friend_name,
        partner.metadata or {},
    )


def _new_holder(partner: Partner, new: NewHandOver, *, at: datetime) -> list[RowAction]:
    """Return what changes of a partner's row: all that is of the person, and nothing that is of the account."""
    replaced: list[RowAction] = [
        Partner.name.set(new.name),
        Partner.name_key.set(fold(new.name)),
        Partner.email.set(new.email),
        Partner.emails.set(Preferences()),
        Partner.handed_over_at.set(at),
        Partner.payee_awaited_since.set(at),
    ]
    if new.locale is not UNSET:
        replaced.append(Partner.locale.set(new.locale))
    external_id = partner.external_id if new.external_id is UNSET else new.external_id
    friend_name = name_shown(partner, new)
    optional: list[tuple[Any, str | None]] = [(Partner.external_id, external_id), (Partner.friend_name, friend_name)]
    replaced += [field.set(value) if value is not None else field.remove() for field, value in optional]
    gone = (
        *(Partner.metadata, Partner.payout_name, Partner.payout_email, Partner.former_payee, Partner.other_emails),
        # As which customer they joined, is of the former holder.
        Partner.customer_id,
        # Whether other partners see a name, the new holder says.
        Partner.display_name,
    )
    return [*replaced, *(field.remove() for field in gone)]


def name_shown(partner: Partner, new: NewHandOver) -> str | None:
    """Return the name that friends see after a hand-over: by default the new one, if they saw the former one's."""
    if new.friend_name is not UNSET:
        return new.friend_name
    return new.name[:_MOST_SHOWN].strip() if partner.friend_name is not None else None


def _addresses(partner: Partner, email: str) -> list[Write]:
    """Return the writes by which the partner is found by the new address, and by none of the former holder."""
    keys = address_keys(email)
    before = [(key, partner.id) for one in every_email(partner) for key in address_keys(one)]
    stored = rows.find_all(PartnerAddress, list(dict.fromkeys([*before, *((key, partner.id) for key in keys)])))
    changes: list[Write] = [writes.delete(row) for row in stored.values() if row.id not in keys]
    if all(row.id not in keys for row in stored.values()):
        changes.append(writes.insert(PartnerAddress(keys[0], partner.id)))
    return changes


def _duplicates(partner: Partner) -> list[Write]:
    """Return the writes by which no account of a duplicate is paid to the former holder any longer."""
    waiting = [row for row in find_rows(partner.duplicates or ()).values() if row.former_payee is not None]
    return [
        revisions.change(row, Partner.former_payee.remove(), condition=Partner.merged_into == partner.id)
        for row in waiting
    ]


def _has_mailbox(partner: Partner, email: str) -> bool:
    """Return whether an address is one of the partner's own already."""
    return any(not set(address_keys(email)).isdisjoint(address_keys(one)) for one in every_email(partner))


def confirm_payee(reference: str, new: NewPayee, *, actor: Actor, at: datetime) -> PartnerProfile:
    """
    Store the payee of an account's new holder: themselves, if they name no one. Payouts wait no longer.

    They get an email about it. Idempotent; refused if no payee is awaited and another one is chosen.
    """
    for _ in writes.attempts():
        profile = find_to_change(reference)
        partner = profile.partner
        chosen = (new.payout_name or partner.name, new.payout_email or partner.email)
        if partner.payee_awaited_since is None:
            if chosen == partner.chosen_payee:
                return profile
            raise PayeeConfirmed("No payee is awaited here. Change the payout details as usual: a new payee waits.")
        actions: list[RowAction] = [Partner.payee_awaited_since.remove(), Partner.former_payee.remove()]
        fields: list[tuple[Any, str | None]] = [
            (Partner.payout_name, new.payout_name),
            (Partner.payout_email, new.payout_email),
        ]
        actions += [field.set(value) if value is not None else field.remove() for field, value in fields]
        awaited: Any = Partner.payee_awaited_since.exists()
        changes = [
            revisions.change(partner, *actions, condition=awaited),
            writes.insert(first_payee(partner, chosen, at=at)),
        ]
        if not actor.commit(*changes, action="partner.payee_confirmed", subject=partner.id, at=at):
            return find(partner.id)
    raise Busy("Someone else is changing this partner right now; check it and send the same call again.")
