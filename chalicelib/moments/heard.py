"""When events of each type were last recorded in a program: a rule whose event nobody reports asks nobody."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import writes
from chalicelib.moments.facts import Fact
from chalicelib.moments.table import Heard, heard_key
from chalicelib.programs.asking import ANNIVERSARY, FRIEND_THANKED, Asking
from chalicelib.programs.table import Program

# An event of every day that was not recorded for so long is reported no more.
SILENT_DAYS = 30
# What this process has written already, by program and type: one write a day is enough.
_written: dict[tuple[str, str], str] = {}
_MOST_REMEMBERED = 10_000


class Silence(Struct, frozen=True):
    """A rule that is on and whose event was not recorded for a while, or ever; and the last day on which it was."""

    rule: str
    on: str
    last: str | None


def note(facts: Sequence[Fact], reports: Mapping[str, Conversion]) -> None:
    """Keep the day of each type of event among these. Idempotent: the latest day stays."""
    days: dict[tuple[str, str], str] = {}
    for fact in facts:
        report = reports.get(fact.subject_id)
        what = FRIEND_THANKED if fact.type == "benefit.given" else None
        if fact.type == "conversion.recorded" and report is not None:
            what = report.type
        if what is not None:
            key = (fact.program_id, what)
            days[key] = max(days.get(key, ""), f"{fact.written_at:%Y-%m-%d}")
    for key, day in days.items():
        if _written.get(key, "") < day:
            row = Heard(heard_key(key[0]), key[1], day=day)
            writes.commit(writes.put_if(row, Heard.day.does_not_exist() | (Heard.day < day)))
            if len(_written) >= _MOST_REMEMBERED:
                _written.clear()
            _written[key] = day


def find_silent(program: Program, asking: Asking, *, today: date) -> list[Silence]:
    """Return the rules that are on and wait for an event that nobody reports: one read."""
    rules = [rule for rule in asking.active if rule.on != ANNIVERSARY]
    if not rules:
        return []
    days = {row.sort: row.day for row in Heard.query(heard_key(program.id), limit=1000)}
    silent = []
    for rule in rules:
        last = days.get(rule.on)
        if last is None or (today - date.fromisoformat(last)).days > SILENT_DAYS:
            silent.append(Silence(rule.name, rule.on, last))
    return silent
