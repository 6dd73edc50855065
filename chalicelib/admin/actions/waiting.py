"""What waits in a program beside its partners: introductions whose partners wait for a word, and due thanks."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.english import day
from chalicelib.admin.introduction_words import STATES
from chalicelib.admin.names import survivors_of
from chalicelib.admin.programs.thanks_pages import FOR, person_of
from chalicelib.introductions.find import find_all
from chalicelib.introductions.owed import list_owed
from chalicelib.introductions.thanks import due_first
from chalicelib.programs.table import Program

# Of each kind; the pages of introductions and of thanks have all of them.
MOST = 20


def waiting_in(program: Program) -> Mapping[str, Any]:
    """Return a program's overdue introductions and due thanks, the longest waiting first: five reads at most."""
    owed, due = list_owed(program.id, most=MOST), due_first(program.id, most=MOST)
    names = survivors_of({row.partner_id for row in owed} | {row.partner_id for row in due})
    introduced = find_all(row.introduction for row in due if row.introduction is not None)
    calendar = program.calendar
    return {
        "overdue": [
            {
                "id": row.id,
                "person": row.person.name if row.person is not None else row.id,
                "partner_id": names[row.partner_id][0],
                "partner": names[row.partner_id][1],
                "state": STATES[row.state],  # type: ignore[index]
                "since": day(calendar.day_of(row.owed_since)) if row.owed_since is not None else "",
            }
            for row in owed
        ],
        "thanks": [
            {
                "partner_id": names[row.partner_id][0],
                "partner": names[row.partner_id][1],
                "for": FOR[row.thanks_for],
                "introduction": row.introduction,
                "person": person_of(introduced.get(row.introduction or "")),
                "due": day(row.due_on),
            }
            for row in due
        ],
        "most": MOST,
    }
