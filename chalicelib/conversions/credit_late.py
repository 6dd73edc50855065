"""Credits what was told before the sign-up, or the sale, that says who had sent its customer."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.conversions.credit import count, covers, credit
from chalicelib.conversions.table import CREDIT, Conversion, Credit
from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows, writes
from chalicelib.referrals.table import Referral, Unreferred, referral_key, unreferred_key


def credit_late(told: Iterable[Conversion], *, at: datetime) -> list[Credit]:
    """
    Credit what is nobody's, though its customer had been sent before it happened. Once each.

    A conversion of nobody's is noted before its customer's referral is looked for, and one that binds a
    customer looks for such notes once the referral is there: so whichever is dealt with last finds the other.
    Returns: the credits, also those that were there before.
    """
    conversions = [one for one in told if not isinstance(one, Credit)]
    nobodys = [one for one in conversions if one.partner_id is None]
    for one in nobodys:
        if one.attribution != "before_referral":
            writes.add_once(_note(one))
    for one in conversions:
        if one.binds and not one.newcomer:
            nobodys += _noted(one)
    credits_ = [_credited(one, referral, at=at) for one, referral in referred(nobodys)]
    return [one for one in credits_ if one is not None]


def referred(nobodys: Iterable[Conversion]) -> list[tuple[Conversion, Referral]]:
    """Return those whose customers had been sent before they happened, each with the referral that says so."""
    asked = {(one.customer_id, referral_key(one.program_id)): one for one in nobodys}
    found = rows.find_all(Referral, list(asked))
    by_id = {one.id: one for one in nobodys}
    pairs = [(one, found.get((one.customer_id, referral_key(one.program_id)))) for one in by_id.values()]
    return [(one, known) for one, known in pairs if known is not None and covers(known, one.occurred_at)]


def _note(conversion: Conversion) -> Unreferred:
    return Unreferred(
        unreferred_key(conversion.customer_id, conversion.program_id),
        f"{instants.text(conversion.occurred_at)}#{conversion.id}",
        conversion_id=conversion.id,
    )


def _noted(binding: Conversion) -> list[Conversion]:
    """Return what was noted of a customer before they were bound, in the order in which it happened."""
    noted = Unreferred.query(unreferred_key(binding.customer_id, binding.program_id), consistent_read=True)
    keys = [(note.conversion_id, "conversion") for note in noted if isinstance(note, Unreferred)]
    found = rows.find_all(Conversion, keys)
    return [found[key] for key in keys if key in found]


def _credited(conversion: Conversion, referral: Referral, *, at: datetime) -> Credit | None:
    """Put the credit, unless it is there; refunds and other conversions of the customer come before or after it."""
    for attempt in writes.attempts():
        if attempt:
            stored = rows.find(Conversion, conversion.id, "conversion")
            known = rows.find(Referral, conversion.customer_id, referral_key(conversion.program_id))
            if stored is None or known is None:
                return None
            conversion, referral = stored, known
        before = rows.find(Credit, conversion.id, CREDIT)
        if before is not None:
            return before
        late = Credit.of(conversion, at=at)
        credit(late, referral)
        refunded = writes.update_if(
            conversion,
            Conversion.refunded.set(conversion.refunded),
            condition=Conversion.refunded == conversion.refunded,
        )
        if not writes.commit(writes.insert(late), count(referral, late), refunded):
            return late
    raise RuntimeError(f"{conversion.id}: its customer is too busy")
