"""A program's imprint: who is behind it, where they can be reached, and what they do with personal data."""

from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct

from chalicelib.kit import urls
from chalicelib.language.formats import listed
from chalicelib.programs.table import Program

_MOST_LINES = 8


class Imprint(Struct, frozen=True):
    """An imprint as pages show it: the programs, their names as a list, and the postal address in lines."""

    programs: str
    privacy_url: str | None
    imprint_url: str | None
    contact_email: str | None
    postal_address: list[str]

    @property
    def mailto(self) -> str:
        """Return the address that a link to the contact has: no character of it begins a header."""
        return f"mailto:{quote(self.contact_email or '', safe='@')}"


def imprints_of(programs: Iterable[Program], locale: str) -> list[Imprint]:
    """
    Return the imprints of programs that have one; those with the same share one.

    Pure: no I/O, no clock.
    """
    names: dict[tuple[str | None, ...], list[str]] = {}
    for program in programs:
        parts = (program.privacy_url, program.imprint_url, program.contact_email, program.postal_address)
        if any(parts):
            names.setdefault(parts, []).append(program.name)
    return [
        Imprint(listed(sharing, locale), privacy_url, imprint_url, contact_email, lines_of(postal_address))
        for (privacy_url, imprint_url, contact_email, postal_address), sharing in names.items()
    ]


def has_imprint(program: Program) -> bool:
    """Return whether a program says who is behind it, by a page of its own or a postal address."""
    return bool(program.imprint_url or program.postal_address)


def lines_of(postal_address: str | None) -> list[str]:
    """Return the lines of a postal address, without blank ones."""
    return [line for part in (postal_address or "").split("\n") if (line := part.strip())]


def find_objections(
    *, privacy_url: str | None, imprint_url: str | None, postal_address: str | None
) -> list[tuple[str, str]]:
    """Return the faults in the parts of an imprint: each field's pointer, and why."""
    wrong = []
    for name, url in (("privacy_url", privacy_url), ("imprint_url", imprint_url)):
        if url is not None and (reason := urls.reason_against_page(url)):
            wrong.append((f"/{name}", f"The address is refused: {reason}."))
    if postal_address is not None and not 1 <= len(lines_of(postal_address)) <= _MOST_LINES:
        wrong.append(("/postal_address", f"A postal address has 1 to {_MOST_LINES} lines that are not blank."))
    return wrong
