"""What the API gives for a program's introductions: where they stand, and how they went on."""

from typing import Literal

from msgspec import Struct

from chalicelib.introductions.states import State
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant
from chalicelib.stats.shapes import Day


class StateNow(Struct, frozen=True):
    """How many introductions are in a state now, and the sum of the amounts that their partners expect."""

    state: State
    number: int
    expected: int


class StateReached(Struct, frozen=True):
    """How many of the introductions received in the days have ever been in a state, and their share of all these."""

    state: State
    number: int
    rate: str | None


class HoursIn(Struct, frozen=True):
    """
    How long introductions were in a state that they left in the days: half of them at most `median`, nine tenths `p90`.

    In hours, to one decimal; null where none left it.
    """

    state: State
    number: int
    median: str | None
    p90: str | None


class FirstWord(Struct, frozen=True):
    """
    The business's first word about introductions that were first in line and received in the days.

    `within` had it by the promised moment; `late` had it later, or wait for it beyond that moment; who waits within the
    promise is in neither. `share` is the part of `within` in both. Times are in hours.
    """

    promised_business_days: int
    within: int
    late: int
    share: str | None
    median: str | None
    p90: str | None


class PipelineView(Struct, frozen=True, rename={"from_": "from"}):
    """
    A program's introductions: where they stand now, what became of those received in the days, and how long it took.

    *complete* is false if there are more than are read at once: then only the latest count. *overdue* are those whose
    partner waits for a word of the owner longer than promised, the longest first; at most fifty.
    """

    object: Literal["pipeline"]
    program: str
    currency: Currency
    from_: Day
    to: Day
    timezone: str
    as_of: Instant
    complete: bool
    now: list[StateNow]
    received: int
    reached: list[StateReached]
    hours: list[HoursIn]
    first_word: FirstWord
    overdue: list[str]
