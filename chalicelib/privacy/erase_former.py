"""
Erases the former holders of a partner's account that was handed over: who they were, and what they wrote.

The account and its new holder are left as they are.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.emails.suppressions import suppress_erased
from chalicelib.kit import revisions
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.walk import Deadline
from chalicelib.partners import find as partners
from chalicelib.partners.hand_over_table import HandOver, find_hand_overs
from chalicelib.partners.table import Partner
from chalicelib.privacy.erase import MOST_SECONDS, ErasureState, go_on
from chalicelib.privacy.former import former_addresses
from chalicelib.privacy.people import keys_of
from chalicelib.privacy.scrub import erase_partner
from chalicelib.privacy.table import KEY, Erasure, former_key


class NotHandedOver(Refused):
    """The partner's account was never handed over: there is no former holder."""

    STATUS_CODE = 409


def erase_former(reference: str, *, actor: Actor, at: datetime, most_seconds: float = MOST_SECONDS) -> ErasureState:
    """
    Erase all former holders of an account, and continue for some seconds; a schedule finishes it.

    Idempotent: another call continues. Addresses of theirs that no partner has get no more emails.
    """
    deadline = Deadline(most_seconds)
    for _ in writes.attempts():
        partner = partners.find_to_change(reference).partner
        facts = find_hand_overs(partner)
        if not facts or partner.handed_over_at is None:
            raise NotHandedOver(f"The account of {partner.id} was never handed over.")
        begun = rows.find(Erasure, KEY, former_key(partner.id))
        named = [one for one in facts if one.former is not None]
        erased_at = max((one.former_erased_at for one in facts if one.former_erased_at is not None), default=at)
        if named:
            changes = _begin(partner, named, begun, at=at)
            if actor.commit(*changes, action="partner.former_erased", subject=partner.id, part=facts[-1].sort, at=at):
                continue
            begun, erased_at = rows.find(Erasure, KEY, former_key(partner.id)), at
        done = begun is None or go_on(begun, actor=actor, at=at, deadline=deadline)
        return ErasureState(partner.id, erased_at, "erased" if done else "erasing")
    raise Busy("Someone else is changing this partner right now; send the same call again.")


def _begin(partner: Partner, named: list[HandOver], begun: Erasure | None, *, at: datetime) -> list[writes.Write]:
    """Return the writes that remove who held the account, and have the rest of what is about them erased."""
    addresses = former_addresses(partner)
    is_named = HandOver.former.exists()
    changes: list[writes.Write] = [
        writes.update_if(row, HandOver.former.remove(), HandOver.former_erased_at.set(at), condition=is_named)
        for row in named
    ]
    # They were merged before the hand-over, and are the former holder's other names.
    merged = [
        row
        for row in partners.find_rows(partner.duplicates or ()).values()
        if row.merged_at is not None and partner.handed_over_at is not None and row.merged_at <= partner.handed_over_at
    ]
    changes += [revisions.change(row, *erase_partner(row)) for row in merged if row.name != row.id]
    keys = dict.fromkeys([*(begun.address_keys if begun is not None else ()), *keys_of(addresses)])
    erasure = Erasure(
        KEY,
        former_key(partner.id),
        address_keys=list(keys),
        begun_at=at,
        round_at=at,
        before=partner.handed_over_at,
    )
    anyhow = Erasure.begun_at.exists() | Erasure.begun_at.does_not_exist()
    unshared = [one for one in addresses if not partners.find_ids_by_address(one)]
    return [*changes, writes.put_if(erasure, anyhow), *suppress_erased(unshared, at=at)]
