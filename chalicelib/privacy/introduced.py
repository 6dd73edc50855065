"""
Erases introduced people at their own request: what is kept of them goes, and nobody writes to their mailbox again.

A mailbox is closed only for whoever is shown to read it: by the link in our email, or by the business, which names the
address. A phone number, or the link in a partner's message, shows that of nobody; else a false number, or a partner,
could silence the mailbox of someone else.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.emails.introduced_mailboxes import close
from chalicelib.introductions import claims, personal
from chalicelib.introductions.table import Introduction
from chalicelib.kit.keyed_digests import mailbox_of


def erase_by_own_link(token: str, *, actor: Actor, at: datetime) -> list[str]:
    """Erase whoever has the link of our email from all introductions of them, and close their mailbox. Idempotent."""
    close(claims.list_kept(claims.read_token(token)), at=at)
    return claims.erase_all(token, actor=actor, at=at)


def erase_by_partners_link(introduction: Introduction, *, actor: Actor, at: datetime) -> None:
    """Erase the one introduction that the link in a partner's message is of. Idempotent."""
    personal.erase(introduction.id, by="person", reason="asked_to_be_deleted", actor=actor, at=at)


def erase_for_business(email: str | None, phone: str | None, *, actor: Actor, at: datetime) -> list[str]:
    """
    Erase whoever is reached so from all introductions of them, and close the mailbox of the address.

    Idempotent. Returns the introductions' ids. Refuses neither of both.
    """
    if email is not None:
        named = claims.list_of_contact(email, None)
        close([one for one in named if _is_of(one, email)], at=at)
    return claims.erase_contact(email, phone, actor=actor, at=at)


def _is_of(introduction: Introduction, email: str) -> bool:
    person = introduction.person
    return person is not None and person.email is not None and mailbox_of(person.email) == mailbox_of(email)
