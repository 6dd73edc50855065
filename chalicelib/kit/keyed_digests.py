"""
Digests of personal data, keyed with the lasting secrets: a table's content does not reveal who its rows are about.

Each function returns all forms under which a row may be stored: the one for new rows first, then those of earlier
lasting secrets, and last the one without a key, which the oldest rows have.
"""

import hashlib
import hmac
from typing import Any

from chalicelib.kit import config
from chalicelib.kit.digests import canonical

# Where a mail provider has several names, and ignores dots.
_GMAIL = {"gmail.com", "googlemail.com"}


def fingerprints(*values: Any) -> list[str]:
    """Return the digests of values, in all forms."""
    return _forms("fingerprint", canonical(*values))


def address_digests(address: str) -> list[str]:
    """Return the digests of an email address, without its display name and in lower case, in all forms."""
    return _forms("address", address.rpartition("<")[2].rstrip("> ").strip().lower().encode())


def name_digests(external_id: str) -> list[str]:
    """Return the digests of a website's own id for a customer, in all forms; it never had a form without a key."""
    return _forms("external id", external_id.encode())[:-1]


def shared_name_digests(program_id: str, folded: str) -> list[str]:
    """Return the digests of a folded name that partners share in a program, in all forms; none is without a key."""
    return [one[:32] for one in _forms("shared name", canonical(program_id, folded))[:-1]]


def mailbox_of(address: str) -> str:
    """
    Return what all addresses of one mailbox have in common: without case, and without the part after a `+`.

    >>> mailbox_of("Ada+shop@Mail.example"), mailbox_of("a.da+1@googlemail.com")
    ('ada@mail.example', 'ada@gmail.com')
    """
    name, _, host = address.strip().casefold().rpartition("@")
    name = name.partition("+")[0] or name
    if host in _GMAIL:
        return f"{name.replace('.', '')}@gmail.com"
    return f"{name}@{host}"


def _forms(use: str, content: bytes) -> list[str]:
    spelled = f"{use}\n".encode() + content
    keyed = [hmac.digest(secret.encode(), spelled, "sha256").hex() for secret in config.lasting_secrets()]
    return [*keyed, hashlib.sha256(content).hexdigest()]
