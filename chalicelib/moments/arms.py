"""Who is held out: decided by chance, once a customer, program and year, and never otherwise."""

import hmac
from collections.abc import Iterable
from datetime import datetime

from chalicelib.kit import config
from chalicelib.programs.table import Program

_ALL = 10_000


def is_held_out(program: Program, customer_ids: Iterable[str], *, at: datetime) -> bool:
    """
    Return whether a customer is among those whom a program does not ask this year: its own year, by its time zone.

    Who was a guest before is held out if they are by any of their ids. A larger share adds customers, and lets none go.
    """
    asking = program.asking
    if asking is None:
        return False
    year = program.calendar.day_of(at).year
    return any(_place(one, program.id, year) < asking.hold_out_bp for one in customer_ids)


def _place(customer_id: str, program_id: str, year: int) -> int:
    """Return a number below ten thousand, always the same: by the oldest secret, which a rotation leaves in use."""
    secret = config.lasting_secrets()[-1].encode()
    drawn = hmac.digest(secret, f"hold-out\n{customer_id}\n{program_id}\n{year}".encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") % _ALL
