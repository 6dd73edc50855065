"""The link by which an introduced person sees what is stored about them: signed, and only in what they are sent."""

from chalicelib.introductions.find import find
from chalicelib.introductions.table import Introduction
from chalicelib.kit import config, signing
from chalicelib.kit.errors import NotFound

_USE = "introduced person"


class PersonLinkNotFound(NotFound):
    """The link is not one of ours."""


def make_url(identifier: str) -> str:
    """Return the address of the page about an introduction for the person in it."""
    name = identifier.removeprefix("itr_")
    return f"{config.public_url()}/introduced/{name}-{signing.sign_lasting(_USE, name)}"


def read_link(token: str) -> Introduction:
    """Return the introduction that a link is of. Refuses every other text alike."""
    name, _, signature = token.partition("-")
    if not token.isascii() or not signing.verifies_lasting(_USE, name, signature):
        raise PersonLinkNotFound("This link is not valid.")
    return find(f"itr_{name}")
