"""
The states of an introduction, which may follow which, and the reasons that are told with them.

Pure: no I/O, no clock.
"""

from collections.abc import Mapping
from typing import Literal, get_args

State = Literal[
    "offered",
    "received",
    "accepted",
    "declined",
    "second_in_line",
    "needs_more",
    "in_touch",
    "meeting",
    "proposal",
    "won",
    "lost",
    "lapsed",
]
STATES: tuple[State, ...] = get_args(State)
# Between these the business moves an introduction as it likes.
Stage = Literal["in_touch", "meeting", "proposal"]
STAGES: tuple[Stage, ...] = get_args(Stage)

DeclineReason = Literal[
    "existing_customer",
    "already_in_talks",
    "introduced_before",
    "no_fit",
    "not_reachable",
    "no_consent",
    "incomplete",
    "outside_territory",
]
LossReason = Literal["chose_other", "no_budget", "later", "no_fit", "not_reachable", "no_consent"]
# What a sale lost by which an introduction was won: all of its money, its validity, or its partner's credit.
SaleReason = Literal["refunded", "voided", "credited_otherwise"]
# Of a sale that counts no more; and of what time, the partner or the introduced person ended.
Reason = Literal[
    "existing_customer",
    "already_in_talks",
    "introduced_before",
    "no_fit",
    "not_reachable",
    "no_consent",
    "incomplete",
    "outside_territory",
    "chose_other",
    "no_budget",
    "later",
    "refunded",
    "voided",
    "credited_otherwise",
    "draft_expired",
    "withdrawn",
    "not_answered",
    "protection_over",
    "asked_to_be_deleted",
    "partner_erased",
    "moved_up",
    "named_by_person",
    "named_another",
    "protection_extended",
    "protection_ends",
    "nothing_new",
]
# Who makes a change: the partner, people of the business, the introduced person, a sale, or time.
By = Literal["partner", "business", "person", "sale", "time"]

_AT_WORK: frozenset[State] = frozenset(("in_touch", "meeting", "proposal"))
_ENDS: frozenset[State] = frozenset(("won", "lost", "lapsed", "second_in_line"))
# What may follow each state. Only the introduced person's own word makes a first one second.
MOVES: Mapping[State, frozenset[State]] = {
    "offered": frozenset(("received", "second_in_line", "declined", "lapsed")),
    "received": frozenset(("accepted", "declined", "needs_more", "lapsed", "second_in_line", "won")),
    "needs_more": frozenset(("received", "declined", "lapsed", "second_in_line", "won")),
    "second_in_line": frozenset(("received", "declined", "lapsed", "won")),
    "accepted": _AT_WORK | _ENDS,
    "in_touch": _AT_WORK - {"in_touch"} | _ENDS,
    "meeting": _AT_WORK - {"meeting"} | _ENDS,
    "proposal": _AT_WORK - {"proposal"} | _ENDS,
    "won": frozenset(("lost",)),
    "lost": frozenset(("won",)),
    # What was bound before still sells.
    "declined": frozenset(("won",)),
    "lapsed": frozenset(("won",)),
}
# Nothing more is expected: what is kept of the person goes after a while, but of those who became customers.
ENDED: frozenset[State] = frozenset(("declined", "won", "lost", "lapsed"))
# First for the person, until it ends.
FIRST: frozenset[State] = frozenset(("received", "needs_more", "accepted", "in_touch", "meeting", "proposal", "won"))
OPEN: frozenset[State] = frozenset(STATES) - ENDED
# Protected by what the business accepted.
PROTECTED: frozenset[State] = frozenset(("accepted", "in_touch", "meeting", "proposal"))
# What the business may do by hand: won is derived from a sale.
BY_HAND: Mapping[State, frozenset[State]] = {
    state: frozenset(moves & (_AT_WORK | {"accepted", "declined", "needs_more", "lost"}))
    if state not in ENDED
    else frozenset()
    for state, moves in MOVES.items()
}


def allowed_from(state: State) -> list[State]:
    """Return what people of the business may make of an introduction in a state, in the order of the states."""
    return [one for one in STATES if one in BY_HAND[state]]
