"""Shows the form for a new program, what partners would read, and what to do once it is created."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, get_args

from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs.new_program_reading import DEFAULTS, FIELDS
from chalicelib.admin.terms.terms_sentences import in_languages
from chalicelib.kit import config, ids
from chalicelib.kit.ids import Mode
from chalicelib.kit.zones import zone_names
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import has_imprint
from chalicelib.programs.settings import check_hosts
from chalicelib.programs.shapes import Joining, NewProgram
from chalicelib.programs.table import new_version

_MODES: dict[Mode, str] = {"live": "Live", "test": "Test: to try it out"}
_JOINING = {"open": "Anyone", "approval": "Anyone you approve", "closed": "Only people you invite"}


def form(typed: Mapping[str, str] | None = None, reasons: Mapping[str, str] | None = None) -> AdminPage:
    """Show the form; *reasons* say what is wrong with which field of one that was refused."""
    values = {
        "typed": DEFAULTS if typed is None else typed,
        "reasons": reasons or {},
        "modes": list(_MODES.items()),
        "joining": [(one, _JOINING[one]) for one in get_args(Joining)],
        "zones": zone_names(),
    }
    return AdminPage("new_program", "programs", "New program", values)


def check(new: NewProgram, typed: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show what partners would read, and a button that creates the program, once however often it is sent."""
    terms = new_version("", new, version=1, effective_from=at, at=at)
    values = {
        "new": new,
        "mode": new.mode,
        "mode_name": _MODES[new.mode],
        "hosts": check_hosts(new.landing_url, new.hosts),
        "joining": _JOINING[new.joining],
        "languages": in_languages(terms, new.currency),
        "typed": {name: text for name, text in typed.items() if name in FIELDS},
        "once": ids.ulid(at),
    }
    return AdminPage("new_program_check", "programs", f"Check {new.name}", values)


class Step(NamedTuple):
    """Something to do for a new program: whether it is done, None if it is not known, and where."""

    done: bool | None
    title: str
    text: str
    path: str = ""
    link: str = ""
    code: str = ""
    # The page is about all programs, and refuses those who administer some.
    of_all: bool = False


def next_steps(reference: str) -> AdminPage:
    """Show what to do for a program, in order, and what is done already."""
    program_terms = programs.read(programs.find(reference).program.id)
    program = program_terms.program
    values: dict[str, Any] = {
        "program": program,
        "steps": _steps(program_terms),
        "join_url": f"{config.public_url()}/join/{program.id}" if program.joining != "closed" else "",
    }
    return AdminPage("next_steps", "programs", f"Next steps of {program.name}", values)


def _steps(program_terms: ProgramTerms) -> list[Step]:
    program, root = program_terms.program, config.public_url()
    enrolled, _ = partners.walk_enrolled(program.id, limit=1, position=None)
    here = f"/admin/programs/{program.id}"
    return [
        Step(
            bool(enrolled),
            "Invite your first partner",
            "Invite yourself first: you get the email, the link and the page that partners get.",
            f"{here}/joining",
            "Invite people",
        ),
        Step(
            has_imprint(program),
            "Add your imprint and privacy notice",
            "They stand below every page and email of the program.",
            f"{here}/settings",
            "Settings",
        ),
        Step(
            program.sender_email is not None,
            "Send emails from your own address",
            "Until then, they come from the address of this deployment. SES must have verified yours.",
            f"{here}/emails",
            "Set the sender",
        ),
        Step(
            None,
            "Put the script on your website",
            "It remembers who referred a visitor, with consent where you ask for it.",
            code=f'<script src="{root}/goodword.js?program={program.id}" defer></script>',
        ),
        Step(
            None,
            "Report sign-ups and sales from your server",
            "One call for each, with an API key of the scope conversions:write. You can also enter a sale by hand.",
            "/admin/keys",
            "API keys",
            code=f'POST {root}/v1/conversions\n{{"program": "{program.id}", "type": "sale", …}}',
            of_all=True,
        ),
        Step(
            bool(program_terms.endpoints) or None,
            "Let your server know what happens",
            "A webhook endpoint gets events, such as a reward that is due. You can do without.",
            f"{here}/endpoints",
            "Webhooks",
        ),
        Step(
            len(program_terms.versions) > 1 or None,
            "Refine the terms",
            "Conditions, caps, tiers and more: new terms take effect a minute after you publish them.",
            f"{here}/terms/edit",
            "New terms",
        ),
    ]
