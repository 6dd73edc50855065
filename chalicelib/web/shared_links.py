"""The address of a link as partners share it."""

from chalicelib.kit import config
from chalicelib.links.shapes import make_url
from chalicelib.programs.table import Program


def shared_url(code: str, program: Program) -> str:
    """Return the address that a partner shares: of the friend page, if the program has one, or of the link itself."""
    has_page = program.sharing is not None and program.sharing.friend_page
    return f"{config.public_url()}/f/{code}" if has_page else make_url(code)
