"""Whom a partner has paid: a new payee waits, and emails show only how its name and address end."""

from datetime import datetime

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.partners.table import PAYEE_WAIT, FormerPayee, Partner, PayeeChange, payee_key


def change_payee(
    partner: Partner, chosen: tuple[str, str | None], *, at: datetime
) -> tuple[list[writes.RowAction], PayeeChange | None]:
    """
    Return the changes of a partner's row, and the row of the change of payee, if another payee is chosen.

    A new payee waits, and the previous one is paid until then; unless there was none, or it is the previous one again.
    """
    renamed, readdressed = (after != before for after, before in zip(chosen, partner.chosen_payee, strict=True))
    if not renamed and not readdressed:
        return [], None
    paid = partner.payee_at(at)
    former = FormerPayee(*paid, at + PAYEE_WAIT) if paid[1] and chosen != paid else None
    action = Partner.former_payee.set(former) if former else Partner.former_payee.remove()
    row = PayeeChange(
        payee_key(partner.id),
        ids.ulid(at),
        partner_id=partner.id,
        name_end=_end(chosen[0], most=3) if renamed else None,
        email_end=mask_address(chosen[1]) if readdressed else None,
        effective_from=former.until if former else at,
        tells_former=(former is not None and former.email != partner.email) or None,
        created_at=at,
    )
    return [action], row


def new_payee(
    duplicate: Partner, paid: tuple[str, str | None], into: Partner, *, at: datetime
) -> tuple[list[writes.RowAction], PayeeChange | None]:
    """
    Return the changes of the row of a duplicate that is paid as the partner it is merged into, and the row of that.

    As any other new payee, that partner's waits while *paid*, the previous one, is paid.
    """
    chosen = into.chosen_payee
    if paid == chosen == into.payee_at(at):
        return [], None
    former = FormerPayee(*paid, at + PAYEE_WAIT) if paid[1] else None
    row = PayeeChange(
        payee_key(duplicate.id),
        ids.ulid(at),
        partner_id=duplicate.id,
        name_end=_end(chosen[0], most=3) if chosen[0] != paid[0] else None,
        email_end=mask_address(chosen[1]) if chosen[1] != paid[1] else None,
        effective_from=former.until if former else at,
        tells_former=(former is not None and former.email != duplicate.email) or None,
        created_at=at,
    )
    return [Partner.former_payee.set(former) if former else Partner.former_payee.remove()], row


def first_payee(partner: Partner, chosen: tuple[str, str | None], *, at: datetime) -> PayeeChange:
    """Return the row of the payee that an account's new holder confirms; as no one else is paid, it is at once."""
    return PayeeChange(
        payee_key(partner.id),
        ids.ulid(at),
        partner_id=partner.id,
        name_end=_end(chosen[0], most=3),
        email_end=mask_address(chosen[1]),
        effective_from=at,
        created_at=at,
    )


def mask_address(email: str | None) -> str:
    """Return an address as emails show it to its owner: how its name ends, and its host."""
    name, _, host = (email or "").rpartition("@")
    return f"{_end(name, most=2)}@{host}" if email else "–"


def _end(text: str, *, most: int) -> str:
    """Return how a text ends: enough to recognize it, and never more than half of it."""
    length = min(most, len(text) // 2)
    return "…" + text[len(text) - length :]
