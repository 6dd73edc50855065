"""The end of a program in sentences, for its partners, in a reader's language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.kit import instants
from chalicelib.language.formats import day_in_full
from chalicelib.language.texts import Texts
from chalicelib.programs.table import End, Program


def when(moment: str, program: Program, locale: str) -> str:
    """Return a moment by the program's own clock: `April 1, 2026, 00:00 (Europe/Vienna)`."""
    at = instants.parse(moment)
    zone = program.calendar.zone_at(at)
    local = at.astimezone(ZoneInfo(zone))
    return f"{day_in_full(local.date(), locale)}, {local:%H:%M} ({zone})"


def of_end(program: Program, t: Texts, *, at: datetime) -> list[str]:
    """Return what still counts until when, and what is said of the last payout; nothing if no end is set."""
    end = program.end
    if end is None:
        return []
    sentences = [
        _sentence("end_touches", end.touches_until, program, t, over=not program.takes_touch(at)),
        _sentence("end_sales", end.sales_until, program, t, over=not program.pays_for(at)),
    ]
    return [*sentences, *_note(end)]


def _sentence(key: str, moment: str, program: Program, t: Texts, *, over: bool) -> str:
    return t(f"{key}_over" if over else f"{key}_until", when=when(moment, program, t.locale))


def _note(end: End) -> list[str]:
    return [end.payout_note] if end.payout_note else []
