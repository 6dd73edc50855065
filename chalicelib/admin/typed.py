"""Reads what people type into forms of the admin pages: amounts of money, numbers, and who is meant."""

import re
from decimal import Decimal
from fractions import Fraction

from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.money import EXPONENTS, MOST
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound

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
    if "@" in typed:
        identifiers = partners.find_ids_by_address(typed)
        if len(identifiers) > 1:
            raise InvalidValue(f"{len(identifiers)} partners have this address; enter an ID.", pointer=f"/{name}")
        if identifiers:
            return identifiers[0]
    elif typed.startswith(("ptr_", "ext_")):
        try:
            return partners.find(typed).partner.id
        except PartnerNotFound as refusal:
            raise InvalidValue(str(refusal), pointer=f"/{name}") from refusal
    elif link := next(iter(links.find_by_codes([typed]).values()), None):
        return link.partner_id
    raise InvalidValue(f"No partner matches {typed!r}.", pointer=f"/{name}")
