"""Says how prompt a program is, as a promise that is kept."""

from datetime import datetime, timedelta

from chalicelib.language.texts import Texts
from chalicelib.programs.table import Program
from chalicelib.reconciliation.promptness_report import program_promptness
from chalicelib.stats.shapes import StatsQuery

_DAYS = timedelta(days=89)
_A_DAY = 86400
# Of fewer, one says nothing about the next.
_FEWEST = 10


def sentences(program: Program, t: Texts, *, at: datetime) -> list[str]:
    """Return within how many days a program's rewards were confirmed, and how many when promised; of few, nothing."""
    since = program.calendar.day_of(at) - _DAYS
    due = program_promptness(program, StatsQuery(from_=since.isoformat()), at=at).totals["due"]
    if due.count < _FEWEST or due.p90 is None:
        return []
    lines = [t("confirmed_within", number=max(1, -(-int(due.p90) // _A_DAY)))]
    if due.promised:
        lines.append(t("promises_kept", kept=due.promised - due.late, promised=due.promised))
    return lines
