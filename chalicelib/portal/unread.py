"""Says what a partner must read in a program and has not read yet."""

from datetime import datetime

from chalicelib.language.texts import Texts
from chalicelib.materials.markup import fill_title
from chalicelib.materials.reading import list_due
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs.table import Program


def list_unread(profile: PartnerProfile, program: Program, t: Texts, *, at: datetime) -> list[tuple[str, str]]:
    """Return the id and the title of each: one call, or two."""
    return [(one.id, fill_title(one.title, program.name)) for one in list_due(profile, program.id, t.language, at=at)]
