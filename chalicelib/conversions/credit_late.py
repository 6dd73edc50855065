"""Credits what a customer did before the sign-up, or the sale, that says who had sent them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from chalicelib.conversions.attribute import count, covers, next_number
from chalicelib.conversions.credits import follow
from chalicelib.conversions.table import CREDIT, Conversion, Correction, Credit
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.partners.duplicates import recall_survivor_id
from chalicelib.referrals.find import CustomerProfile, find_account
from chalicelib.referrals.table import Customer, Referral, ReferralRow, Unreferred, referral_key, unreferred_key


class Referred(NamedTuple):
    """
    A conversion whose customer had been sent before it happened: the referral that says so, and the one it counts in.

    These are two for what a guest did whom another partner had sent than the customer they turned out to be.
    """

    conversion: Conversion
    referral: Referral
    counted_in: Referral


def credit_late(
    conversions: Iterable[Conversion], corrections: Iterable[Correction] = (), *, at: datetime
) -> list[Credit]:
    """
    Credit unattributed conversions whose customers had been sent before they happened. Once each.

    Corrections may bind a customer, too; what was corrected is credited by nothing else. An unattributed conversion is
    noted before its customer's referral is looked for, and one that binds a customer looks for such notes once the
    referral is there: so whichever is processed last finds the other.
    Returns: the credits, also those that were there before.
    """
    conversions = [one for one in conversions if not isinstance(one, Credit)]
    unattributed = [one for one in conversions if one.partner_id is None]
    for one in unattributed:
        # Also what happened before its customer's referral: a correction may bind them by an earlier one.
        writes.add_once(_note(one))
    for one in conversions:
        if one.binds and not one.newcomer:
            unattributed += _noted_before(one)
    for correction in corrections:
        if correction.binds:
            unattributed += _noted_before(correction)
    credits_ = [_credit(one, at=at) for one in referred(unattributed)]
    return [one for one in credits_ if one is not None]


def referred(unattributed: Iterable[Conversion]) -> list[Referred]:
    """
    Return those whose customers had been sent before they happened, each with the referral that says so.

    No page's leads: who sent a customer that the server reports later, the server says. And none that were corrected.
    What a guest did who had been sent by then is credited by their own referral, whether they are merged by now or not.
    """
    by_id = {one.id: one for one in unattributed if not one.by_page and one.corrected is None}
    keys = {one.id: (one.customer_id, referral_key(one.program_id)) for one in by_id.values()}
    stored = rows.find_all(ReferralRow, [*keys.values(), *((key, "customer") for key, _ in keys.values())])
    accounts = {
        row.customer_id: row.merged_into for row in stored.values() if isinstance(row, Customer) and row.merged_into
    }
    moved = {name: (accounts[key[0]], key[1]) for name, key in keys.items() if key[0] in accounts}
    stored |= rows.find_all(ReferralRow, list(moved.values()))
    listed = []
    for one in by_id.values():
        own, counted_in = (stored.get(key) for key in (keys[one.id], moved.get(one.id, keys[one.id])))
        covering = [row for row in (own, counted_in) if isinstance(row, Referral) and covers(row, one.occurred_at)]
        if covering and isinstance(counted_in, Referral):
            listed.append(Referred(one, covering[0], counted_in))
    return listed


def credit_noted(account: CustomerProfile, *, at: datetime) -> list[Credit]:
    """Credit what a customer, and the guests who were merged into them, did in each program before their referral."""
    noted = [
        one
        for referral in account.referrals
        for identifier in account.customer.every_id
        for one in _noted(identifier, referral.program_id)
    ]
    credits_ = [_credit(one, at=at) for one in referred(noted)]
    return [one for one in credits_ if one is not None]


def _note(conversion: Conversion) -> Unreferred:
    return Unreferred(
        unreferred_key(conversion.customer_id, conversion.program_id),
        f"{instants.text(conversion.occurred_at)}#{conversion.id}",
        conversion_id=conversion.id,
    )


def _noted_before(binding: Conversion | Correction) -> list[Conversion]:
    """Return what was noted of a customer, and of their guests, before they were bound."""
    account = find_account(binding.customer_id)
    identifiers = account.customer.every_id if account is not None else [binding.customer_id]
    return [one for identifier in identifiers for one in _noted(identifier, binding.program_id)]


def _noted(customer_id: str, program_id: str) -> list[Conversion]:
    """Return what was noted of a customer in a program, in the order in which it happened."""
    notes = Unreferred.query(unreferred_key(customer_id, program_id), consistent_read=True)
    keys = [(note.conversion_id, "conversion") for note in notes if isinstance(note, Unreferred)]
    conversions = rows.find_all(Conversion, keys)
    return [conversions[key] for key in keys if key in conversions]


def _credit(one: Referred, *, at: datetime) -> Credit | None:
    """Put the credit, unless it is there; refunds and other conversions of the customer come before or after it."""
    conversion, referral, counted_in = one
    for attempt in writes.attempts():
        if attempt:
            changed = rows.find(Conversion, conversion.id, "conversion")
            moved = rows.find(Referral, counted_in.customer_id, counted_in.sort)
            if changed is None or moved is None or changed.corrected is not None:
                return None
            referral = moved if referral is counted_in else referral
            conversion, counted_in = changed, moved
        stored = rows.find(Credit, conversion.id, CREDIT)
        if stored is not None:
            return stored
        number = next_number(counted_in, conversion.type) if conversion.counts else 0
        credit = Credit.of(conversion, referral, number=number, at=at)
        credit.partner_id = recall_survivor_id(referral.partner_id)
        sale_of = [Conversion.sale_of.set(credit.sale_of)] if credit.sale_of is not None else []
        same = writes.update_if(
            conversion, Conversion.refunded.set(conversion.refunded), *sale_of, condition=conversion.unchanged()
        )
        counted = [count(counted_in, conversion.type, number)] if number else []
        if not _commit([writes.insert(credit), *counted, same], credit, at=at):
            return credit
    raise RuntimeError(f"{conversion.id}: its customer is too busy")


def _commit(changes: list[Write], credit: Credit, *, at: datetime) -> list[Write]:
    """Write a credit; with the introduction that its sale wins, and the entry that says so."""
    won = follow(credit, None, credit.wins(), at=at)
    if not won:
        return writes.commit(*changes)
    # Rare, so that no other decision waits for it.
    from chalicelib.audit.actor import Actor
    from chalicelib.conversions.won import win

    return win(credit, won[0], changes, actor=Actor("schedule", "conversions_to_rewards"), at=at)
