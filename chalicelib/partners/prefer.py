"""Stores which emails a partner wants."""

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy
from chalicelib.partners.find import Member, find
from chalicelib.partners.preferences import Preferences, Topic
from chalicelib.partners.table import Partner


def prefer(reference: str, wanted: Preferences) -> Member:
    """Store a partner's whole preferences, in effect for emails written from now on; the last who says so is right."""
    member = find(reference)
    wanted = Preferences(daily=wanted.daily).without(tuple(wanted.off))
    writes.commit(_stored(member.partner, wanted, only_if_same=False))
    member.partner.emails = wanted
    return member


def switch(reference: str, topics: tuple[Topic, ...], *, on: bool) -> Member:
    """Turn some topics on or off and leave the others as they are, whoever else changes them at the same moment."""
    for _ in writes.attempts(5):
        member = find(reference)
        before = member.partner.emails
        wanted = before.with_again(topics) if on else before.without(topics)
        if wanted == before or not writes.commit(_stored(member.partner, wanted, only_if_same=True)):
            member.partner.emails = wanted
            return member
    raise Busy("Somebody else changes these preferences; send yours again.")


def _stored(partner: Partner, wanted: Preferences, *, only_if_same: bool) -> writes.Write:
    condition = Partner.created_at == partner.created_at
    if only_if_same:
        # Rows from before there were preferences have none.
        never = Partner.emails.does_not_exist() if partner.emails == Preferences() else None
        same = Partner.emails == partner.emails
        condition &= same | never if never is not None else same
    return writes.update_if(partner, Partner.emails.set(wanted), condition=condition)
