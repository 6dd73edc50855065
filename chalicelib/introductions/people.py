"""
The introduced person: who they are, whether they can be reached, and the keys under which they are one and the same.

Pure, but for the secrets that key the digests.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit.keyed_digests import fingerprints, mailbox_of
from chalicelib.kit.shapes import END, Email, Locale, Name, fold

_LIST = Path(__file__).parent / "addresses.txt"
# Under these a name is registered in the part before them, as in `acme.co.uk`.
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gov", "gv", "ltd", "ne", "net", "or", "org", "plc"))
_COUNTRY = 2
_NOT_DIGITS = re.compile(r"[\s().\-/\u00a0]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")

Phone = Annotated[str, Meta(min_length=5, max_length=40, description="with its country's code, such as +49 30 1234567")]
Country = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}{END}", description="ISO 3166 code, such as `DE`")]


class Person(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The person who is introduced. One of `email`, `phone` and `company` is needed.

    `role` is what they do at the company, `country` where the company is, `locale` the language to write to them in.
    """

    name: Name
    email: Email | None = None
    phone: Phone | None = None
    company: Name | None = None
    role: Name | None = None
    country: Country | None = None
    locale: Locale | None = None


@cache
def _listed(section: str) -> frozenset[str]:
    """Return a section of the list: domains of `free` mail for everybody, of `disposable` addresses, or `roles`."""
    words: dict[str, list[str]] = {}
    name = ""
    for line in _LIST.read_text().splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif not line.startswith("#"):
            words.setdefault(name, []).extend(line.split())
    return frozenset(words[section])


def domain_of(email: str) -> str:
    """
    Return the domain that a company registered, of an address.

    >>> domain_of("ada@mail.acme.co.uk"), domain_of("ada@Sub.Acme.example")
    ('acme.co.uk', 'acme.example')
    """
    parts = email.rpartition("@")[2].casefold().rstrip(".").split(".")
    is_second_level = len(parts) > _COUNTRY and len(parts[-1]) == _COUNTRY and parts[-2] in _SECOND_LEVEL
    return ".".join(parts[-3:] if is_second_level else parts[-2:])


def is_free(email: str) -> bool:
    """Return whether anybody gets an address in this domain: it says nothing about a company."""
    return domain_of(email) in _listed("free")


def is_disposable(email: str) -> bool:
    """Return whether an address is of a service that gives addresses for minutes."""
    return domain_of(email) in _listed("disposable")


def is_role(email: str) -> bool:
    """
    Return whether an address is of a function in a company, not of a person.

    >>> is_role("Info@acme.example"), is_role("ada@acme.example")
    (True, False)
    """
    return email.partition("@")[0].partition("+")[0].casefold() in _listed("roles")


def read_phone(typed: str) -> str | None:
    """
    Return a phone number as E.164; None if it is none, or lacks the country's code.

    >>> read_phone("+49 (30) 123-4567"), read_phone("0049 30 1234567"), read_phone("030 1234567")
    ('+49301234567', '+49301234567', None)
    """
    digits = _NOT_DIGITS.sub("", typed.strip())
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    return digits if _E164.fullmatch(digits) else None


def keys_of(person: Person) -> list[list[str]]:
    """
    Return the keys by which two introductions are of the same person or company, each in all its forms.

    By address, by phone number, and by a company's domain in a country: where a company is named and the address is at
    a domain of its own. Keyed digests, so no key reveals an address; a new row is under the first form.
    """
    keys: list[tuple[str, str]] = []
    if person.email is not None and not is_role(person.email):
        keys.append(("email", mailbox_of(person.email)))
    if person.phone is not None and (phone := read_phone(person.phone)) is not None:
        keys.append(("phone", phone))
    if person.company is not None and person.email is not None and not is_free(person.email):
        keys.append(("domain", f"{domain_of(person.email)} {person.country or ''}"))
    if not keys and person.company is not None:
        keys.append(("company", f"{fold(person.company)} {person.country or ''}"))
    return [_forms(*key) for key in keys]


def is_company_wide(key: str) -> bool:
    """Return whether a key is of all people in a company: a partner may introduce several of them."""
    return key.startswith("domain#")


def are_different(one: Person | None, other: Person | None) -> bool:
    """
    Return whether two introductions are of different people: their addresses are of different mailboxes.

    >>> are_different(Person("Ada", email="ada+x@acme.example"), Person("Ada", email="Ada@acme.example"))
    False
    """
    emails = [person.email for person in (one, other) if person is not None and person.email is not None]
    return len({mailbox_of(email) for email in emails}) > 1


def keys_of_contact(email: str | None, phone: str | None = None) -> list[list[str]]:
    """Return the keys of somebody of whom only the address or the phone number is known."""
    keys = [("email", mailbox_of(email))] if email is not None else []
    if phone is not None and (number := read_phone(phone)) is not None:
        keys.append(("phone", number))
    return [_forms(*key) for key in keys]


def _forms(kind: str, value: str) -> list[str]:
    # The last form has no key; such rows never existed here.
    return [f"{kind}#{digest}" for digest in fingerprints("introduced", kind, value)[:-1]]
