"""The email about a tier: whether its reader has risen to it, and what it brings them."""

from chalicelib.emails.recipients import Recipient
from chalicelib.language.formats import name_from
from chalicelib.language.texts import Texts, texts
from chalicelib.outbox.table import Message
from chalicelib.partners.standing import DatedChange
from chalicelib.partners.table import change_key
from chalicelib.programs import find as programs
from chalicelib.programs.sentences import tier_offer


def has_risen(message: Message, recipient: Recipient) -> bool:
    """Return whether a tier rose, by the order in any version of the terms that has both, up to the latest."""
    changes, place = _changes(message, recipient)
    if place is None or place != len(changes) - 1:
        return False
    before, now = changes[place - 1].to if place else None, changes[place].to
    if before is None:
        return True
    for terms in reversed(programs.find(message.program_id).versions):
        names = [tier.name for tier in terms.tiers]
        if before in names and now in names:
            return names.index(now) > names.index(before)
    return False


def brings(message: Message, recipient: Recipient, t: Texts) -> str:
    """Return what the terms of that day give in the tier and not in the one before; empty if nothing."""
    changes, place = _changes(message, recipient)
    assert place is not None, "the last changes of a tier are read with the partner"
    change, before = changes[place], changes[place - 1].to if place else None
    rules = programs.find(message.program_id).in_force(change.effective_from).rules
    return tier_offer(rules, change.to, before, t) if change.to else ""


def tier_values(message: Message, recipient: Recipient, locale: str) -> dict[str, str]:
    """Return the values of the email about a tier."""
    changes, place = _changes(message, recipient)
    assert place is not None, "the last changes of a tier are read with the partner"
    return {"tier": name_from(changes[place].to or ""), "brings": brings(message, recipient, texts(locale))}


def _changes(message: Message, recipient: Recipient) -> tuple[list[DatedChange], int | None]:
    """Return a partner's changes of tier in a program, in order, and the place of the one a message is about."""
    assert recipient.profile is not None, "tiers are partners'"
    own: list[DatedChange] = [
        one for one in recipient.profile.changes if one.what == "tier" and one.program_id == message.program_id
    ]
    own.sort(key=lambda one: one.number)
    return own, next((place for place, one in enumerate(own) if change_key(one.number) == message.subject_id), None)
