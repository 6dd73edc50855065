"""
Digests of parsed values. Those of personal data are keyed: kit/keyed_digests.py.

Pure: no I/O, no clock.
"""

import hashlib
from typing import Any

import msgspec


def digest(*values: Any) -> str:
    """Return a digest of values in their `canonical` form."""
    return hashlib.sha256(canonical(*values)).hexdigest()


def canonical(*values: Any) -> bytes:
    """
    Return the canonical form of parsed values.

    Spacing, the order of fields, and empty fields do not count, so that a field which is
    added to the API later changes no digest.
    """
    return msgspec.json.encode(without_empty(msgspec.to_builtins(values)), order="sorted")


def without_empty(value: Any) -> Any:
    """Return plain data without its fields that are None, an empty list or an empty object, at any depth."""
    if isinstance(value, dict):
        return {name: without_empty(one) for name, one in value.items() if one is not None and one != [] and one != {}}
    return [without_empty(one) for one in value] if isinstance(value, list | tuple) else value
