"""The events of introductions in sentences, for support. None says who was introduced."""

from collections.abc import Callable, Mapping

from chalicelib.admin import codes
from chalicelib.admin.history.event_context import Context
from chalicelib.events.data import IntroductionData


def _step(what: str, until: str = "") -> Callable[[Context], str]:
    def spell(context: Context) -> str:
        data: IntroductionData = context.data
        why = f": {codes.name_of(data.reason).lower()}" if data.reason else ""
        end = f"{until} {context.day(data.until)}" if until and data.until else ""
        return f"An introduction of {context.partner} {what}{end}{why}."

    return spell


def _received(context: Context) -> str:
    data: IntroductionData = context.data
    what = "moved up and was received" if data.was == "second_in_line" else "was received"
    promise = f"; an answer is promised until {context.day(data.until)}" if data.until else ""
    return f"An introduction of {context.partner} {what}{promise}."


def _moved(context: Context) -> str:
    data: IntroductionData = context.data
    if data.state == data.was:
        return f"{context.partner} heard about an introduction, which is still “{codes.name_of(data.state).lower()}”."
    return f"An introduction of {context.partner} moved to “{codes.name_of(data.state).lower()}”."


def _won(context: Context) -> str:
    return f"An introduction of {context.partner} was won: {context.customer} bought."


SENTENCES: Mapping[str, Callable[[Context], str]] = {
    "introduction.received": _received,
    "introduction.accepted": _step("was accepted", " and is protected until"),
    "introduction.declined": _step("was declined"),
    "introduction.second_in_line": _step("is second in line", ", behind one that is protected until"),
    "introduction.needs_more": _step("needs more from its partner"),
    "introduction.moved": _moved,
    "introduction.won": _won,
    "introduction.lost": _step("was lost"),
    "introduction.lapsed": _step("lapsed"),
}
