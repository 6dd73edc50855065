"""
The links by which an introduced person sees what is stored about them, and deletes it.

The one in our email proves that they read their mailbox, so they can also say whose introduction is theirs. The one in
the partner's own message does not, since the partner has it as well.
"""

from chalicelib.introductions.claims import make_token
from chalicelib.introductions.find import find
from chalicelib.introductions.table import Introduction
from chalicelib.kit import config, signing
from chalicelib.kit.errors import NotFound

_USE = "introduced person, by the partner"


class PersonLinkNotFound(NotFound):
    """The link is not one of ours."""


def url_in_email(identifier: str) -> str:
    """Return the address for our email to the introduced person; nobody else may learn it."""
    return f"{config.public_url()}/introduced/{make_token(identifier)}"


def url_in_message(identifier: str) -> str:
    """Return the address for the partner's message: with it, one can see and delete this introduction alone."""
    name = identifier.removeprefix("itr_")
    return f"{config.public_url()}/introduced/{name}-{signing.sign_lasting(_USE, name)}"


def read_link(token: str) -> Introduction:
    """Return the introduction that a link in a partner's message is of. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies_lasting(_USE, name, signature):
        raise PersonLinkNotFound("This link is not valid.")
    return find(f"itr_{name}")
