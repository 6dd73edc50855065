"""
What a key may be allowed to do.

Pure: no I/O, no clock.
"""

from typing import Literal

Scope = Literal[
    "admin", "partners:write", "links:write", "conversions:write", "rewards:write", "payouts:write", "stats:read"
]
# What a publishable key may do, and nothing else: no other key has it.
LEADS = "leads:write"


def allows(held: list[str], needed: str) -> bool:
    """Say whether a key with these scopes may do what needs that one. `admin` may do everything an API key may."""
    return needed in held or ("admin" in held and needed != LEADS)
