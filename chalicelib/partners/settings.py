"""A partner's settings: which emails they want."""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.partners.find import PartnerProfile, find, find_to_change
from chalicelib.partners.preferences import Preferences, Topic
from chalicelib.partners.table import Partner

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


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


def _preferences_write(partner: Partner, preferences: Preferences, *, only_if_same: bool) -> writes.Write:
    # The revision stays: it is of what a change of the partner replaces, and no email preference is.
    condition = Partner.created_at == partner.created_at
    if only_if_same:
        same = Partner.emails == partner.emails
        # Rows from before there were preferences have none.
        condition &= same | Partner.emails.does_not_exist() if partner.emails == Preferences() else same
    return writes.update_if(partner, Partner.emails.set(preferences), condition=condition)
