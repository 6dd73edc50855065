"""The live programs that an administrator sees together on a page."""

from chalicelib.kit.ids import is_test
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.users.roles import Rights


def listed(rights: Rights, *, most: int) -> tuple[list[Program], bool]:
    """Return the first programs that *rights* include, and whether there are more."""
    if rights.may("stats:read"):
        page, position = programs.list_page(limit=most, position=None)
        return page, position is not None
    # One that was deleted is among the roles still.
    stored = programs.find_rows(rights.programs[:most])
    page = [stored[one] for one in rights.programs if one in stored and not is_test(one)]
    return page, len(rights.programs) > most
