"""What partners, their friends and programs are called on the admin pages."""

from collections.abc import Iterable
from typing import get_args

from chalicelib.graph.shapes import EdgeView
from chalicelib.kit.ids import Mode
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import find_survivors
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Customer

_MOST_OF_A_MODE = 100


def names_of(owners: Iterable[str]) -> dict[str, str]:
    """Return the names of account owners, by id, as far as known: partners and their friends."""
    ids_ = list(owners)
    names = {identifier: row.name for identifier, row in partners.find_rows(ids_).items()}
    friends = referrals.find_rows(ids_).items()
    return names | {identifier: name_of_customer(row) for identifier, row in friends}


def survivors_of(identifiers: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return who partners are by now, of a duplicate who stays: an id and a name of each. Two reads a hundred."""
    listed = sorted(set(identifiers))
    stored = find_survivors(listed)
    return {one: (stored[one].id, stored[one].name) if one in stored else (one, one) for one in listed}


def name_of_customer(customer: Customer) -> str:
    """Return what a customer is called: by their name, their address, or the website's id."""
    return customer.display_name or customer.email_for_news or customer.external_id


def touch_of(edge: EdgeView) -> str:
    """Return by what a customer came: the code of a link, an introduction, or an admin's hand."""
    return {"link": edge.code or "a link", "introduction": "an introduction", "admin": "by hand"}[edge.touch]


def program_choices() -> tuple[dict[str, str], bool]:
    """Return the names of the newest programs, live ones and tests, by id; and whether there are more."""
    pages = [programs.list_page(limit=_MOST_OF_A_MODE, position=None, mode=mode) for mode in get_args(Mode)]
    names = {program.id: named_with_mode(program) for page, _ in pages for program in page}
    return names, any(position is not None for _, position in pages)


def named_with_mode(program: Program) -> str:
    """Return what a program is called among live ones and tests."""
    return f"{program.name} (test)" if program.mode == "test" else program.name
