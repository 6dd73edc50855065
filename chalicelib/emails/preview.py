"""
What an email would say if it were sent now, for people who look at its message. Its text is not kept.

Links that only its reader is to know are left out; an email that is about such a link is not rendered at all.
"""

from functools import cache, partial
from typing import NamedTuple

import msgspec

from chalicelib.emails.catalog import ADMIN_INVITATION, ADMIN_SIGN_IN, ASK, CONFIRM_ADDRESS, SIGN_IN, TEST
from chalicelib.emails.digest import read_news
from chalicelib.emails.recipients import find_recipient, program_of, sender_of
from chalicelib.emails.render import render
from chalicelib.emails.send_test import render_test
from chalicelib.emails.triggers import YOURS_CODE
from chalicelib.emails.unsubscribe import unsubscribe_url
from chalicelib.kit.errors import NotFound
from chalicelib.outbox.table import Message

SECRET = frozenset({SIGN_IN, CONFIRM_ADDRESS, ADMIN_SIGN_IN, ADMIN_INVITATION, YOURS_CODE, ASK})
# In the place of a link that its reader alone is to know.
PRIVATE_LINK = "[private link]"


class EmailNow(NamedTuple):
    """An email as it would be now: from and to whom, its subject, and its text."""

    sender: str
    to: str
    subject: str
    text: str


def render_now(message: Message) -> EmailNow | None:
    """Return what an email would say now; None if it is secret, nobody gets it any more, or its subject is gone."""
    if message.template in SECRET:
        return None
    if message.template == TEST:
        test = render_test(message)
        return EmailNow(f"{test[1].sender_name} <{test[1].sender}>", test[1].to, *test[0][:2]) if test else None
    recipient = find_recipient(message)
    if recipient is None or recipient.email is None:
        return None
    to = recipient.email
    # To customers and applicants it leads to the program's own site.
    if not recipient.id.startswith(("cus_", "apl_")):
        recipient = msgspec.structs.replace(recipient, url=PRIVATE_LINK)
    stop_url = PRIVATE_LINK if unsubscribe_url(recipient.id, message.template) else ""
    news = cache(partial(read_news, message, recipient))
    try:
        email = render(message, recipient, news, unsubscribe_url=stop_url)
    except NotFound:
        return None
    name, address = sender_of(program_of(message, recipient))
    return EmailNow(f"{name} <{address}>", to, email.subject, email.text)
