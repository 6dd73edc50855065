"""A partner's settings: their language, who is paid, what friends are told, and which emails they want."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit import ids
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.preferences import Preferences, Topic
from chalicelib.partners.shapes import NewPartnerSettings
from chalicelib.partners.table import PAYEE_WAIT, FormerPayee, Partner, PayeeChange, payee_key

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


def change_settings(
    reference: str, new: NewPartnerSettings, *, actor: "Actor", at: datetime, receipt: Receipt = no_receipt
) -> PartnerProfile:
    """
    Replace all of a partner's settings; equal settings change nothing.

    If another payee is chosen, the same write adds a PayeeChange, and the partner is emailed about it. A new payee
    waits: until then the previous one is paid. To choose the previous one again ends that at once.
    """
    profile = find_to_change(reference)
    chosen = new.payout_name or profile.partner.name, new.payout_email or profile.partner.email
    actions, payee = change_payee(profile.partner, chosen, at=at)
    changes = [_settings_write(profile.partner, new, *actions)]
    if payee is not None:
        changes.append(writes.insert(payee))
    changes += receipt(profile)
    if actor.commit(*changes, action="partner.settings_changed", subject=profile.partner.id, at=at):
        raise Busy("Someone else is changing these settings, or the same call is still running; send it again.")
    return find(reference)


def set_preferences(reference: str, preferences: Preferences, *, actor: "Actor", at: datetime) -> PartnerProfile:
    """Replace all of a partner's preferences, in effect for emails written from now on; the last call wins."""
    profile = find_to_change(reference)
    # Topics in their own order, each once.
    preferences = Preferences(daily=preferences.daily).without(tuple(preferences.off))
    changed = _preferences_write(profile.partner, preferences, only_if_same=False)
    actor.commit(changed, action="partner.emails_changed", subject=profile.partner.id, at=at)
    profile.partner.emails = preferences
    return profile


def switch_topics(
    reference: str, topics: tuple[Topic, ...], *, on: bool, actor: "Actor", at: datetime
) -> PartnerProfile:
    """Turn some topics on or off and leave the others unchanged, even if they change at the same moment."""
    for _ in writes.attempts(5):
        profile = find(reference)
        before = profile.partner.emails
        after = before.with_again(topics) if on else before.without(topics)
        changed = _preferences_write(profile.partner, after, only_if_same=True)
        if after == before or not actor.commit(
            changed, action="partner.emails_changed", subject=profile.partner.id, at=at
        ):
            profile.partner.emails = after
            return profile
    raise Busy("Someone else is changing these preferences; send the same call again.")


def mask_address(email: str | None) -> str:
    """Return an address as emails show it to its owner: how its name ends, and its host."""
    name, _, host = (email or "").rpartition("@")
    return f"{_end(name, most=2)}@{host}" if email else "–"


def _settings_write(partner: Partner, new: NewPartnerSettings, *more: writes.RowAction) -> writes.Write:
    """Return the write of all settings, on condition that the payee is still the one that was read."""
    name = Partner.friend_name
    actions = [Partner.locale.set(new.locale), name.set(new.friend_name) if new.friend_name else name.remove(), *more]
    condition = Partner.created_at == partner.created_at
    for field, before, after in (
        (Partner.payout_name, partner.payout_name, new.payout_name),
        (Partner.payout_email, partner.payout_email, new.payout_email),
    ):
        actions.append(field.set(after) if after else field.remove())
        condition &= field == before if before is not None else field.does_not_exist()
    return writes.update_if(partner, *actions, condition=condition)


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


def _end(text: str, *, most: int) -> str:
    """Return how a text ends: enough to recognize it, and never more than half of it."""
    length = min(most, len(text) // 2)
    return "…" + text[len(text) - length :]


def _preferences_write(partner: Partner, preferences: Preferences, *, only_if_same: bool) -> writes.Write:
    condition = Partner.created_at == partner.created_at
    if only_if_same:
        same = Partner.emails == partner.emails
        # Rows from before there were preferences have none.
        condition &= same | Partner.emails.does_not_exist() if partner.emails == Preferences() else same
    return writes.update_if(partner, Partner.emails.set(preferences), condition=condition)
