"""What chats and networks show for a page's address: title, description and picture (Open Graph)."""

from msgspec import Struct

from chalicelib.kit import config
from chalicelib.programs.table import Program
from chalicelib.web import card


class LinkPreview(Struct, frozen=True):
    """A page's preview; the picture is a program's logo, or the card in its color."""

    title: str
    description: str
    url: str
    site: str
    picture: str
    width: int
    height: int

    @property
    def card(self) -> str:
        """Return the size of the preview: most logos are too flat for a large one."""
        return "summary_large_image" if self.height >= card.HEIGHT // 2 else "summary"


def preview_of(program: Program, *, title: str, description: str, url: str) -> LinkPreview:
    """Return the preview of a page about one program."""
    logo = program.logo
    if logo is not None:
        return LinkPreview(title, description, url, program.name, logo.url, logo.width, logo.height)
    picture = f"{config.public_url()}/look/{card.name_of(program.look.color if program.look else None)}"
    return LinkPreview(title, description, url, program.name, picture, card.WIDTH, card.HEIGHT)
