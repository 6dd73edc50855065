"""
What became of introductions, and how long each state took, from the steps of their histories.

Pure: no I/O, no clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol

from msgspec import Struct, field

from chalicelib.introductions.states import STATES, State
from chalicelib.reports.pipeline_shapes import FirstWord, HoursIn, StateReached

_NINE_TENTHS = Fraction(9, 10)
_HALF = Fraction(1, 2)
_FROM_OUTSIDE = (None, "offered")
_HOUR = timedelta(hours=1)


class StepOf(Protocol):
    """A step of an introduction's history: from which state, since when, to which; by whom, and what was promised."""

    id: str
    from_state: str | None
    to_state: str
    by: str
    since: datetime | None
    until: datetime | None
    at: datetime


class Course(Struct):
    """What steps say of some days: who was received in them, which states they reached, and times."""

    received: set[str] = field(default_factory=set)
    reached: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    hours: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))
    # Those that wait for a first word: since when, and until when it is promised.
    waiting: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)
    first_words: list[timedelta] = field(default_factory=list)
    within: int = 0
    late: int = 0


def course_of(steps: Iterable[StepOf], *, begin: datetime, end: datetime, now: datetime) -> Course:
    """
    Return what steps, in the order of their time, say of those received from *begin* to before *end*; and of the hours.

    Only steps that change a state count; steps after *end* say what became of those received before.
    """
    course = Course()
    for step in steps:
        if step.from_state == step.to_state:
            continue
        if step.from_state in _FROM_OUTSIDE and step.to_state not in ("offered", "lapsed") and begin <= step.at < end:
            course.received.add(step.id)
        if step.id in course.received:
            course.reached[step.to_state].add(step.id)
            _answer(course, step)
        if step.from_state is not None and step.since is not None and begin <= step.at < end:
            course.hours[step.from_state].append(step.at - step.since)
    course.late += sum(until is not None and until < now for _, until in course.waiting.values())
    return course


def _answer(course: Course, step: StepOf) -> None:
    """Count the first word to an introduction that waits for it; let one that was received first wait."""
    waiting = course.waiting.pop(step.id, None)
    if waiting is not None and step.by == "business":
        since, until = waiting
        course.first_words.append(step.at - since)
        if until is None or step.at <= until:
            course.within += 1
        else:
            course.late += 1
    elif waiting is not None and waiting[1] is not None and waiting[1] < step.at:
        # Something else ended it, after the promise was broken.
        course.late += 1
    if step.to_state == "received" and step.from_state != "needs_more":
        course.waiting[step.id] = (step.at, step.until)


def view_reached(course: Course) -> list[StateReached]:
    """Return how many of those received reached each state, in the order of the states."""
    total = len(course.received)
    return [
        StateReached(state, len(course.reached[state]), share_of(len(course.reached[state]), total))
        for state in STATES
        if state != "offered"
    ]


def view_hours(course: Course) -> list[HoursIn]:
    """Return how long each state took that anything left."""
    return [_hours(state, course.hours[state]) for state in STATES if course.hours[state]]


def view_first_word(course: Course, business_days: int) -> FirstWord:
    """Return how soon the first word came, against what was promised."""
    return FirstWord(
        business_days,
        course.within,
        course.late,
        share_of(course.within, course.within + course.late),
        written(quantile(course.first_words, _HALF)),
        written(quantile(course.first_words, _NINE_TENTHS)),
    )


def _hours(state: State, spans: Sequence[timedelta]) -> HoursIn:
    return HoursIn(state, len(spans), written(quantile(spans, _HALF)), written(quantile(spans, _NINE_TENTHS)))


def quantile(spans: Sequence[timedelta], share: Fraction) -> timedelta | None:
    """
    Return the shortest of some spans that at least this share of them do not exceed; None if there are none.

    >>> quantile([timedelta(hours=one) for one in (5, 1, 9)], Fraction(1, 2))
    datetime.timedelta(seconds=18000)
    """
    ordered = sorted(spans)
    return ordered[max(-(-len(ordered) * share.numerator // share.denominator), 1) - 1] if ordered else None


def written(span: timedelta | None) -> str | None:
    """
    Return a span in hours, to one decimal, rounded down.

    >>> written(timedelta(hours=2, minutes=59))
    '2.9'
    """
    if span is None:
        return None
    tenths = span * 10 // _HOUR
    return f"{tenths // 10}.{tenths % 10}"


def share_of(part: int, whole: int) -> str | None:
    """
    Return a share to four places, rounded half up; None of nothing.

    >>> share_of(1, 3), share_of(0, 0)
    ('0.3333', None)
    """
    if whole == 0:
        return None
    number = (2 * 10_000 * part + whole) // (2 * whole)
    return f"{number // 10_000}.{number % 10_000:04}"
