"""
The states of a moment, and the reasons for which nobody is asked.

Pure: no I/O, no clock.
"""

from typing import Literal, get_args

State = Literal["due", "shown", "sent", "opened", "joined", "shared", "brought", "skipped", "declined"]
# In their order: a moment only moves on. By which of the two it was asked does not matter to what follows.
_RANKS: dict[str, int] = {
    "due": 0,
    "shown": 1,
    "sent": 1,
    "opened": 2,
    "joined": 3,
    "shared": 4,
    "brought": 5,
    "declined": 2,
    "skipped": 1,
}
# What is reached by the way, in the order in which it is.
_STAGES = ("joined", "shared", "brought")
Because = Literal[
    "unknown",
    "program_ended",
    "nothing_due",
    "is_partner_already",
    "declined",
    "unhappy",
    "refund_open",
    "too_soon",
    "asked_lately",
    "enough_this_year",
    "no_permission",
    "unsubscribed",
    "held_out",
    "switched_off",
    "expired",
]
REASONS: tuple[Because, ...] = get_args(Because)


def moves_on(state: str, to: str) -> bool:
    """
    Return whether a moment in a state can come into another.

    >>> moves_on("due", "shown"), moves_on("shared", "joined"), moves_on("declined", "brought")
    (True, False, True)
    >>> moves_on("sent", "shown"), moves_on("joined", "declined")
    (False, False)
    """
    if to == "declined":
        return state in ("due", "shown", "sent", "opened")
    if to == "skipped":
        return state == "due"
    return _RANKS[to] > _RANKS[state]


def stages_to(state: str, to: str) -> list[str]:
    """
    Return what a moment comes past: who brought a friend has joined and shared, whoever noticed it.

    >>> stages_to("shown", "brought"), stages_to("shared", "brought"), stages_to("due", "shown")
    (['joined', 'shared', 'brought'], ['brought'], ['shown'])
    """
    if to not in _STAGES:
        return [to]
    return [one for one in _STAGES if _RANKS[state] < _RANKS[one] <= _RANKS[to]]
