"""Reads what people type into forms of the admin pages: amounts of money, numbers, and who is meant."""

import re
from decimal import Decimal
from fractions import Fraction

from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.money import EXPONENTS, MOST
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound, PartnerProfile

_AMOUNT = re.compile(r"\d{1,16}(?:[.,](\d+))?", re.ASCII)


def read_amount(text: str, currency: str, *, name: str) -> int:
    """
    Return an amount in minor units, typed with a point or a comma before the decimals and nothing between thousands.

    >>> read_amount("19.90", "USD", name="amount"), read_amount("7", "JPY", name="amount")
    (1990, 7)
    """
    typed = text.strip()
    match, digits = _AMOUNT.fullmatch(typed), EXPONENTS[currency]
    if match is None or len(match[1] or "") > digits:
        example = f"{1990 / 10**digits:.{digits}f}"
        raise InvalidValue(f"Enter an amount in {currency}, such as {example}.", pointer=f"/{name}")
    amount = int(Decimal(typed.replace(",", ".")).scaleb(digits))
    if amount > MOST:
        raise InvalidValue("The amount is too large.", pointer=f"/{name}")
    return amount


def read_decimal(text: str, *, name: str, most_digits: int = 6) -> Fraction:
    """Return a number that was typed with a point or a comma, exactly. Refuses what is none, or too long."""
    whole, _, part = text.strip().replace(",", ".").partition(".")
    plain = whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))
    if not plain or len(whole) > 12 or len(part) > most_digits or text.strip()[-1:] in (".", ","):
        raise InvalidValue("Enter a number, such as 2.5.", pointer=f"/{name}")
    return Fraction(f"{whole}.{part}" if part else whole)


def find_partner_id(text: str, *, name: str) -> str:
    """Return the id of the partner that a text names: by our id, the website's with `ext_`, an address, or a code."""
    typed = text.strip()
    try:
        identifiers = _partner_ids(typed)
    except PartnerNotFound as refusal:
        raise InvalidValue(str(refusal), pointer=f"/{name}") from refusal
    if not identifiers:
        raise InvalidValue(f"No partner matches {typed!r}.", pointer=f"/{name}")
    return _only(identifiers, name)


def find_partner_of(program_id: str, text: str, *, name: str, has_left: bool = False) -> PartnerProfile:
    """
    Return the partner of a program that a text names, in the same ways; of a duplicate, who stays.

    Those who do not take part are refused as those who do not exist are: who types may have a role in this program
    only. With *has_left*, those who have left it are found, too.
    """
    typed = text.strip()
    try:
        stored = partners.find_rows(_partner_ids(typed))
    except PartnerNotFound:
        stored = {}
    profiles = partners.find_all(row.merged_into or row.id for row in stored.values())
    taking_part = [one for one, profile in profiles.items() if profile.takes_part(program_id)]
    of_program = [one for one, profile in profiles.items() if profile.enrollment(program_id) is not None]
    matching = taking_part or (of_program if has_left else [])
    if not matching:
        raise InvalidValue(f"No partner of this program matches {typed!r}.", pointer=f"/{name}")
    return profiles[_only(matching, name)]


def _partner_ids(typed: str) -> list[str]:
    """Return the ids of those whom a text names: several, if it is an address of several. Refuses an unknown id."""
    if "@" in typed:
        return partners.find_ids_by_address(typed)
    if typed.startswith(("ptr_", "ext_")):
        return [partners.find(typed).partner.id]
    return [link.partner_id for link in links.find_by_codes([typed]).values()][:1]


def _only(identifiers: list[str], name: str) -> str:
    if len(identifiers) > 1:
        raise InvalidValue(f"{len(identifiers)} partners have this address; enter an ID.", pointer=f"/{name}")
    return identifiers[0]
