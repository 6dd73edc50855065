"""Shows the form that changes a program's settings: as they are, or as they were typed and refused."""

from typing import get_args

from chalicelib.admin.english import minute
from chalicelib.admin.page import AdminPage
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.kit.errors import Refused
from chalicelib.kit.zones import zone_names
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import Consent, Joining, ProgramSummary, consent_of
from chalicelib.programs.table import Leaderboard, LeaderboardBy, LeaderboardShows, Program


def settings(
    reference: str, *, done: str = "", typed: Fields | None = None, refusal: Refused | None = None
) -> AdminPage:
    """Show the form for a program's settings; *typed* is one that was refused."""
    program = programs.read(programs.find(reference).program.id).program
    values = {
        "program": ProgramSummary.of(program),
        "since": minute(program.timezone_from) if program.timezone_from else "",
        "joining": get_args(Joining),
        "zones": zone_names(),
        "consent": get_args(Consent),
        "leaderboard_shows": get_args(LeaderboardShows),
        "leaderboard_by": get_args(LeaderboardBy),
        "done": done,
        **form_values(program, fields_of_program(program), typed, refusal),
    }
    return AdminPage("settings", "programs", f"Settings of {program.name}", values)


def fields_of_program(program: Program) -> dict[str, str]:
    """Return a program's settings as its form has them: of several, one a line."""
    leaderboard = program.leaderboard or Leaderboard()
    return {
        "name": program.name,
        "landing_url": program.landing_url,
        "hosts": "\n".join(program.hosts),
        "timezone": program.timezone,
        "joining": program.joining,
        "consent": consent_of(program),
        "origins": "\n".join(program.origins),
        "leaderboard_shows": leaderboard.shows,
        "leaderboard_by": leaderboard.by,
        "privacy_url": program.privacy_url or "",
        "imprint_url": program.imprint_url or "",
        "contact_email": program.contact_email or "",
        "postal_address": program.postal_address or "",
    }
